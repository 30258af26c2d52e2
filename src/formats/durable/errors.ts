// System errors of writes as typed errors: which file, which operation, what it means.
import { basename } from "node:path";
import { InkstoneError, type Phrase } from "../../core/index.ts";

const full = ["ENOSPC", "EDQUOT", "EFBIG"];
const notThere = ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENAMETOOLONG", "ELOOP"];

const meanings: Readonly<Record<string, Phrase>> = {
  ENOSPC: { en: "the disk is full", zh: "磁盘已满" },
  EDQUOT: { en: "the disk quota is used up", zh: "磁盘配额已用完" },
  EFBIG: { en: "the file-size limit is reached", zh: "达到文件大小限制" },
  EACCES: { en: "permission denied", zh: "没有权限" },
  EPERM: { en: "permission denied", zh: "没有权限" },
  EROFS: { en: "the disk is read-only", zh: "磁盘只读" },
  ENOENT: { en: "the folder is not there", zh: "文件夹不存在" },
  ENOTDIR: { en: "part of the path is not a folder", zh: "路径的一部分不是文件夹" },
  EISDIR: { en: "it is a folder", zh: "它是文件夹" },
  EEXIST: { en: "the name is taken", zh: "名称已被占用" },
  ENAMETOOLONG: { en: "the name is too long", zh: "名称过长" },
  ELOOP: { en: "the links go in a circle", zh: "链接成环" },
  EMFILE: { en: "too many open files", zh: "打开的文件过多" },
  ENFILE: { en: "too many open files", zh: "打开的文件过多" },
  EIO: { en: "the disk reports an error", zh: "磁盘报告错误" },
};

/** The steps of a write. */
export type Operation = "folder" | "open" | "read" | "write" | "truncate" | "sync" | "close" | "rename" | "remove";

const operations: Readonly<Record<Operation, Phrase>> = {
  folder: { en: "making the folder", zh: "创建文件夹" },
  open: { en: "opening", zh: "打开" },
  read: { en: "reading", zh: "读取" },
  write: { en: "writing", zh: "写入" },
  truncate: { en: "cutting", zh: "截断" },
  sync: { en: "flushing to the disk", zh: "刷新到磁盘" },
  close: { en: "closing", zh: "关闭" },
  rename: { en: "naming", zh: "命名" },
  remove: { en: "removing", zh: "删除" },
};

/**
 * Runs one step of a write on `path`. A system error comes out as E_IO_FULL (disk, quota, file-size limit), E_IO_CREATE (the place cannot be written) or E_IO;
 * other errors pass through.
 */
export async function step<T>(path: string, operation: Operation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code: system } = error as NodeJS.ErrnoException;
    if (error instanceof InkstoneError || typeof system !== "string") throw error;
    const code = full.includes(system) ? "E_IO_FULL" : notThere.includes(system) ? "E_IO_CREATE" : "E_IO";
    throw new InkstoneError(
      code,
      { file: basename(path), operation: operations[operation], why: meanings[system] ?? system, system },
      { cause: error },
    );
  }
}
