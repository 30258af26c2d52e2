// Errors of the store: the database behind it, its keys and jobs, its knowledge bases and their documents.
import { type Catalogue, hint, type Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface StoreErrors {
  E_DATABASE: { database: string; why: Phrase };
  E_DATABASE_FULL: { database: string };
  E_DATABASE_BUSY: { database: string; seconds: number };
  E_DATABASE_REACH: { database: string; why: Phrase };
  E_DATABASE_VERSION: { database: string; found: number; known: number };
  E_DATABASE_NEEDED: { what: Phrase };
  E_RECORD_UNKNOWN: { kind: Phrase; id: string };
  E_FEEDBACK_MANY: { limit: number };
  E_FEEDBACK_NONE: { format: string };
  E_JOB_LOST: { job: string };
  E_KNOWLEDGE_NAME: { name: string };
  E_KNOWLEDGE_EXISTS: { name: string };
  E_KNOWLEDGE_UNKNOWN: { name: string; there: string };
  E_KNOWLEDGE_DOCUMENT: { base: string; document: string };
  E_KNOWLEDGE_VECTORS: { why: Phrase };
  E_KNOWLEDGE_SOME: { failed: number; all: number };
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
  E_FEEDBACK_MANY: {
    exit: 73,
    status: 507,
    type: "storage_full",
    en: {
      message: "There are {limit} judged answers already, as many as one key may have.",
      hint: "Export them, then delete those that are no longer needed.",
    },
    zh: { message: "已有 {limit} 条回答评价，达到每个密钥的上限。", hint: "请先导出，再删除不再需要的评价。" },
  },
  E_FEEDBACK_NONE: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'No row of the format "{format}" comes of the feedback that is kept.',
      hint: "A preference needs two answers to one question: choose between two, correct an answer, or rate one up and another down.",
    },
    zh: {
      message: "现有的反馈无法生成“{format}”格式的数据行。",
      hint: "偏好需要同一问题的两个回答：在两个回答间选择、改写回答，或一个点赞、另一个点踩。",
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
  E_KNOWLEDGE_NAME: {
    exit: 64,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: 'A knowledge base cannot be called "{name}".',
      hint: "Use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.",
    },
    zh: { message: "知识库不能命名为“{name}”。", hint: "请使用 1 到 64 个字母、数字、点、连字符或下划线，并以字母或数字开头。" },
  },
  E_KNOWLEDGE_EXISTS: {
    exit: 73,
    status: 409,
    type: "already_exists",
    en: {
      message: 'There is a knowledge base "{name}" already.',
      hint: hint(
        "Add to it (inkstone kb add {name} FILE), remove it (inkstone kb remove {name}), or take another name.",
        "Add to it, remove it, or take another name.",
      ),
    },
    zh: {
      message: "知识库“{name}”已存在。",
      hint: hint(
        "可向其中添加文档（inkstone kb add {name} 文件），将其删除（inkstone kb remove {name}），或另取名称。",
        "可向其中添加文档、将其删除，或另取名称。",
      ),
    },
  },
  E_KNOWLEDGE_UNKNOWN: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: {
      message: 'There is no knowledge base "{name}".',
      hint: hint("There are: {there}. Make one: inkstone kb create {name}.", "There are: {there}."),
    },
    zh: { message: "不存在知识库“{name}”。", hint: hint("现有：{there}。新建：inkstone kb create {name}。", "现有：{there}。") },
  },
  E_KNOWLEDGE_DOCUMENT: {
    exit: 66,
    status: 404,
    type: "not_found",
    en: {
      message: 'The knowledge base "{base}" has no document "{document}".',
      hint: hint("See what it has: inkstone kb list {base}.", "List the documents of the knowledge base to see what it has."),
    },
    zh: {
      message: "知识库“{base}”中没有文档“{document}”。",
      hint: hint("查看已有文档：inkstone kb list {base}。", "请列出该知识库的文档以查看已有内容。"),
    },
  },
  E_KNOWLEDGE_VECTORS: {
    exit: 65,
    status: 400,
    type: "invalid_request_error",
    en: {
      message: "These vectors cannot be used: {why}.",
      hint: "Use the embedding model with which the knowledge base was made; its vectors must be finite, not all zero, and of one width.",
    },
    zh: { message: "无法使用这些向量：{why}。", hint: "请使用建立该知识库时的向量模型；向量须为有限值、不全为零且维数一致。" },
  },
  E_KNOWLEDGE_SOME: {
    exit: 65,
    status: 422,
    type: "doc_parse_error",
    en: {
      message: "{failed} of {all} documents could not be read; the others are in.",
      hint: "Each is named above with its reason; correct them or leave them out, and run the same command again.",
    },
    zh: { message: "{all} 个文档中有 {failed} 个无法读取，其余均已加入。", hint: "上面列出了各文档及原因；修正或去除后，再次执行同一命令即可。" },
  },
  E_DATABASE_NEEDED: {
    exit: 78,
    status: 501,
    type: "not_served",
    en: {
      message: "This server has no store, which {what} needs.",
      hint: "Install libsql (npm install libsql) or set DATABASE_URL, and start it again.",
    },
    zh: { message: "本服务没有存储，而{what}需要它。", hint: "请安装 libsql（npm install libsql）或设置 DATABASE_URL 后重新启动。" },
  },
};
