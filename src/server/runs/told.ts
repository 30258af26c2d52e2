// An error in both languages, as it goes from one process to another. Knows no runs.
import { InkstoneError } from "../../core/index.ts";

/** Message and hint, in both languages. */
export interface ToldError {
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

/** Any failure as words. */
export function describeError(error: unknown): ToldError {
  const known =
    error instanceof InkstoneError ? error : new InkstoneError("E_INTERNAL", { why: error instanceof Error ? error.message : String(error) });
  const words = (language: "en" | "zh"): string => Object.values(known.describe(language)).slice(0, 2).join(" ");
  return { code: known.code, en: words("en"), zh: words("zh") };
}
