// Which of several files a reference means. Knows names of quantisations.
import { InkstoneError } from "../core/index.ts";

/**
 * The one file that is meant: by its path, its name, or its quant name (`Q4_0`); without `wanted`, the only one.
 *
 * Errors: E_MODEL_CHOICE with what there is.
 *
 * @example
 * chooseFile("o/n", [{ file: "m.Q4_0.gguf" }, { file: "m.Q8_0.gguf" }], "q8_0").file; // "m.Q8_0.gguf"
 */
export function chooseFile<F extends { readonly file: string }>(name: string, files: readonly F[], wanted: string | undefined): F {
  const matches = wanted === undefined ? files : matching(files, wanted.toLowerCase());
  if (matches.length === 1) return matches[0];
  const choices = (matches.length > 1 ? matches : files).slice(0, 12).map((one) => one.file);
  throw new InkstoneError("E_MODEL_CHOICE", { name, wanted: wanted ?? "*.gguf", choices: choices.join(", ") || "-" });
}

function matching<F extends { readonly file: string }>(files: readonly F[], wanted: string): readonly F[] {
  const lower = (one: F) => one.file.toLowerCase();
  const exact = files.filter((one) => lower(one) === wanted || lower(one) === `${wanted}.gguf`);
  if (exact.length > 0) return exact;
  const named = files.filter((one) => lower(one).endsWith(`/${wanted}`));
  if (named.length > 0) return named;
  return files.filter((one) => `-${lower(one).replace(/\.gguf$/, "")}-`.replace(/[./]/g, "-").includes(`-${wanted.replace(/[./]/g, "-")}-`));
}
