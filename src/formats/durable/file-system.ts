// The operations that durable writes are made of, as one object: the real one here, one that fails on purpose in the tests. Knows no formats.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from "node:fs/promises";

/** An open file, or a folder opened to be made durable. System errors come out as Node gives them (`code`: "ENOSPC" …). */
export interface OpenFile {
  size(): Promise<number>;
  /** Bytes read into `into` from `position`; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Bytes written at `position`; can be fewer than there are. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  truncate(size: number): Promise<void>;
  /** Waits until content (of a folder: its names) is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** How a file is opened: `create` must not exist; `update` is made if it is missing, its content kept; `folder` is only for `sync`. */
export type OpenMode = "create" | "update" | "folder";

/** What durable writes need of a file system. */
export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** A name that is not there is no error. */
  remove(path: string): Promise<void>;
  /** With the folders above it; one that is there is no error. */
  makeFolder(path: string): Promise<void>;
  names(folder: string): Promise<string[]>;
  /** Where a path leads, links followed; a path that is not there is itself. */
  resolve(path: string): Promise<string>;
  /** When a name was changed last, in milliseconds. */
  changedAt(path: string): Promise<number>;
  /** Of a folder that is empty. */
  removeFolder(path: string): Promise<void>;
}

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  open: async (path, mode) => handle(await openNode(path, mode)),
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  names: (folder) => readdir(folder),
  resolve: (path) => realpath(path).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? path : Promise.reject(error))),
  changedAt: async (path) => (await stat(path)).mtimeMs,
  removeFolder: (path) => rmdir(path),
};

async function openNode(path: string, mode: OpenMode): Promise<FileHandle> {
  if (mode === "folder") return open(path, "r");
  if (mode === "create") return open(path, "wx");
  // Never through a link: what lies behind it is not ours to write into. The link itself is put aside.
  return open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ELOOP") await rm(path);
    if (error.code === "ENOENT" || error.code === "ELOOP") return open(path, "wx+");
    throw error;
  });
}

function handle(file: FileHandle): OpenFile {
  return {
    size: async () => (await file.stat()).size,
    read: async (into, position) => (await file.read(into, 0, into.length, position)).bytesRead,
    write: async (bytes, position) => (await file.write(bytes, 0, bytes.length, position)).bytesWritten,
    truncate: (size) => file.truncate(size),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
