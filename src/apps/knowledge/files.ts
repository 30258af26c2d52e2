// Which files are meant by a path: itself, or all documents in a folder. Reads names only.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { dataKind } from "../../data/index.ts";
import { requireFile } from "../../formats/index.ts";

/**
 * The documents that a path means: the file itself, whatever it is called; of a folder all files below it whose ending is known, by name, hidden ones and links left out.
 *
 * Errors: those of opening a file.
 *
 * @example
 * await documentFiles("not-there"); // throws E_FORMAT_NO_FILE
 */
export async function documentFiles(path: string): Promise<string[]> {
  const about = await stat(path).catch(() => undefined);
  if (about?.isDirectory() !== true) {
    await requireFile(path);
    return [path];
  }
  const entries = await readdir(path, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) found.push(...(await documentFiles(join(path, entry.name))));
    else if (entry.isFile() && isKnown(entry.name)) found.push(join(path, entry.name));
  }
  return found;
}

function isKnown(name: string): boolean {
  try {
    dataKind(name);
    return true;
  } catch (error) {
    if (error instanceof InkstoneError && error.code === "E_DATA_KIND") return false;
    throw error;
  }
}
