// The files of a hub repository, and which of them a reference means. Knows the hub's listing and names of quantisations.
import { InkstoneError } from "../core/index.ts";
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

/**
 * The one file that is meant: by its path, its name, or its quant name (`Q4_0`); without `wanted`, the only one.
 *
 * Errors: E_MODEL_CHOICE with what there is.
 *
 * @example
 * chooseFile("o/n", [{ file: "m.Q4_0.gguf" }, { file: "m.Q8_0.gguf" }], "q8_0").file; // "m.Q8_0.gguf"
 */
export function chooseFile<F extends { readonly file: string }>(name: string, files: readonly F[], wanted: string | undefined): F {
  const matches = wanted === undefined ? files : matching(files, wanted.toLowerCase());
  if (matches.length === 1) return matches[0];
  const choices = (matches.length > 1 ? matches : files).slice(0, 12).map((one) => one.file);
  throw new InkstoneError("E_MODEL_CHOICE", { name, wanted: wanted ?? "*.gguf", choices: choices.join(", ") || "-" });
}

function matching<F extends { readonly file: string }>(files: readonly F[], wanted: string): readonly F[] {
  const lower = (one: F) => one.file.toLowerCase();
  const exact = files.filter((one) => lower(one) === wanted || lower(one) === `${wanted}.gguf`);
  if (exact.length > 0) return exact;
  const named = files.filter((one) => lower(one).endsWith(`/${wanted}`));
  if (named.length > 0) return named;
  return files.filter((one) => `-${lower(one).replace(/\.gguf$/, "")}-`.replace(/[./]/g, "-").includes(`-${wanted.replace(/[./]/g, "-")}-`));
}
