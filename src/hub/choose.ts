// Which of several files a reference means. Knows names of quantisations.
import { InkstoneError } from "../core/index.ts";

// What people mean who do not say: the usual balance of size and quality first, as Ollama and llama.cpp take it, then what stands nearest to it.
const usual = "q4_k_m q4_k_s q4_0 q4_1 q5_k_m q5_k_s q5_0 q5_1 q6_k q8_0 iq4_nl iq4_xs q3_k_l q3_k_m q3_k_s q2_k f16 bf16 f32".split(" ");
// Parts of something else: projectors of pictures, importance matrices, the later pieces of a file that was split.
const isPart = (file: string): boolean => /(^|[/._-])(mmproj|imatrix)([/._-]|$)/i.test(file) || /-(?!00001-)\d{5}-of-\d{5}\.gguf$/i.test(file);

/**
 * The file that is meant: by its path, its name, or its quant name (`Q4_0`). Without `wanted` the only one, or of several the usual quant: Q4_K_M where there is one.
 *
 * Errors: E_MODEL_CHOICE with what there is.
 *
 * @example
 * chooseFile("o/n", [{ file: "m.Q4_0.gguf" }, { file: "m.Q8_0.gguf" }], "q8_0").file; // "m.Q8_0.gguf"
 * chooseFile("o/n", [{ file: "m.Q8_0.gguf" }, { file: "m.Q4_K_M.gguf" }], undefined).file; // "m.Q4_K_M.gguf"
 */
export function chooseFile<F extends { readonly file: string }>(name: string, files: readonly F[], wanted: string | undefined): F {
  const matches = wanted === undefined ? unasked(files) : matching(files, wanted.toLowerCase());
  if (matches.length === 1) return matches[0];
  const choices = (matches.length > 1 ? matches : files).slice(0, 12).map((one) => one.file);
  throw new InkstoneError("E_MODEL_CHOICE", { name, wanted: wanted ?? "*.gguf", choices: choices.join(", ") || "-" });
}

function unasked<F extends { readonly file: string }>(files: readonly F[]): readonly F[] {
  const whole = files.filter((one) => !isPart(one.file));
  if (whole.length < 2) return whole;
  for (const quant of usual) {
    const found = named(whole, quant);
    if (found.length > 0) return found;
  }
  return whole;
}

function matching<F extends { readonly file: string }>(files: readonly F[], wanted: string): readonly F[] {
  const lower = (one: F) => one.file.toLowerCase();
  const exact = files.filter((one) => lower(one) === wanted || lower(one) === `${wanted}.gguf`);
  if (exact.length > 0) return exact;
  const inFolder = files.filter((one) => lower(one).endsWith(`/${wanted}`));
  if (inFolder.length > 0) return inFolder;
  const found = named(files, wanted);
  const whole = found.filter((one) => !isPart(one.file));
  return whole.length > 0 ? whole : found;
}

// Files with this word in their name, between dashes, dots or slashes.
function named<F extends { readonly file: string }>(files: readonly F[], word: string): readonly F[] {
  return files.filter((one) =>
    `-${one.file.toLowerCase().replace(/\.gguf$/, "")}-`.replace(/[./]/g, "-").includes(`-${word.replace(/[./]/g, "-")}-`),
  );
}
