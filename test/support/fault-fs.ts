// File systems that fail on purpose: the real one with its k-th operation failing, and one in memory that loses power. For tests of durable writes.
import type { FileSystem, OpenFile } from "#formats";

/** What fails: the k-th operation (from 1), once or it and all after it, with this system error. `torn` writes half of the bytes first. */
export interface Fault {
  readonly at: number;
  readonly code: string;
  readonly forEver?: boolean;
  readonly torn?: boolean;
}

/** `inner` with a fault. `operations` counts what was asked for; removing clean-up is an operation like all others. */
export function faultFileSystem(inner: FileSystem, fault?: Fault): FileSystem & { readonly operations: () => number } {
  let count = 0;
  const fails = (): boolean => {
    count++;
    return fault !== undefined && (fault.forEver ? count >= fault.at : count === fault.at);
  };
  const failure = (): Error => Object.assign(new Error(`${fault!.code}: injected`), { code: fault!.code });
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (fails()) throw failure();
    return work();
  };
  const wrap = (file: OpenFile): OpenFile => ({
    size: () => guard(() => file.size()),
    read: (into, position) => guard(() => file.read(into, position)),
    write: async (bytes, position) => {
      if (!fails()) return file.write(bytes, position);
      if (fault!.torn) await file.write(bytes.subarray(0, bytes.length >> 1), position);
      throw failure();
    },
    truncate: (size) => guard(() => file.truncate(size)),
    sync: () => guard(() => file.sync()),
    // A close that reports an error has closed all the same.
    close: () => (fails() ? file.close().then(() => Promise.reject(failure())) : file.close()),
  });
  return {
    open: (path, mode) => guard(async () => wrap(await inner.open(path, mode))),
    rename: (from, to) => guard(() => inner.rename(from, to)),
    remove: (path) => guard(() => inner.remove(path)),
    makeFolder: (path) => guard(() => inner.makeFolder(path)),
    names: (folder) => guard(() => inner.names(folder)),
    resolve: (path) => guard(() => inner.resolve(path)),
    changedAt: (path) => guard(() => inner.changedAt(path)),
    removeFolder: (path) => guard(() => inner.removeFolder(path)),
    operations: () => count,
  };
}

interface Inode {
  content: Buffer;
  synced: Buffer;
}
type Names = Map<string, Inode>;

/**
 * One folder in memory that tells what is on the disk apart from what programs see. `crash(random)` is a power cut: content that was not flushed is old, new, or torn
 * at a multiple of 512 bytes; of the changed names since the last flush of the folder, any first part has reached the disk.
 */
export class PowerLossFileSystem implements FileSystem {
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #pending: ((names: Names) => void)[] = [];

  async open(path: string, mode: "create" | "update" | "folder"): Promise<OpenFile> {
    if (mode === "folder") return this.#folder();
    const known = this.#names.get(path);
    if (mode === "create" && known) throw Object.assign(new Error("EEXIST"), { code: "EEXIST" });
    const inode = known ?? { content: Buffer.alloc(0), synced: Buffer.alloc(0) };
    if (!known) this.#change((names) => void names.set(path, inode));
    return memoryFile(inode);
  }
  async rename(from: string, to: string): Promise<void> {
    const inode = this.#names.get(from)!;
    this.#change((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }
  async remove(path: string): Promise<void> {
    this.#change((names) => void names.delete(path));
  }
  async makeFolder(): Promise<void> {}
  async removeFolder(): Promise<void> {}
  async resolve(path: string): Promise<string> {
    return path;
  }
  async changedAt(): Promise<number> {
    return 0;
  }
  async names(): Promise<string[]> {
    return [...this.#names.keys()];
  }

  /** What is there after a power cut. */
  crash(random: () => number): ReadonlyMap<string, Buffer> {
    const names = new Map(this.#durableNames);
    for (const change of this.#pending.slice(0, Math.floor(random() * (this.#pending.length + 1)))) change(names);
    return new Map([...names].map(([name, inode]) => [name, damaged(inode, random)]));
  }

  #change(change: (names: Names) => void): void {
    change(this.#names);
    this.#pending.push(change);
  }
  #folder(): OpenFile {
    const sync = async (): Promise<void> => {
      this.#durableNames = new Map(this.#names);
      this.#pending = [];
    };
    return { ...memoryFile({ content: Buffer.alloc(0), synced: Buffer.alloc(0) }), sync };
  }
}

function damaged({ content, synced }: Inode, random: () => number): Buffer {
  if (content.equals(synced)) return synced;
  const choice = random();
  if (choice < 0.25) return synced;
  if (choice < 0.5) return content;
  const cut = Math.floor((random() * content.length) / 512) * 512;
  return Buffer.concat([content.subarray(0, cut), Buffer.alloc(choice < 0.75 ? content.length - cut : 0)]);
}

function memoryFile(inode: Inode): OpenFile {
  return {
    size: async () => inode.content.length,
    read: async (into, position) => inode.content.copy(into, 0, position),
    write: async (bytes, position) => {
      const grown = Buffer.alloc(Math.max(inode.content.length, position + bytes.length));
      inode.content.copy(grown);
      grown.set(bytes, position);
      inode.content = grown;
      return bytes.length;
    },
    truncate: async (size) => {
      inode.content = inode.content.subarray(0, size);
    },
    sync: async () => {
      inode.synced = inode.content;
    },
    close: async () => undefined,
  };
}
