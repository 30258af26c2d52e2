// Which scanner a tokenizer.json asks for. Its pre-tokenizer is written out as steps and looked up: a pattern counts only if it is known to the letter.
import { InkstoneError } from "../core/index.ts";
import { preTokenizers } from "../native/index.ts";
import { inWords, isPlain, type Plain } from "./json-value.ts";

const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const cut = (pattern: string) => `Split(${pattern}, Isolated)`;
const deepseekCoder = ["[\r\n]", String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, "[一-龥ࠀ-一가-퟿]+"].map(cut);

const contractions = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const lineEnds = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const plainPattern = (digits: string) => String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|${lineEnds}`;
const cl100kPattern = String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`;
const capitals = String.raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`;
const small = String.raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`;
const casedPattern = (ending: string, digits: string) =>
  String.raw`[^\r\n\p{L}\p{N}]?[${capitals}]*[${small}]+${ending}|[^\r\n\p{L}\p{N}]?[${capitals}]+[${small}]*${ending}|\p{N}${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${lineEnds}`;
const deepseekV3 = [
  String.raw`\p{N}{1,3}`,
  "[一-龥\u3040-ゟ゠-ヿ]+",
  `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${lineEnds}`,
].map(cut);

/** Steps, one after another, and the scanner that does the same. */
const known: ReadonlyMap<string, string> = new Map([
  [steps("ByteLevel + pattern"), "gpt-2"],
  [steps(cut(gpt2Pattern), "ByteLevel"), "gpt-2"],
  [steps("Digits", "ByteLevel + pattern"), "smollm"],
  [steps("Digits", cut(gpt2Pattern), "ByteLevel"), "smollm"],
  [steps(...deepseekCoder, "Digits", "ByteLevel"), "deepseek-coder"],
  [steps(cut(plainPattern("")), "ByteLevel"), "qwen2"],
  [steps(cut(plainPattern("{1,3}")), "ByteLevel"), "llama-bpe"],
  [steps(cut(cl100kPattern), "ByteLevel"), "llama-bpe"],
  [steps(cut(casedPattern(`${contractions}?`, "{1,3}")), "ByteLevel"), "gpt-4o"],
  [steps(cut(casedPattern("", "")), "ByteLevel"), "tekken"],
  [steps(...deepseekV3, "ByteLevel"), "deepseek-v3"],
  [steps("Punctuation(Contiguous)", "ByteLevel + pattern", cut("[0-9][0-9][0-9]")), "falcon"],
]);

function steps(...each: string[]): string {
  return each.join(" > ");
}

function words(step: Plain): string {
  const { type, pattern, behavior } = step;
  if (type === "ByteLevel")
    return `ByteLevel${step.add_prefix_space === false ? "" : " with a space before"}${step.use_regex === false ? "" : " + pattern"}`;
  if (type === "Punctuation") return `Punctuation(${inWords(behavior)})`;
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
