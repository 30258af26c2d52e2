// A folder of files under its final name, or the one that was there before: never a mix of the two, whatever fails in between.
import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { step } from "./errors.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { type DurableOptions, type FileContent, syncFolder, writeFileDurably } from "./write.ts";

/** Files by their name. */
export type FolderContent = ReadonlyMap<string, FileContent>;

/** Where the folder that was there before lies while a new one takes its name: what is to be read when there is none under the name itself. */
export function previousFolder(path: string): string {
  return join(dirname(path), `.${basename(path)}.previous`);
}

/**
 * Writes a folder durably: its files into a new folder beside it, flushed; then the old one is renamed to `previousFolder`, the new one takes its name, and the old one is
 * removed. When it is rejected, the name holds all of the old or all of the new, or nothing while `previousFolder` holds all of the old; `settleFolder` puts that right.
 *
 * Only a folder whose files are all named in `content` or `known` is ever replaced. Errors: E_IO_CREATE (also where other files are there), E_IO_FULL, E_IO.
 */
export async function writeFolderDurably(
  path: string,
  content: FolderContent,
  { fileSystem = nodeFileSystem, known = [] }: DurableOptions & { readonly known?: readonly string[] } = {},
): Promise<void> {
  await settleFolder(path, { fileSystem });
  const names = new Set([...content.keys(), ...known]);
  const old = await namesIn(path, fileSystem);
  const foreign = old?.find((name) => !names.has(name));
  if (foreign !== undefined) throw taken(path, foreign);
  const fresh = join(dirname(path), `.${basename(path)}.${randomUUID()}.new`);
  try {
    await step(path, "folder", () => fileSystem.makeFolder(fresh));
    for (const [name, file] of content) await writeFileDurably(join(fresh, name), file, { fileSystem });
    if (old) await step(path, "rename", () => fileSystem.rename(path, previousFolder(path)));
    await step(path, "rename", () => fileSystem.rename(fresh, path));
  } catch (error) {
    await removeFolder(fresh, fileSystem).catch(() => undefined);
    await settleFolder(path, { fileSystem }).catch(() => undefined);
    throw error;
  }
  await syncFolder(path, fileSystem);
  await removeFolder(previousFolder(path), fileSystem);
}

/** After a writer that was killed: the old folder gets its name back where the new one has not taken it, and is removed where it has. Errors: as `writeFolderDurably`. */
export async function settleFolder(path: string, { fileSystem = nodeFileSystem }: DurableOptions = {}): Promise<void> {
  const previous = previousFolder(path);
  if ((await namesIn(previous, fileSystem)) === undefined) return;
  if ((await namesIn(path, fileSystem)) === undefined) await step(path, "rename", () => fileSystem.rename(previous, path));
  else await removeFolder(previous, fileSystem);
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
  await step(path, "remove", () => fileSystem.removeFolder(path));
}

function taken(path: string, name: string): InkstoneError {
  const why = { en: `the folder holds "${name}", which is not ours to replace`, zh: `文件夹中有不属于本模型的“${name}”` };
  return new InkstoneError("E_IO_CREATE", { file: basename(path), operation: { en: "writing", zh: "写入" }, why, system: "ENOTEMPTY" });
}
