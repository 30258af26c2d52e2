// System errors of the store as E_STORE, which names the folder. Knows no network and no models.
import { dirname } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";

const words: Readonly<Record<string, Phrase>> = {
  ENOSPC: { en: "the disk is full", zh: "磁盘已满" },
  EDQUOT: { en: "the disk quota is used up", zh: "磁盘配额已用完" },
  EROFS: { en: "it is read-only", zh: "只读" },
  EACCES: { en: "permission denied", zh: "没有权限" },
  EPERM: { en: "permission denied", zh: "没有权限" },
  ENOTDIR: { en: "part of the path is not a folder", zh: "路径的一部分不是文件夹" },
};

/**
 * Runs an operation on a file of the store. Errors of the system, and the E_IO_CREATE of durable writes, come out as E_STORE; E_IO_FULL, E_IO and all else pass.
 */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const folder = dirname(path);
    if (error instanceof InkstoneError) {
      if (error.code !== "E_IO_CREATE") throw error;
      throw new InkstoneError("E_STORE", { folder, why: (error.parameters as { why: Phrase }).why }, { cause: error });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InkstoneError("E_STORE", { folder, why: words[code] ?? code }, { cause: error });
  }
}
