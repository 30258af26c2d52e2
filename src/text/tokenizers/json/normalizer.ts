// The normalizer of a tokenizer.json as one function on texts. Knows no tokens.
import { InkstoneError } from "../../../core/index.ts";
import { bertFold } from "../bert-fold.ts";
import { charsMap } from "../chars-map.ts";
import { inWords, isPlain, type Plain } from "./value.ts";

/** What a text becomes. */
export type Normalizer = (text: string) => string;

/** A normalizer, and whether it is BERT's alone, which the service does itself. */
export interface FoundNormalizer {
  readonly apply?: Normalizer;
  readonly bert?: { readonly lowercase: boolean; readonly stripAccents: boolean; readonly clean: boolean; readonly chineseApart: boolean };
}

function unsupported(what: string, got: unknown, supported: string): never {
  throw new InkstoneError("E_TOKENIZER_KIND", { what, got: inWords(got), supported });
}

// One atom that may be repeated: nothing that could be matched in two ways.
const simplePattern = /^(?:\\[snrt]|\\?[^\\[\](){}|*+?.^$]|\[(?:\\[snrt\]\\]|[^\]\\^])+\])+(?:\{\d+(?:,\d*)?\}|[+])?$/u;
const whiteSpace = "\\p{White_Space}";

/** A pattern of a file as one of this engine. Errors: `E_TOKENIZER_KIND` for what is more than characters and one repetition at the end. */
function patternOf(pattern: unknown, what: string): RegExp {
  const { Regex: regex, String: text } = isPlain(pattern) ? pattern : {};
  if (typeof text === "string") return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), "gu");
  if (typeof regex !== "string" || !simplePattern.test(regex)) return unsupported(what, regex ?? pattern, "characters, repeated at most at the end");
  return new RegExp(regex.replaceAll("\\s", regex.includes("[") ? whiteSpace : `[${whiteSpace}]`), "gu");
}

const forms = new Set(["NFC", "NFD", "NFKC", "NFKD"]);
const lower = (text: string) => Array.from(text, (character) => character.toLowerCase()).join("");
/** Control characters that Nmt leaves out: 1 to 8, 11, 14 to 31, 127, 143, 159. */
const isDropped = (code: number) => (code > 0 && code < 9) || code === 11 || (code > 13 && code < 32) || [127, 143, 159].includes(code);
const nmtBlank = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;

const simple: Readonly<Record<string, Normalizer>> = {
  Lowercase: lower,
  StripAccents: (text) => text.replace(/\p{Mn}/gu, ""),
  Nmt: (text) => text.replace(/\p{Cc}/gu, (character) => (isDropped(character.charCodeAt(0)) ? "" : character)).replace(nmtBlank, " "),
};

function bertOf(step: Plain): Required<FoundNormalizer>["bert"] {
  const lowercase = step.lowercase !== false;
  return {
    lowercase,
    stripAccents: typeof step.strip_accents === "boolean" ? step.strip_accents : lowercase,
    clean: step.clean_text !== false,
    chineseApart: step.handle_chinese_chars !== false,
  };
}

function stepOf(step: Plain): Normalizer {
  const type = inWords(step.type);
  if (forms.has(type)) return (text) => text.normalize(type);
  if (Object.hasOwn(simple, type)) return simple[type];
  if (type === "Strip") {
    const [left, right] = [step.strip_left !== false, step.strip_right !== false];
    return (text) => {
      const begun = left ? text.replace(/^\p{White_Space}+/u, "") : text;
      return right ? begun.trimEnd() : begun;
    };
  }
  if (type === "Prepend" && typeof step.prepend === "string") {
    const { prepend } = step;
    return (text) => (text === "" ? text : prepend + text);
  }
  if (type === "Replace" && typeof step.content === "string") {
    const { content } = step;
    const pattern = patternOf(step.pattern, "normalizer.pattern");
    return (text) => text.replace(pattern, () => content);
  }
  if (type === "Precompiled" && typeof step.precompiled_charsmap === "string") return charsMap(Buffer.from(step.precompiled_charsmap, "base64"));
  if (type === "BertNormalizer") return bertFold(bertOf(step)).apply;
  return unsupported("normalizer", type, "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace, Precompiled, Nmt, BertNormalizer");
}

function flatten(value: unknown, depth = 0): Plain[] {
  if (value === undefined || value === null) return [];
  if (!isPlain(value) || depth > 16) return unsupported("normalizer", value, "an object");
  if (value.type !== "Sequence") return [value];
  return Array.isArray(value.normalizers)
    ? value.normalizers.flatMap((part) => flatten(part, depth + 1))
    : unsupported("normalizer", value, "a list");
}

/** The normalizer of a file. Errors: `E_TOKENIZER_KIND` names the step that is not known; `E_TOKENIZER_INVALID` for a broken table. */
export function normalizerOfJson(value: unknown): FoundNormalizer {
  const steps = flatten(value);
  if (steps.length === 0) return {};
  if (steps.length === 1 && steps[0].type === "BertNormalizer") return { bert: bertOf(steps[0]) };
  const made = steps.map(stepOf);
  return { apply: (text) => made.reduce((now, step) => step(now), text) };
}
