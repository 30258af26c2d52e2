// A whole file under its final name, or the one that was there before: never half of either, whatever fails in between.
// Source of the order of steps: Pillai et al. 2014, "All file systems are not created equal" (OSDI), table 1: write, fsync, rename, fsync the folder.
import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { expectPath } from "../regular-file.ts";
import { step } from "./errors.ts";
import { type FileSystem, nodeFileSystem, type OpenFile } from "./file-system.ts";

const TEMPORARY = /^\..+\.[0-9a-f-]{36}\.tmp$/;

/** What a file is made of. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Options of durable writes. */
export interface DurableOptions {
  /** Where it is written; tests inject one that fails. */
  readonly fileSystem?: FileSystem;
}

/**
 * Writes a file durably: a temporary file in the same folder, flushed, renamed over the final name, and the folder flushed. When the promise is fulfilled the content
 * survives a power cut; when it is rejected the name holds either the old content or all of the new, and the temporary file is gone (unless removing failed as well).
 *
 * Errors: E_OPTION for what is no path, E_IO_FULL (exit 74), E_IO_CREATE (exit 73), E_IO (exit 74); what the content itself throws passes through.
 *
 * @example
 * await writeFileDurably("notes.json", JSON.stringify({ formatVersion: 1 }));
 */
export async function writeFileDurably(path: string, content: FileContent, { fileSystem = nodeFileSystem }: DurableOptions = {}): Promise<void> {
  expectPath(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const file = await step(path, "open", () => fileSystem.open(temporary, "create"));
  try {
    await fillAndClose(file, path, content);
    await step(path, "rename", () => fileSystem.rename(temporary, path));
  } catch (error) {
    // The first error is the one to tell; a temporary file that cannot be removed now is found by removeLeftovers.
    await fileSystem.remove(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(path, fileSystem);
}

/** Flushes the names of the folder of `path`, so that a rename in it is durable. */
export async function syncFolder(path: string, fileSystem: FileSystem): Promise<void> {
  const folder = await step(path, "open", () => fileSystem.open(dirname(path), "folder"));
  await closing(folder, path, () => step(path, "sync", () => folder.sync()));
}

/** Removes temporary files that a killed process left in a folder; to be called when nothing writes there. Returns how many. Errors: as writeFileDurably. */
export async function removeLeftovers(folder: string, { fileSystem = nodeFileSystem }: DurableOptions = {}): Promise<number> {
  const names = (await step(folder, "open", () => fileSystem.names(folder))).filter((name) => TEMPORARY.test(name));
  for (const name of names) await step(join(folder, name), "remove", () => fileSystem.remove(join(folder, name)));
  return names.length;
}

/** Writes all of `bytes` at a position, in as many calls as it takes. */
export async function writeFully(file: OpenFile, bytes: Uint8Array, { path, position }: { path: string; position: number }): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await step(path, "write", () => file.write(bytes.subarray(done), position + done));
}

async function fillAndClose(file: OpenFile, path: string, content: FileContent): Promise<void> {
  await closing(file, path, async () => {
    let position = 0;
    for await (const piece of pieces(content)) {
      await writeFully(file, piece, { path, position });
      position += piece.length;
    }
    await step(path, "sync", () => file.sync());
  });
}

// Closes whatever happens; an error of the work comes before one of closing.
async function closing(file: OpenFile, path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  await step(path, "close", () => file.close());
}

/** Content piece by piece. */
export function pieces(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === "string") return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}
