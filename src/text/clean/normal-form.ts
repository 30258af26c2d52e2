// Unicode normal forms in time that does not explode. Knows nothing but Unicode.
// Source: Unicode Standard Annex 15 (normalization forms), section 13 (stream-safe text: long runs of non-starters).
import { InkstoneError } from "../../core/index.ts";
import { type CleanStep, plainStep } from "./step.ts";

/** The four forms: composed or decomposed, canonical or (K) compatible. */
export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

const forms: readonly NormalForm[] = ["NFC", "NFD", "NFKC", "NFKD"];
const longRun = /\p{M}{128}/gu;

/**
 * A text in a normal form. The square of a run of combining marks is what sorting it costs, so a run of more than 128 is normalised in parts of 128, each sorted for
 * itself: no written language has such runs, and text without them is exactly `text.normalize(form)`.
 *
 * Grows at most 18-fold in UTF-16 units (U+FDFA under NFKC). Lone surrogates stay. Errors: E_OPTION.
 *
 * @example
 * normalized("ﬁnal ①", "NFKC"); // "final 1"
 */
export function normalized(text: string, form: NormalForm): string {
  if (!forms.includes(form)) throw new InkstoneError("E_OPTION", { option: "form", value: form, allowed: forms });
  const parts: string[] = [];
  let start = 0;
  for (const { index, 0: run } of text.matchAll(longRun)) {
    parts.push(text.slice(start, index + run.length).normalize(form));
    start = index + run.length;
  }
  parts.push(text.slice(start).normalize(form));
  return parts.length === 1 ? parts[0] : parts.join("");
}

/**
 * Brings texts into a Unicode normal form. One change a changed text.
 *
 * @example
 * cleanText("cafe\u0301", [normalForm("NFC")]); // "café"
 */
export function normalForm(form: NormalForm = "NFC"): CleanStep {
  normalized("", form);
  return plainStep(form.toLowerCase(), (text) => {
    const result = normalized(text, form);
    return { text: result, changes: result === text ? 0 : 1 };
  });
}
