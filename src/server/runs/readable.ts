// Which files a recipe that came over HTTP may name: those below folders that are open to it, wherever links lead. Knows no HTTP.
import { realpath } from "node:fs/promises";
import { sep } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import type { Recipe } from "../../train/index.ts";

/**
 * Refuses a recipe that names a file elsewhere. One that is not there and one that may not be read are refused alike. Errors: E_OPTION with the field.
 *
 * @example
 * await refuseForeignFiles(recipeOf({ data: { files: "/etc/passwd" } }), ["texts"]); // throws E_OPTION: recipe.data.files …
 */
export async function refuseForeignFiles(recipe: Recipe, folders: readonly string[]): Promise<void> {
  const roots = (await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)))).filter((root) => root !== undefined);
  for (const [option, path] of namedIn(recipe)) {
    const place = await realpath(path).catch(() => undefined);
    if (place !== undefined && roots.some((root) => place === root || place.startsWith(root.endsWith(sep) ? root : root + sep))) continue;
    throw new InkstoneError("E_OPTION", {
      option: `recipe.${option}`,
      value: path.slice(0, 100),
      allowed: {
        en: "files below the data folder, the folder of the runs, and folders that the server was started with (--training-data); or `text` with the request",
        zh: "数据文件夹、运行文件夹以及启动服务器时以 --training-data 指定的文件夹中的文件；或在请求中给出 text",
      },
    });
  }
}

function namedIn({ data: { files, tests }, tokenizer }: Recipe): (readonly [string, string])[] {
  const parts = typeof files === "string" ? [files] : files.map((one) => (typeof one === "string" ? one : one.files));
  return [
    ...parts.map((path) => ["data.files", path] as const),
    ...tests.map((path) => ["data.tests", path] as const),
    ...(tokenizer.file === "characters" ? [] : [["tokenizer.file", tokenizer.file] as const]),
  ];
}
