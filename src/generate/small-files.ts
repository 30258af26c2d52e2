// Small files of a model's folder. Knows none of them.
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { InkstoneError, jsonErrorPlace } from "../core/index.ts";

/** What stands in a configuration. */
export type Json = Readonly<Record<string, unknown>>;

/** Most bytes of a small file. */
const MOST_BYTES = 4 << 20;

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The object in a small JSON file; undefined where there is none. Errors: `E_MODEL_CONFIG`. */
export async function readJson(path: string): Promise<Json | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const refuse = (value: string) =>
    new InkstoneError("E_MODEL_CONFIG", { key: basename(path), value, allowed: { en: "a JSON object", zh: "JSON 对象" } });
  if (found.size > MOST_BYTES) throw refuse(`${found.size} bytes`);
  const text = await readFile(path, "utf8");
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) throw refuse(typeof parsed);
    return parsed as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refuse(jsonErrorPlace(text));
  }
}
