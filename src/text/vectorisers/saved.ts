// Saved vectorisers: which options are saved, and what a reader checks. Knows no counting.
import { InkstoneError } from "../../core/index.ts";
import { shortestOf } from "./pattern.ts";
import type { CountOptions, HashingOptions, TfidfOptions, Unsaved } from "./types.ts";

type AnyOptions = CountOptions & TfidfOptions & HashingOptions;

/** Options as plain data: functions by the word "function", patterns by their source and flags; the vocabulary is saved beside them. */
export function plainOptions(options: AnyOptions): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === "executor" || name === "vocabulary" || value === undefined) continue;
    if (typeof value === "function") plain[name] = "function";
    else if (value instanceof RegExp) plain[name] = { source: value.source, flags: value.flags };
    else plain[name] = value;
  }
  return plain;
}

function misfit(what: string, en: string, zh: string): InkstoneError {
  return new InkstoneError("E_SAVED_MODEL", { what, why: { en, zh } });
}

/** The fields of a saved object of this type. Errors: `E_SAVED_MODEL` naming what does not fit. */
export function readSaved(saved: unknown, type: string): Record<string, unknown> {
  const fields = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
  if (fields["type"] !== type)
    throw misfit(type, `its type is ${JSON.stringify(fields["type"]) ?? "missing"}`, `其类型为 ${JSON.stringify(fields["type"]) ?? "缺失"}`);
  const version = fields["formatVersion"];
  if (version !== 1)
    throw misfit(
      type,
      `its formatVersion is ${JSON.stringify(version) ?? "missing"}, known: 1`,
      `其 formatVersion 为 ${JSON.stringify(version) ?? "缺失"}，已知：1`,
    );
  const names = fields["vocabulary"];
  if (names != null && !(Array.isArray(names) && names.every((name) => typeof name === "string")))
    throw misfit(type, "its vocabulary is not a list of names", "其词表不是名称列表");
  return fields;
}

/** The options of a saved object, with the functions that it was made with. */
export function savedOptions(fields: Record<string, unknown>, functions: Unsaved, type: string): object {
  const options = Object.fromEntries(Object.entries(fields["options"] ?? {}).filter(([, value]) => value !== null)) as Record<string, unknown>;
  for (const name of ["analyzer", "tokenizer"] as const) {
    if (options[name] !== "function") continue;
    if (typeof functions[name] !== "function")
      throw misfit(type, `its ${name} was a function, which is to be given again`, `其 ${name} 为函数，需要重新提供`);
    options[name] = functions[name];
  }
  const pattern = options["tokenPattern"] as string | undefined;
  if (pattern !== undefined && (typeof pattern !== "string" || shortestOf(pattern) === undefined)) {
    // A regular expression can take for ever: it is matched where its user wrote it down, never because a file says so.
    if (functions.tokenPattern === undefined)
      throw misfit(type, "its tokenPattern is none of the known ones, and is to be given again", "其 tokenPattern 不是内置的，需要重新提供");
    options["tokenPattern"] = functions.tokenPattern;
  }
  return { ...options, executor: functions.executor };
}
