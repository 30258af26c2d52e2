// An error as plain data, and in both languages, as it goes from one process to another. Knows no runs.
import { InkstoneError } from "../../core/index.ts";

/** Message and hint, in both languages. */
export interface ToldError {
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

/** Any failure as one of the catalogue. */
export const knownError = (error: unknown): InkstoneError =>
  error instanceof InkstoneError ? error : new InkstoneError("E_INTERNAL", { why: error instanceof Error ? error.message : String(error) });

/** An error as words. */
export function describeError(known: InkstoneError): ToldError {
  const words = (language: "en" | "zh"): string => Object.values(known.describe(language, "http")).slice(0, 2).join(" ");
  return { code: known.code, en: words("en"), zh: words("zh") };
}
