// Files that a verb is about to write: what is there already is not replaced unasked. Knows no formats.
import { access } from "node:fs/promises";
import { basename } from "node:path";
import { InkstoneError } from "../core/index.ts";

/** Refuses, before any work is done, if one of the files is there. Errors: E_IO_CREATE. */
export async function refuseExisting(paths: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) {
      const why = { en: "it is there already, and --force was not given", zh: "文件已存在，且未指定 --force" };
      throw new InkstoneError("E_IO_CREATE", { file: basename(path), operation: { en: "opening", zh: "打开" }, why, system: "EEXIST" });
    }
  }
}
