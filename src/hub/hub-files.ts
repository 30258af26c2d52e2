// The files of a hub repository. Knows the hub's listing.
import type { IncomingMessage } from "node:http";
import { InkstoneError } from "../core/index.ts";
import { get, reasonOf, unreachable } from "./http.ts";

/** A file of a repository. Size and SHA-256 as the hub names them for large files. */
export interface HubFile {
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** How a listing is asked for: deadlines for the answer and for all of the listing, and the token, as in `GetOptions`. */
export interface ListingOptions {
  readonly reach: number;
  readonly stall: number;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

const mostListing = 8 << 20;

/**
 * Lists the GGUF files of a repository.
 *
 * Errors: E_SOURCE (out of reach, not JSON, no such repository).
 */
export async function hubFiles(endpoint: string, repository: string, options: ListingOptions): Promise<readonly HubFile[]> {
  const url = new URL(`${endpoint}/api/models/${repository}?blobs=true`);
  const { token } = options;
  const answer = await get(url.href, options);
  try {
    if (answer.status === 401 || answer.status === 403 || answer.status === 404)
      throw unreachable(url, {
        en: `has no open repository "${repository}"${token ? ", not with this HF_TOKEN either" : "; HF_TOKEN opens gated ones"}`,
        zh: `没有${token ? "此 HF_TOKEN 可访问的" : "公开的"}仓库“${repository}”${token ? "" : "（可用 HF_TOKEN 提供访问令牌）"}`,
      });
    if (answer.status !== 200) throw unreachable(url, { en: `answered ${answer.status}`, zh: `返回 ${answer.status}` });
    return filesOf(await listing(answer.body, url, options), url);
  } finally {
    answer.body.destroy();
  }
}

// All of it within one deadline: a listing is short, one that drips is none.
async function listing(body: IncomingMessage, url: URL, { stall, signal }: ListingOptions): Promise<string> {
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    body.destroy();
  }, stall);
  try {
    return await textOf(body, url);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InkstoneError) throw error;
    throw unreachable(
      url,
      late ? { en: `its listing took longer than ${stall / 1000} s`, zh: `文件列表超过 ${stall / 1000} 秒` } : reasonOf(error),
      error,
    );
  } finally {
    clearTimeout(clock);
  }
}

async function textOf(body: AsyncIterable<Buffer>, url: URL): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > mostListing) throw unreachable(url, { en: "its listing is too long", zh: "文件列表过长" });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function filesOf(text: string, url: URL): HubFile[] {
  const { siblings } = parsed<{ siblings?: unknown }>(text, url);
  if (!Array.isArray(siblings)) throw unreachable(url, { en: "its listing has no files", zh: "文件列表为空" });
  return siblings.flatMap((one: { rfilename?: unknown; size?: unknown; lfs?: { sha256?: unknown; size?: unknown } } | null) => {
    const file = one?.rfilename;
    if (typeof file !== "string" || !/\.gguf$/i.test(file) || !isSafe(file)) return [];
    const bytes = Number(one?.lfs?.size ?? one?.size);
    const sha256 = String(one?.lfs?.sha256 ?? "").toLowerCase();
    return [
      { file, bytes: Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined, sha256: /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined },
    ];
  });
}

/**
 * What ModelScope declares of one file: its size and digest.
 *
 * Errors: E_SOURCE (out of reach, not JSON, no such file).
 */
export async function modelscopeFile(endpoint: string, repository: string, file: string, options: ListingOptions): Promise<HubFile> {
  const url = new URL(`${endpoint}/api/v1/models/${repository}/repo/files?Revision=master&Recursive=true`);
  const answer = await get(url.href, options);
  try {
    if (answer.status !== 200) throw unreachable(url, { en: `answered ${answer.status}`, zh: `返回 ${answer.status}` });
    const text = await listing(answer.body, url, options);
    const found = parsed<{ Data?: { Files?: unknown } }>(text, url).Data?.Files;
    const files = (Array.isArray(found) ? found : []) as { Path?: unknown; Size?: unknown; Sha256?: unknown }[];
    const one = files.find(({ Path }) => Path === file);
    if (one === undefined) throw unreachable(url, { en: `has no file "${file}"`, zh: `没有文件“${file}”` });
    const sha256 = String(one.Sha256 ?? "").toLowerCase();
    return { file, ...(Number.isSafeInteger(one.Size) ? { bytes: Number(one.Size) } : {}), ...(/^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}) };
  } finally {
    answer.body.destroy();
  }
}

function parsed<T>(text: string, url: URL): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw unreachable(url, { en: "its listing is not JSON", zh: "文件列表不是 JSON" });
  }
}

const isSafe = (file: string) => file.length < 300 && file.split("/").every((part) => /^[\w.+ ()-]+$/.test(part) && part !== "." && part !== "..");
