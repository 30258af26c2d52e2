// Bytes by position: what a binary parser reads from. A file, or bytes in memory. Knows no format.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";

/** Bytes that can be read at any position. */
export interface ByteSource {
  /** For messages: the last part of the path only. */
  readonly name: string;
  /** Bytes in all, fixed when it was opened. */
  readonly size: number;
  /** Fills `into` from `position`. Returns how many bytes came: fewer only where the file ends. */
  read(position: number, into: Uint8Array): number;
  close(): void;
}

const reasons: Readonly<Record<string, Phrase>> = {
  EACCES: { en: "permission denied", zh: "没有权限" },
  EPERM: { en: "permission denied", zh: "没有权限" },
  EMFILE: { en: "too many open files", zh: "打开的文件过多" },
  ENFILE: { en: "too many open files", zh: "打开的文件过多" },
  EIO: { en: "the disk reports an error", zh: "磁盘报告错误" },
  ELOOP: { en: "the links go in a circle", zh: "链接成环" },
};

/**
 * A regular file as bytes by position. It is read with positioned reads, never mapped: a file that shrinks meanwhile is a short read, not a signal.
 *
 * Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE (folder, pipe, device), E_FORMAT_UNREADABLE; after close(): E_FORMAT_CLOSED.
 */
export function openFileSource(path: string): ByteSource {
  const name = basename(path);
  const descriptor = guarded(name, () => openRegular(path, name));
  let open = true;
  const read = (position: number, into: Uint8Array): number => {
    if (!open) throw new InkstoneError("E_FORMAT_CLOSED", { file: name });
    return guarded(name, () => readFully(descriptor, position, into));
  };
  const close = (): void => {
    if (open) closeSync(descriptor);
    open = false;
  };
  return { name, size: fstatSync(descriptor).size, read, close };
}

/** Bytes in memory as a source. Never fails. */
export function memorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  const read = (position: number, into: Uint8Array): number => {
    const piece = bytes.subarray(position, position + into.length);
    into.set(piece);
    return piece.length;
  };
  return { name, size: bytes.length, read, close: () => undefined };
}

function openRegular(path: string, name: string): number {
  // Looked at before it is opened: opening a device can have effects, opening a pipe can wait for ever.
  if (!statSync(path).isFile()) throw new InkstoneError("E_FORMAT_NOT_A_FILE", { file: name });
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new InkstoneError("E_FORMAT_NOT_A_FILE", { file: name });
}

function readFully(descriptor: number, position: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const got = readSync(descriptor, into, done, into.length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InkstoneError) throw error;
    const { code = "?" } = error as NodeJS.ErrnoException;
    // ERR_INVALID_ARG_VALUE: a NUL in the path; no file can have that name.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "ERR_INVALID_ARG_VALUE")
      throw new InkstoneError("E_FORMAT_NO_FILE", { file }, { cause: error });
    throw new InkstoneError("E_FORMAT_UNREADABLE", { file, why: reasons[code] ?? code }, { cause: error });
  }
}
