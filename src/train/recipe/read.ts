// Recipes from files: TOML, YAML, JSON, or a module in JavaScript or TypeScript; single fields changed by "key=value". Knows no training.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parse as parseToml, stringify as tomlOf } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { InkstoneError, type Language } from "../../core/index.ts";
import { optionalPackage, readTextFile } from "../../formats/index.ts";
import { recipeOf } from "./recipe.ts";
import type { Recipe } from "./types.ts";
import { fieldWords } from "./words.ts";

const MOST = 1 << 20;

/**
 * The recipe of a file (.toml, .yaml, .yml, .json; .ts, .mts, .mjs or .js whose default is the recipe), with some fields changed: "optimizer.learningRate=0.003".
 * TypeScript is read by Node itself where it can (from 22.18), else with the package `typescript`.
 *
 * Errors: `E_RECIPE`; E_FORMAT_NO_FILE and its kin.
 *
 * @example
 * await writeFile("recipe.yaml", "data: { files: texts }");
 * (await readRecipe("recipe.yaml", ["budget.steps=50"])).budget.steps; // 50
 */
export async function readRecipe(path: string, changes: readonly string[] = []): Promise<Recipe> {
  const file = basename(path);
  return changed(await parsed(path, file), changes, file);
}

/**
 * A recipe with some fields changed: "optimizer.learningRate=0.003". What followed from others stays as it was. Errors: `E_RECIPE`.
 *
 * @example
 * changedRecipe(recipeOf({ data: { files: "texts" } }), ["budget.steps=50"]).budget.steps; // 50
 */
export function changedRecipe(recipe: Recipe, changes: readonly string[]): Recipe {
  return changed(JSON.parse(JSON.stringify(recipe)) as Record<string, unknown>, changes, recipe.name);
}

function changed(plain: Record<string, unknown>, changes: readonly string[], file: string): Recipe {
  for (const change of changes) set(plain, change, file);
  return recipeOf(plain, file);
}

async function parsed(path: string, file: string): Promise<Record<string, unknown>> {
  const kind = extname(path).toLowerCase();
  if ([".mjs", ".js", ".ts", ".mts"].includes(kind)) {
    // What is not there is told as any missing file is.
    await readTextFile(path, MOST);
    return { ...(kind.endsWith("ts") ? await typed(path, file) : await plainModule(path, file)) };
  }
  const text = await readTextFile(path, MOST);
  try {
    const found: unknown = kind === ".toml" ? parseToml(text) : kind === ".json" ? JSON.parse(text) : parseYaml(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found as Record<string, unknown>;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new InkstoneError("E_RECIPE", { file, field: "recipe", why: { en: "it holds no fields", zh: "其中没有任何字段" } });
}

function unreadable(file: string, error: unknown): InkstoneError {
  const line = String((error as Error).message)
    .split("\n")[0]
    .replace(/[.:\s]+$/, "");
  return new InkstoneError(
    "E_RECIPE",
    { file, field: "recipe", why: { en: `it cannot be read: ${line}`, zh: `无法读取：${line}` } },
    { cause: error },
  );
}

const defaultOf = async (url: string): Promise<Record<string, unknown>> => ((await import(url)) as { default: Record<string, unknown> }).default;

async function plainModule(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await defaultOf(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function typed(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await defaultOf(pathToFileURL(resolve(path)).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION") throw unreadable(file, error);
  }
  const purpose = { en: "recipes in TypeScript on this Node", zh: "在此版本 Node 上使用 TypeScript 配方" };
  const compiler = await optionalPackage("typescript@7.0.2", purpose, async () => createRequire(import.meta.url).resolve("typescript/package.json"));
  const folder = await mkdtemp(join(tmpdir(), "inkstone-recipe-"));
  try {
    const options = ["--ignoreConfig", "--noCheck", "--module", "esnext", "--target", "esnext", "--outDir", folder];
    await promisify(execFile)(process.execPath, [join(dirname(compiler), "bin/tsc"), resolve(path), ...options]);
    const [made] = (await readdir(folder)).filter((name) => /\.m?js$/.test(name));
    return await defaultOf(`data:text/javascript,${encodeURIComponent(await readTextFile(join(folder, made), MOST))}`);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
 * A recipe as TOML, every field with the value that it has. `language`: with what each is, as a comment above it. Default: without.
 *
 * @example
 * tomlRecipe(recipeOf({ data: { files: "texts" } })).includes("learningRate = 0.001"); // true
 * tomlRecipe(recipeOf({ data: { files: "texts" } }), { language: "en" }).includes("# layers; "); // true
 */
export function tomlRecipe(recipe: Recipe, { language }: { readonly language?: Language } = {}): string {
  const toml = tomlOf(JSON.parse(JSON.stringify(recipe)));
  if (language === undefined) return toml;
  let table = "";
  return toml
    .split("\n")
    .flatMap((line) => {
      table = /^\[+([\w.]+)\]+$/.exec(line)?.[1] ?? table;
      const [, key] = /^(\w+) = /.exec(line) ?? [];
      const words = key === undefined ? undefined : fieldWords[table === "" ? key : `${table}.${key}`];
      return words === undefined ? [line] : [`# ${words[language]}`, line];
    })
    .join("\n");
}
