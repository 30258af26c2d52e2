// Opening a regular file, and nothing else, without waiting on pipes or touching devices; what the system says against it as a typed error.
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { InkstoneError, type Phrase, refuseOption } from "../core/index.ts";

const reasons: Readonly<Record<string, Phrase>> = {
  EACCES: { en: "permission denied", zh: "没有权限" },
  EPERM: { en: "permission denied", zh: "没有权限" },
  EMFILE: { en: "too many open files", zh: "打开的文件过多" },
  ENFILE: { en: "too many open files", zh: "打开的文件过多" },
  EIO: { en: "the disk reports an error", zh: "磁盘报告错误" },
  ELOOP: { en: "the links go in a circle", zh: "链接成环" },
};

/** A file that is open for reading: what readers need of Node's handle, so that their types need no types of Node. */
export interface ReadableFile {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  stat(): Promise<{ readonly size: number }>;
  close(): Promise<void>;
}

/** How a file is opened once it is known to be one: a pipe that took its place meanwhile must not make us wait. */
export const openFlags: number = constants.O_RDONLY | constants.O_NONBLOCK;

/** Errors: E_FORMAT_NOT_A_FILE for folders, pipes, sockets and devices (links are followed). */
export function requireRegular(found: { isFile(): boolean }, file: string): void {
  if (!found.isFile()) throw new InkstoneError("E_FORMAT_NOT_A_FILE", { file });
}

/** A failure of the file system as a typed error (E_FORMAT_NO_FILE, which shows the whole path, and E_FORMAT_UNREADABLE); typed ones pass. */
export function fileFailure(error: unknown, file: string, path: string = file): unknown {
  if (error instanceof InkstoneError) return error;
  const { code = "?" } = error as NodeJS.ErrnoException;
  // ERR_INVALID_ARG_VALUE: a NUL in the path; no file can have that name.
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "ERR_INVALID_ARG_VALUE")
    return new InkstoneError("E_FORMAT_NO_FILE", { file: path }, { cause: error });
  return new InkstoneError("E_FORMAT_UNREADABLE", { file, why: reasons[code] ?? code }, { cause: error });
}

/** Throws `E_OPTION` unless something is a path. */
export function expectPath(path: unknown): asserts path is string {
  if (typeof path !== "string" || path === "") refuseOption("path", path, { en: "the path of a file or folder", zh: "文件或文件夹的路径" });
}

/**
 * A regular file, opened for reading. It is looked at before it is opened: opening a device can have effects, opening a pipe can wait for ever.
 *
 * Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE, E_FORMAT_UNREADABLE.
 */
export async function openRegular(path: string): Promise<ReadableFile> {
  expectPath(path);
  const file = basename(path);
  try {
    requireRegular(await stat(path), file);
    const handle = await open(path, openFlags);
    try {
      requireRegular(await handle.stat(), file);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  } catch (error) {
    throw fileFailure(error, file, path);
  }
}

/**
 * Checks that a path is a regular file, without opening it, and gives its name for messages.
 *
 * Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE, E_FORMAT_UNREADABLE.
 *
 * @example
 * await requireFile("none.pdf"); // throws E_FORMAT_NO_FILE
 */
export async function requireFile(path: string): Promise<string> {
  expectPath(path);
  const file = basename(path);
  try {
    requireRegular(await stat(path), file);
  } catch (error) {
    throw fileFailure(error, file, path);
  }
  return file;
}
