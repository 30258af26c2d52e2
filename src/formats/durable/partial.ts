// A file that is not whole yet: it grows, is hashed as it grows, can be taken up again by a later process, and gets its name only when it is complete.
import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { step } from "./errors.ts";
import { type FileSystem, nodeFileSystem, type OpenFile } from "./file-system.ts";
import { type DurableOptions, syncFolder, writeFully } from "./write.ts";

const PIECE_BYTES = 1_048_576;

/** How a partial file is opened. */
export interface PartialOptions extends DurableOptions {
  /** Keep and hash what is there already (default); false begins anew. */
  readonly resume?: boolean;
  /** Most bytes the whole file can have: a longer one is something else, and is begun anew. */
  readonly limit?: number;
}

/** A growing file with its running SHA-256. One call at a time. Errors of every method: E_IO_FULL, E_IO_CREATE, E_IO; what was appended before stays. */
export class DurableFile {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #file: OpenFile;
  #hash: Hash = createHash("sha256");
  #size = 0;

  private constructor(path: string, file: OpenFile, fileSystem: FileSystem) {
    this.path = path;
    this.#file = file;
    this.#fileSystem = fileSystem;
  }

  /**
   * Opens a partial file, making its folder.
   *
   * @example
   * const file = await DurableFile.openPartial("notes.txt.partial");
   * await file.append(Buffer.from("Ink"));
   * await file.commit("notes.txt");
   */
  static async openPartial(
    path: string,
    { fileSystem = nodeFileSystem, resume = true, limit = Number.POSITIVE_INFINITY }: PartialOptions = {},
  ): Promise<DurableFile> {
    await step(path, "folder", () => fileSystem.makeFolder(dirname(path)));
    const partial = new DurableFile(path, await step(path, "open", () => fileSystem.open(path, "update")), fileSystem);
    try {
      const size = await step(path, "read", () => partial.#file.size());
      if (resume && size <= limit) await partial.#hashExisting(size);
      else if (size > 0) await partial.reset();
    } catch (error) {
      await partial.#file.close().catch(() => undefined);
      throw error;
    }
    return partial;
  }

  /** Bytes that are there and hashed. */
  get size(): number {
    return this.#size;
  }

  /** Adds bytes at the end. After an error the file counts as it was before, and the same bytes can be appended again. */
  async append(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#file, bytes, { path: this.path, position: this.#size });
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  /** SHA-256 of what is there, in hexadecimal. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    await step(this.path, "truncate", () => this.#file.truncate(0));
    this.#hash = createHash("sha256");
    this.#size = 0;
  }

  /**
   * Makes it durable under its final name, in the same file system, and closes it. When flushing fails the content counts as lost and is removed: a second flush
   * can succeed without writing what the first one dropped (Rebello et al. 2020, "Can applications recover from fsync failures?"). Otherwise the partial file stays.
   */
  async commit(finalPath: string): Promise<void> {
    // What a failed append left beyond the end must not get the name.
    if ((await step(this.path, "read", () => this.#file.size())) !== this.#size)
      await step(this.path, "truncate", () => this.#file.truncate(this.#size));
    try {
      await step(this.path, "sync", () => this.#file.sync());
    } catch (error) {
      await this.discard().catch(() => undefined);
      throw error;
    }
    await step(this.path, "close", () => this.#file.close());
    await step(finalPath, "rename", () => this.#fileSystem.rename(this.path, finalPath));
    await syncFolder(finalPath, this.#fileSystem);
  }

  /** Closes; what is there stays for a later resume. */
  async close(): Promise<void> {
    await step(this.path, "close", () => this.#file.close());
  }

  /** Closes and removes. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await step(this.path, "remove", () => this.#fileSystem.remove(this.path));
  }

  async #hashExisting(size: number): Promise<void> {
    const piece = new Uint8Array(Math.min(size, PIECE_BYTES));
    while (this.#size < size) {
      const got = await step(this.path, "read", () => this.#file.read(piece.subarray(0, size - this.#size), this.#size));
      if (got === 0) break;
      this.#hash.update(piece.subarray(0, got));
      this.#size += got;
    }
  }
}
