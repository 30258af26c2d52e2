// A folder of files under its final name, or the one that was there before: never a mix of the two, whatever fails in between.
import { createHash, type Hash, randomUUID } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { expectPath } from "../regular-file.ts";
import { step } from "./errors.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { type DurableOptions, type FileContent, pieces, syncFolder, writeFileDurably } from "./write.ts";

/** Files by their name. */
export type FolderContent = ReadonlyMap<string, FileContent>;

/** Where the folder that was there before lies while a new one takes its name: what is to be read when there is none under the name itself. */
export function previousFolder(path: string): string {
  return join(dirname(path), `.${basename(path)}.previous`);
}

/** The file of checksums in a folder: `sha256sum -c SHA256SUMS` holds against it. */
export const checksumsFile = "SHA256SUMS";

/** Options of a folder that is written. */
export interface FolderOptions extends DurableOptions {
  /** Files that may be there already and are replaced with the folder. */
  readonly known?: readonly string[];
  /** Writes the SHA-256 of every file beside them, for readers to hold them against. Default false. */
  readonly checksums?: boolean;
}

// Folders that a killed writer has left are swept once nobody can be writing them any more.
const STALE_MS = 3_600_000;

/**
 * Writes a folder durably: its files into a new folder beside it, flushed; then the old one is renamed to `previousFolder`, the new one takes its name, and the old one is
 * removed. When it is rejected, the name holds all of the old or all of the new, or nothing while `previousFolder` holds all of the old: readers take that one, the next writer puts
 * it right. A path that is a link is written where it leads. Several writers may take turns in any way: each leaves a whole folder. What killed writers left is swept after an hour.
 *
 * Only a folder whose files are all named in `content` or `known` is ever replaced. Errors: E_IO_CREATE (also where other files are there), E_IO_FULL, E_IO.
 */
export async function writeFolderDurably(link: string, content: FolderContent, options: FolderOptions = {}): Promise<void> {
  const { fileSystem = nodeFileSystem } = options;
  expectPath(link);
  const path = await step(link, "read", () => fileSystem.resolve(link));
  await inTurn(resolve(path), () => replaceFolder(path, content, options));
}

// Writers of this process wait for each other, folder by folder.
const writing = new Map<string, Promise<unknown>>();

async function inTurn(path: string, work: () => Promise<void>): Promise<void> {
  const mine = (writing.get(path) ?? Promise.resolve()).then(work);
  const settled = mine.catch(() => undefined);
  writing.set(path, settled);
  await mine.finally(() => {
    if (writing.get(path) === settled) writing.delete(path);
  });
}

async function replaceFolder(
  path: string,
  content: FolderContent,
  { fileSystem = nodeFileSystem, known = [], checksums = false }: FolderOptions,
): Promise<void> {
  await settleFolder(path, { fileSystem });
  const names = new Set([...content.keys(), ...known, checksumsFile]);
  const old = await namesIn(path, fileSystem);
  const foreign = old?.find((name) => !names.has(name));
  if (foreign !== undefined) throw taken(path, foreign);
  const fresh = join(dirname(path), `.${basename(path)}.${randomUUID()}.new`);
  try {
    await step(path, "folder", () => fileSystem.makeFolder(fresh));
    const sums: string[] = [];
    for (const [name, file] of content) {
      const hash = checksums ? createHash("sha256") : undefined;
      await writeFileDurably(join(fresh, name), hash ? hashed(file, hash) : file, { fileSystem });
      if (hash) sums.push(`${hash.digest("hex")}  ${name}\n`);
    }
    if (checksums) await writeFileDurably(join(fresh, checksumsFile), sums.join(""), { fileSystem });
    await takeName(path, fresh, fileSystem);
  } catch (error) {
    await removeFolder(fresh, fileSystem).catch(() => undefined);
    await settleFolder(path, { fileSystem }).catch(() => undefined);
    throw error;
  }
  await syncFolder(path, fileSystem);
  await removeFolder(previousFolder(path), fileSystem);
  await sweep(path, fileSystem).catch(() => undefined);
}

// The old folder aside, the new one in its place; again where another writer was in between.
async function takeName(path: string, fresh: string, fileSystem: FileSystem): Promise<void> {
  const tries = 10;
  for (let attempt = 1; ; attempt++) {
    try {
      if (await namesIn(path, fileSystem)) await step(path, "rename", () => fileSystem.rename(path, previousFolder(path)));
      return await step(path, "rename", () => fileSystem.rename(fresh, path));
    } catch (error) {
      const { system } = (error as InkstoneError<"E_IO">).parameters ?? {};
      if (attempt === tries || !["ENOENT", "ENOTEMPTY", "EEXIST"].includes(system)) throw error;
      await settleFolder(path, { fileSystem });
    }
  }
}

// Content that is added to a checksum as it passes, in pieces that hold nobody up.
async function* hashed(content: FileContent, hash: Hash): AsyncGenerator<Uint8Array> {
  const PIECE = 4 << 20;
  for await (const whole of pieces(content)) {
    for (let at = 0; at < whole.length; at += PIECE) {
      const piece = whole.subarray(at, at + PIECE);
      hash.update(piece);
      yield piece;
    }
  }
}

async function sweep(path: string, fileSystem: FileSystem): Promise<void> {
  const left = `.${basename(path)}.`;
  for (const name of await fileSystem.names(dirname(path))) {
    if (!name.startsWith(left) || !/^[0-9a-f-]{36}\.(new|tmp)$/.test(name.slice(left.length))) continue;
    const whole = join(dirname(path), name);
    if (Date.now() - (await fileSystem.changedAt(whole)) < STALE_MS) continue;
    if (name.endsWith(".tmp")) await fileSystem.remove(whole);
    else await removeFolder(whole, fileSystem);
  }
}

/** After a writer that was killed: the old folder gets its name back where the new one has not taken it, and is removed where it has. For writers. Errors: as `writeFolderDurably`. */
export async function settleFolder(path: string, { fileSystem = nodeFileSystem }: DurableOptions = {}): Promise<void> {
  const previous = previousFolder(path);
  if ((await namesIn(previous, fileSystem)) === undefined) return;
  if ((await namesIn(path, fileSystem)) !== undefined) return removeFolder(previous, fileSystem);
  // Another writer may have done it meanwhile.
  await fileSystem.rename(previous, path).catch(async (error: unknown) => {
    if ((await namesIn(path, fileSystem)) === undefined) await step(path, "rename", () => Promise.reject(error));
  });
}

/** Renames a folder that is there, in place of one that has its new name; `to` undefined: removes it. For writers. Errors: E_IO. */
export async function moveFolder(path: string, to: string | undefined, { fileSystem = nodeFileSystem }: DurableOptions = {}): Promise<void> {
  if ((await namesIn(path, fileSystem)) === undefined) return;
  await removeFolder(to ?? path, fileSystem);
  if (to !== undefined) await step(path, "rename", () => fileSystem.rename(path, to));
}

async function namesIn(path: string, fileSystem: FileSystem): Promise<string[] | undefined> {
  return fileSystem.names(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    return step(path, "read", () => Promise.reject(error));
  });
}

async function removeFolder(path: string, fileSystem: FileSystem): Promise<void> {
  const names = await namesIn(path, fileSystem);
  if (names === undefined) return;
  for (const name of names) await step(path, "remove", () => fileSystem.remove(join(path, name)));
  // A writer of another process may be removing it, too, or have put its own old folder there.
  const gone = (error: NodeJS.ErrnoException) => (error.code === "ENOENT" || error.code === "ENOTEMPTY" ? undefined : Promise.reject(error));
  await step(path, "remove", () => fileSystem.removeFolder(path).catch(gone));
}

function taken(path: string, name: string): InkstoneError {
  const why = { en: `the folder holds "${name}", which is not ours to replace`, zh: `文件夹中有不属于本模型的“${name}”` };
  return new InkstoneError("E_IO_CREATE", { file: basename(path), operation: { en: "writing", zh: "写入" }, why, system: "ENOTEMPTY" });
}
