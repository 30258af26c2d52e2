// Which scanner a tokenizer.json asks for. Its pre-tokenizer is written out as steps and looked up: a pattern counts only if it is known to the letter.
import { InkstoneError } from "../core/index.ts";
import { preTokenizers } from "../native/index.ts";
import { inWords, isPlain, type Plain } from "./json-value.ts";

const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const cut = (pattern: string) => `Split(${pattern}, Isolated)`;
const deepseekCoder = ["[\r\n]", String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, "[一-龥ࠀ-一가-퟿]+"].map(cut);

/** Steps, one after another, and the scanner that does the same. */
const known: ReadonlyMap<string, string> = new Map([
  [steps("ByteLevel + pattern"), "gpt-2"],
  [steps(cut(gpt2Pattern), "ByteLevel"), "gpt-2"],
  [steps("Digits", "ByteLevel + pattern"), "smollm"],
  [steps("Digits", cut(gpt2Pattern), "ByteLevel"), "smollm"],
  [steps(...deepseekCoder, "Digits", "ByteLevel"), "deepseek-coder"],
]);

function steps(...each: string[]): string {
  return each.join(" > ");
}

function words(step: Plain): string {
  const { type, pattern, behavior } = step;
  if (type === "ByteLevel")
    return `ByteLevel${step.add_prefix_space === false ? "" : " with a space before"}${step.use_regex === false ? "" : " + pattern"}`;
  if (type === "Digits") return step.individual_digits === true ? "Digits" : "Digits in runs";
  if (type !== "Split" || !isPlain(pattern)) return inWords(type);
  const text = typeof pattern.Regex === "string" ? pattern.Regex : `the text ${inWords(pattern.String)}`;
  return `Split(${text}, ${inWords(behavior)}${step.invert === true ? ", inverted" : ""})`;
}

function flatten(value: unknown): string[] {
  if (!isPlain(value)) return ["none"];
  if (value.type !== "Sequence") return [words(value)];
  const parts = Array.isArray(value.pretokenizers) ? value.pretokenizers : [];
  return parts.length > 0 ? parts.flatMap((part) => flatten(part)) : ["an empty sequence"];
}

/** Index into `preTokenizers`. Errors: `E_TOKENIZER_KIND` with the steps in words. */
export function preTokenizerOfJson(value: unknown): number {
  const got = flatten(value).join(" > ");
  const name = known.get(got);
  if (name === undefined) throw new InkstoneError("E_TOKENIZER_KIND", { what: "pre_tokenizer", got, supported: preTokenizers.join(", ") });
  return preTokenizers.indexOf(name);
}
