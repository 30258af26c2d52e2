// One file over HTTP into a partial file: resumed by range when the connection is cut, bounded in size and in silence. Knows no catalogue.
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { InkstoneError, type Phrase } from "../core/index.ts";
import type { DurableFile } from "../formats/index.ts";
import { guarded } from "./guard.ts";
import { get, type HttpAnswer, reasonOf, unreachable } from "./http.ts";

/** What to fetch and what is known of it. */
export interface DownloadOptions {
  /** Exact size and SHA-256 where they are known beforehand. */
  readonly bytes?: number;
  readonly sha256?: string;
  readonly reach: number;
  readonly stall: number;
  /** See `GetOptions`. */
  readonly token?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (received: number, total?: number) => void;
}

const mostCutsWithoutProgress = 4;
// A server that cannot go on in the middle begins anew; so often at most, or a file that never comes whole would be fetched for ever.
const mostBeginnings = 6;

// The connection ended before the file did: worth another try from where it stands.
class Cut extends Error {
  readonly why: Phrase;
  /** Whether the file was begun anew before the cut. */
  readonly anew: boolean;
  constructor(why: Phrase, anew = false, cause?: unknown) {
    super("the connection was cut", { cause });
    this.why = why;
    this.anew = anew;
  }
}

/**
 * Brings the file at an address into `into`, from where it stands. Does not judge the digest, but turns away early what announces another one.
 *
 * @returns whether it came in one piece; pieces of different files could have been joined otherwise.
 *
 * Errors: E_SOURCE (out of reach, refused, silent, wrong size).
 */
export async function download(address: string, into: DurableFile, options: DownloadOptions): Promise<boolean> {
  const url = new URL(address);
  let cuts = 0;
  let beginnings = 0;
  let whole = true;
  for (;;) {
    const before = into.size;
    whole &&= before === 0;
    try {
      await attempt(url, into, options);
      return whole;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof Cut)) throw error;
      if (before > 0 && error.anew && ++beginnings >= mostBeginnings) throw unreachable(url, error.why, error);
      cuts = into.size > before ? 0 : cuts + 1;
      if (cuts > mostCutsWithoutProgress) throw unreachable(url, error.why, error);
      if (cuts > 0) await pause(Math.min(200 * 2 ** cuts, 5000), undefined, { signal: options.signal });
    }
  }
}

async function attempt(url: URL, into: DurableFile, options: DownloadOptions): Promise<void> {
  const from = into.size;
  if (options.bytes !== undefined && from === options.bytes) return;
  const { reach, token, signal } = options;
  const answer = await get(url.href, { headers: from > 0 ? { range: `bytes=${from}-` } : {}, reach, token, signal });
  try {
    await receive(answer, url, into, options);
  } finally {
    answer.body.destroy();
  }
}

async function receive(answer: HttpAnswer, url: URL, into: DurableFile, options: DownloadOptions): Promise<void> {
  if (answer.status === 416) {
    await into.reset();
    throw new Cut({ en: "answered 416", zh: "返回 416" }, true);
  }
  if (answer.status !== 200 && answer.status !== 206) throw unreachable(url, { en: `answered ${answer.status}`, zh: `返回 ${answer.status}` });
  refuseOtherDigest(answer, url, options.sha256);
  let anew = false;
  if (answer.status === 200 || !continuesAt(answer, into.size)) {
    if (answer.status === 206) throw unreachable(url, { en: "sent another range than asked", zh: "返回的区间与请求不符" });
    anew = into.size > 0;
    if (anew) await into.reset();
  }
  const total = totalOf(answer, into.size, url, options.bytes);
  try {
    await pour(answer.body, into, total, options, url);
    if (into.size < total) throw new Cut(reasonOf({ code: "ECONNRESET" }));
  } catch (error) {
    throw error instanceof Cut ? new Cut(error.why, anew, error) : error;
  }
}

const continuesAt = (answer: HttpAnswer, size: number): boolean => new RegExp(`^bytes ${size}-`).test(answer.headers["content-range"] ?? "");

// The hub names the SHA-256 of a large file on its first answer: another file is turned away before a byte of it is read.
function refuseOtherDigest(answer: HttpAnswer, url: URL, wanted: string | undefined): void {
  const named = answer.trail.map((headers) => String(headers["x-linked-etag"] ?? "").replace(/"/g, "")).find((etag) => /^[0-9a-f]{64}$/.test(etag));
  if (wanted !== undefined && named !== undefined && named !== wanted)
    throw unreachable(url, { en: "has another file under this name", zh: "此名称下是另一个文件" });
}

function totalOf(answer: HttpAnswer, from: number, url: URL, expected: number | undefined): number {
  const length = Number(answer.headers["content-length"] ?? Number.NaN);
  const total = Number.isSafeInteger(length) ? from + length : expected;
  if (total === undefined) throw unreachable(url, { en: "does not say how long the file is", zh: "没有说明文件长度" });
  if (expected !== undefined && total !== expected)
    throw unreachable(url, { en: `has a file of ${total} bytes, expected ${expected}`, zh: `文件为 ${total} 字节，应为 ${expected}` });
  return total;
}

async function pour(body: IncomingMessage, into: DurableFile, total: number, options: DownloadOptions, url: URL): Promise<void> {
  let silent = false;
  const clock = setTimeout(() => {
    silent = true;
    body.destroy();
  }, options.stall);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clock.refresh();
      if (into.size + chunk.length > total) throw unreachable(url, { en: `sent more than ${total} bytes`, zh: `发送超过 ${total} 字节` });
      await guarded(into.path, () => into.append(chunk));
      options.onProgress?.(into.size, total);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof InkstoneError) throw error;
    throw new Cut(
      silent ? { en: `was silent for ${options.stall / 1000} s`, zh: `${options.stall / 1000} 秒没有数据` } : reasonOf(error),
      false,
      error,
    );
  } finally {
    clearTimeout(clock);
  }
}
