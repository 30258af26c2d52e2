// Bytes by position: what a binary parser reads from. A file, or bytes in memory. Knows no format.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { InkstoneError } from "../core/index.ts";
import { expectPath, fileFailure, openFlags, requireRegular } from "./regular-file.ts";

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

/**
 * A regular file as bytes by position. It is read with positioned reads, never mapped: a file that shrinks meanwhile is a short read, not a signal.
 *
 * Errors: E_FORMAT_NO_FILE, E_FORMAT_NOT_A_FILE (folder, pipe, device), E_FORMAT_UNREADABLE; after close(): E_FORMAT_CLOSED.
 */
export function openFileSource(path: string): ByteSource {
  expectPath(path);
  const name = basename(path);
  const descriptor = guarded(name, path, () => openSyncRegular(path, name));
  let open = true;
  const read = (position: number, into: Uint8Array): number => {
    if (!open) throw new InkstoneError("E_FORMAT_CLOSED", { file: name });
    return guarded(name, path, () => readFully(descriptor, position, into));
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

function openSyncRegular(path: string, name: string): number {
  requireRegular(statSync(path), name);
  const descriptor = openSync(path, openFlags);
  try {
    requireRegular(fstatSync(descriptor), name);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
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

function guarded<T>(file: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileFailure(error, file, path);
  }
}
