// Recipes from files: TOML, YAML, JSON, or a module; single fields changed by "key=value". Knows no training.
import { basename, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse as parseToml, stringify as tomlOf } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { InkstoneError } from "../../core/index.ts";
import { readTextFile } from "../../formats/index.ts";
import { type Recipe, recipeOf } from "./recipe.ts";

const MOST = 1 << 20;

/**
 * The recipe of a file (.toml, .yaml, .yml, .json; .mjs or .js whose default is the recipe), with some fields changed: "optimizer.learningRate=0.003".
 *
 * Errors: `E_RECIPE`; E_FORMAT_NO_FILE and its kin.
 *
 * @example
 * await writeFile("recipe.yaml", "data: { files: texts }");
 * (await readRecipe("recipe.yaml", ["budget.steps=50"])).budget.steps; // 50
 */
export async function readRecipe(path: string, changes: readonly string[] = []): Promise<Recipe> {
  const file = basename(path);
  const plain = await parsed(path, file);
  for (const change of changes) set(plain, change, file);
  return recipeOf(plain, file);
}

async function parsed(path: string, file: string): Promise<Record<string, unknown>> {
  const kind = extname(path).toLowerCase();
  if (kind === ".mjs" || kind === ".js")
    return { ...((await import(pathToFileURL(resolve(path)).href)) as { default: Record<string, unknown> }).default };
  const text = await readTextFile(path, MOST);
  try {
    const found: unknown = kind === ".toml" ? parseToml(text) : kind === ".json" ? JSON.parse(text) : parseYaml(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Record<string, unknown>;
  } catch (error) {
    const why = { en: `it cannot be read: ${(error as Error).message.split("\n")[0]}`, zh: `无法读取：${(error as Error).message.split("\n")[0]}` };
    throw new InkstoneError("E_RECIPE", { file, field: "recipe", why }, { cause: error });
  }
  throw new InkstoneError("E_RECIPE", { file, field: "recipe", why: { en: "it holds no fields", zh: "其中没有任何字段" } });
}

// Numbers, true, false and lists are what they say; anything else is text.
function set(plain: Record<string, unknown>, change: string, file: string): void {
  const [, key, value] = /^([\w.]+)=(.*)$/s.exec(change) ?? [];
  if (key === undefined)
    throw new InkstoneError("E_RECIPE", { file, field: change, why: { en: "changes have the form field=value", zh: "修改的形式为 字段=值" } });
  const path = key.split(".");
  let at = plain;
  for (const part of path.slice(0, -1)) {
    const inner = at[part];
    at[part] = typeof inner === "object" && inner !== null ? { ...inner } : {};
    at = at[part] as Record<string, unknown>;
  }
  at[path[path.length - 1]] = plainValue(value);
}

function plainValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A recipe as TOML, every field with the value that it has.
 *
 * @example
 * tomlRecipe(recipeOf({ data: { files: "texts" } })).includes("learningRate = 0.001"); // true
 */
export function tomlRecipe(recipe: Recipe): string {
  return tomlOf(JSON.parse(JSON.stringify(recipe)));
}
