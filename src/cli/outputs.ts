// Files that a verb is about to write: what is there already is not replaced unasked, nothing is written over another output or the input. Knows no formats.
import { access, constants, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InkstoneError } from "../core/index.ts";

/**
 * Refuses, before any work is done, if one of the files is there, if two of them are one (or one of the inputs), or if their folder cannot be written into.
 *
 * Errors: E_IO_EXISTS, E_IO_CREATE, E_USAGE.
 */
export async function refuseExisting(paths: readonly string[], force: boolean, inputs: readonly string[] = []): Promise<void> {
  const taken = await Promise.all(inputs.map(placeOf));
  for (const path of paths) {
    const place = await placeOf(path);
    if (taken.includes(place)) {
      const why = {
        en: `"${path}" is named twice: every input and output needs a file of its own.`,
        zh: `“${path}”被指定了两次：每个输入和输出都需要各自的文件。`,
      };
      throw new InkstoneError("E_USAGE", { why });
    }
    taken.push(place);
    await refuseFolder(path);
    if (!force && (await isThere(path))) throw new InkstoneError("E_IO_EXISTS", { file: basename(path) });
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

// The same for all names of one file.
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path);
  return realpath(whole).catch(async () => join(await realpath(dirname(whole)).catch(() => dirname(whole)), basename(whole)));
}

// The nearest folder that is there must be one, and let us write. (The folders between are made when the file is.)
async function refuseFolder(path: string): Promise<void> {
  let folder = dirname(resolve(path));
  while (folder !== dirname(folder) && !(await isThere(folder))) folder = dirname(folder);
  const found = await stat(folder).catch(() => undefined);
  const isGood =
    found?.isDirectory() === true &&
    (await access(folder, constants.W_OK)
      .then(() => true)
      .catch(() => false));
  if (isGood) return;
  const why =
    found?.isDirectory() === true
      ? { en: `"${folder}" may not be written`, zh: `“${folder}”不可写` }
      : { en: `"${folder}" is no folder`, zh: `“${folder}”不是文件夹` };
  throw new InkstoneError("E_IO_CREATE", { file: basename(path), operation: { en: "opening", zh: "打开" }, why, system: "EACCES" });
}
