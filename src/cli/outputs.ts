// Files that a verb is about to write: what is there already is not replaced unasked. Knows no formats.
import { access } from "node:fs/promises";
import { InkstoneError } from "../core/index.ts";

/** Refuses, before any work is done, if one of the files is there. Errors: E_OUTPUT_EXISTS. */
export async function refuseExisting(paths: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) throw new InkstoneError("E_OUTPUT_EXISTS", { path });
  }
}
