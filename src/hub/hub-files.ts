// The files of a hub repository. Knows the hub's listing.
import { get, unreachable } from "./http.ts";

/** A file of a repository. Size and SHA-256 as the hub names them for large files. */
export interface HubFile {
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

const mostListing = 8 << 20;

/**
 * Lists the GGUF files of a repository.
 *
 * Errors: E_SOURCE (out of reach, not JSON, no such repository).
 */
export async function hubFiles(endpoint: string, repository: string, options: { reach: number; signal?: AbortSignal }): Promise<readonly HubFile[]> {
  const url = new URL(`${endpoint}/api/models/${repository}?blobs=true`);
  const answer = await get(url.href, options);
  try {
    if (answer.status === 401 || answer.status === 403 || answer.status === 404)
      throw unreachable(url, { en: `has no open repository "${repository}"`, zh: `没有公开的仓库“${repository}”` });
    if (answer.status !== 200) throw unreachable(url, { en: `answered ${answer.status}`, zh: `返回 ${answer.status}` });
    return filesOf(await textOf(answer.body, url), url);
  } finally {
    answer.body.destroy();
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
  let siblings: unknown;
  try {
    siblings = (JSON.parse(text) as { siblings?: unknown }).siblings;
  } catch {
    throw unreachable(url, { en: "its listing is not JSON", zh: "文件列表不是 JSON" });
  }
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

const isSafe = (file: string) => file.length < 300 && file.split("/").every((part) => /^[\w.+ ()-]+$/.test(part) && part !== "." && part !== "..");
