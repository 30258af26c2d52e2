// A file that is not whole yet: grows, is hashed as it grows, and gets its name only when it is complete. Knows no network.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { InkstoneError } from "../core/index.ts";

/** A growing file with its running SHA-256. */
export class PartialFile {
  readonly path: string;
  #file: FileHandle;
  #hash: Hash;
  #size: number;

  private constructor(path: string, file: FileHandle, hash: Hash, size: number) {
    this.path = path;
    this.#file = file;
    this.#hash = hash;
    this.#size = size;
  }

  /** Opens a partial file; with `resume` what is there already is hashed and kept, unless it is longer than `limit`. */
  static async open(path: string, { resume, limit }: { resume: boolean; limit?: number }): Promise<PartialFile> {
    return guarded(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, resume ? "a+" : "w+");
      const size = (await file.stat()).size;
      const partial = new PartialFile(path, file, createHash("sha256"), size);
      if (size === 0) return partial;
      if (limit !== undefined && size > limit) await partial.reset();
      else for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) partial.#hash.update(piece as Buffer);
      return partial;
    });
  }

  get size(): number {
    return this.#size;
  }

  async write(piece: Buffer): Promise<void> {
    await guarded(this.path, () => this.#file.appendFile(piece));
    this.#hash.update(piece);
    this.#size += piece.length;
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    await guarded(this.path, () => this.#file.truncate(0));
    this.#hash = createHash("sha256");
    this.#size = 0;
  }

  /** SHA-256 of what is there. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Makes it durable under its final name. */
  async commit(path: string): Promise<void> {
    await guarded(path, async () => {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.path, path);
      const folder = await open(dirname(path), "r");
      await folder.sync().finally(() => folder.close());
    });
  }

  /** Closes; what is there stays for a later resume. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Closes and removes. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.path, { force: true });
  }
}

/** Runs a file operation; system errors come out as E_STORE naming the folder. */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof InkstoneError || code === undefined) throw error;
    throw new InkstoneError("E_STORE", { folder: dirname(path), why: words[code] ?? code }, { cause: error });
  }
}

const words: Readonly<Record<string, { en: string; zh: string }>> = {
  ENOSPC: { en: "the disk is full", zh: "磁盘已满" },
  EDQUOT: { en: "the disk quota is used up", zh: "磁盘配额已用完" },
  EROFS: { en: "it is read-only", zh: "只读" },
  EACCES: { en: "permission denied", zh: "没有权限" },
  EPERM: { en: "permission denied", zh: "没有权限" },
  EFBIG: { en: "the file-size limit is reached", zh: "达到文件大小限制" },
  EMFILE: { en: "too many open files", zh: "打开的文件过多" },
  ENOTDIR: { en: "part of the path is not a folder", zh: "路径的一部分不是文件夹" },
  EIO: { en: "the disk reports an error", zh: "磁盘报告错误" },
};
