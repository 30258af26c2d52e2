// How a failure is told over HTTP: the OpenAI envelope, in the client's language. Knows fastify's own refusals and the catalogue.
import { InkstoneError, type Language, type Phrase } from "../../core/index.ts";

/** The body of every error answer. */
export interface ErrorEnvelope {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string; readonly hint: string };
}

// What OpenAI clients look for in `code`; every other code is our own.
const knownCodes: Readonly<Record<string, string>> = {
  E_CONTEXT: "context_length_exceeded",
  E_SERVED_MODEL: "model_not_found",
  E_MODEL_UNKNOWN: "model_not_found",
  E_QUEUE: "rate_limit_exceeded",
  E_MODEL_NAME: "invalid_model_name",
};

/** The envelope of an error in a language. Unknown errors become E_INTERNAL, which tells nothing of the inside. */
export function envelope(error: unknown, language: Language, param?: string): { status: number; body: ErrorEnvelope } {
  const known = asKnown(error);
  const { message, hint } = known.describe(language, "http");
  const code = knownCodes[known.code] ?? known.code;
  return { status: known.status, body: { error: { message, type: known.type, param: param ?? fieldOf(known), code, hint } } };
}

// The field of the request that an error is about, by the name that the request knows.
function fieldOf({ code, parameters }: InkstoneError): string | null {
  const { field, param, option } = parameters as { field?: unknown; param?: unknown; option?: unknown };
  if (typeof option === "string") return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (code === "E_RESPONSE_FORMAT") return "response_format";
  if (code === "E_TOOLS") return "tools";
  const known = field ?? param;
  return typeof known === "string" ? known : code === "E_CONTEXT" || code === "E_EMPTY_PROMPT" ? "messages" : null;
}

const diskFull = new Map<string, Phrase>([
  ["ENOSPC", { en: "the disk is full", zh: "磁盘已满" }],
  ["EDQUOT", { en: "the disk quota is used up", zh: "磁盘配额已用完" }],
  ["EFBIG", { en: "the file-size limit is reached", zh: "达到文件大小限制" }],
]);
const diskRefused = new Map<string, Phrase>([
  ["EROFS", { en: "the disk is read-only", zh: "磁盘只读" }],
  ["EACCES", { en: "permission denied", zh: "没有权限" }],
  ["ENOENT", { en: "the folder is not there", zh: "文件夹不存在" }],
]);

// Which file it was is the operator's to know, not the client's.
function diskError(kind: "E_IO_FULL" | "E_IO_CREATE", system: string, cause: unknown): InkstoneError {
  const why = diskFull.get(system) ?? diskRefused.get(system) ?? [system];
  return new InkstoneError(kind, { file: "temporary file", operation: { en: "writing", zh: "写入" }, why, system }, { cause });
}

/** Any failure as an error of the catalogue. */
export function asKnown(error: unknown, bodyLimit = 0): InkstoneError {
  if (error instanceof InkstoneError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: string; statusCode?: number };
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return new InkstoneError("E_BODY_TYPE", { got: "-", wanted: "application/json" });
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new InkstoneError("E_BODY_SIZE", { limit: bodyLimit });
  if (code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH")
    return new InkstoneError("E_HTTP", { why: { en: "the body is not as long as it says", zh: "请求体长度与声明不符" } });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new InkstoneError("E_HTTP", { why: [typeof code === "string" ? code : String(statusCode)] });
  if (typeof code === "string" && diskFull.has(code)) return diskError("E_IO_FULL", code, error);
  if (typeof code === "string" && diskRefused.has(code)) return diskError("E_IO_CREATE", code, error);
  return new InkstoneError("E_INTERNAL", { why: error instanceof Error && error.name !== "Error" ? error.name : "server" }, { cause: error });
}

/**
 * The language a client prefers.
 *
 * @example
 * languageFor("fr, zh-CN;q=0.9, en;q=0.8"); // "zh"
 */
export function languageFor(header: string | undefined): Language {
  let best: Language = "en";
  let most = 0;
  for (const part of (header ?? "").slice(0, 400).split(",")) {
    const [tag, ...parameters] = part.trim().toLowerCase().split(";");
    const weight = Number(/q=([\d.]+)/.exec(parameters.join(";"))?.[1] ?? 1);
    const language = /^(zh|cmn|yue)(-|$)/.test(tag) ? "zh" : /^en(-|$)/.test(tag) ? "en" : undefined;
    if (language && weight > most) [best, most] = [language, weight];
  }
  return best;
}
