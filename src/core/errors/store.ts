// Errors of the store: the database behind it, its keys and jobs, its knowledge bases and their documents.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface StoreErrors {
  E_DATABASE: { database: string; why: Phrase };
  E_DATABASE_FULL: { database: string };
  E_DATABASE_BUSY: { database: string; seconds: number };
  E_DATABASE_REACH: { database: string; why: Phrase };
  E_DATABASE_VERSION: { database: string; found: number; known: number };
  E_RECORD_UNKNOWN: { kind: string; id: string };
  E_JOB_LOST: { job: string };
}

/** Exit code, HTTP status and words of each. */
export const storeErrors: Catalogue<StoreErrors> = {
  E_DATABASE: {
    exit: 74,
    status: 500,
    type: "store_error",
    en: {
      message: 'The store "{database}" failed: {why}.',
      hint: "What was answered as done is kept. Look at the disk and at who may write there, then try again.",
    },
    zh: { message: "存储“{database}”出错：{why}。", hint: "已确认完成的内容不会丢失。请检查磁盘和写入权限后重试。" },
  },
  E_DATABASE_FULL: {
    exit: 74,
    status: 507,
    type: "store_full",
    en: {
      message: 'The disk of the store "{database}" is full.',
      hint: "Make room; what is stored can still be read, and writing goes on without a restart.",
    },
    zh: { message: "存储“{database}”所在的磁盘已满。", hint: "请清理空间；已存内容仍可读取，腾出空间后无需重启即可继续写入。" },
  },
  E_DATABASE_BUSY: {
    exit: 75,
    status: 503,
    type: "store_busy",
    en: {
      message: 'The store "{database}" was held by another process for {seconds} seconds.',
      hint: "Try again; end a process that hangs while it writes.",
    },
    zh: { message: "存储“{database}”被另一进程占用已达 {seconds} 秒。", hint: "请稍后重试；如有卡住的写入进程，请将其结束。" },
  },
  E_DATABASE_REACH: {
    exit: 75,
    status: 503,
    type: "store_unavailable",
    en: {
      message: 'The database "{database}" cannot be reached: {why}.',
      hint: "Check DATABASE_URL, that the server runs, and the user's rights; without DATABASE_URL the store is a file of the data folder.",
    },
    zh: {
      message: "无法连接数据库“{database}”：{why}。",
      hint: "请检查 DATABASE_URL、数据库服务是否运行以及用户权限；未设置 DATABASE_URL 时，存储为数据文件夹中的文件。",
    },
  },
  E_DATABASE_VERSION: {
    exit: 65,
    status: 500,
    type: "store_version",
    en: {
      message: 'The store "{database}" has version {found}; this Inkstone knows versions up to {known}.',
      hint: "Use the newer Inkstone that wrote it, or set INKSTONE_DATA to another folder.",
    },
    zh: {
      message: "存储“{database}”的版本为 {found}，本版 Inkstone 最高支持 {known}。",
      hint: "请使用写入它的较新版本，或将 INKSTONE_DATA 设为其他文件夹。",
    },
  },
  E_RECORD_UNKNOWN: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: { message: 'There is no {kind} "{id}".', hint: "Check the name; it may have been removed, or belong to another key." },
    zh: { message: "不存在 {kind}“{id}”。", hint: "请检查名称；它可能已被删除，或属于其他密钥。" },
  },
  E_JOB_LOST: {
    exit: 75,
    status: 409,
    type: "job_lost",
    en: {
      message: 'The job "{job}" is no longer this worker\'s: it was cancelled, or its lease ran out.',
      hint: "Stop working on it; whoever holds it now goes on.",
    },
    zh: { message: "任务“{job}”已不属于当前工作进程：它已被取消，或租约已到期。", hint: "请停止处理；现持有者会继续执行。" },
  },
};
