// Which scanner a tokenizer.json asks for. Its pre-tokenizer is written out as steps and looked up: a pattern counts only if it is known to the letter.
import { InkstoneError } from "../../../core/index.ts";
import { preTokenizers } from "../../../native/index.ts";
import { inWords, isPlain, type Plain } from "./value.ts";

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

const trained: Readonly<Record<string, string>> = {
  qwen2: plainPattern(""),
  "llama-bpe": plainPattern("{1,3}"),
  "gpt-4o": casedPattern(`${contractions}?`, "{1,3}"),
};

/** The pre-tokenizer of a byte-level tokenizer as a file has it, by the name of its pattern ("gpt-2" where there is no other). */
export function byteLevelJson(name: string): unknown {
  const pattern = trained[name];
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: pattern === undefined };
  if (pattern === undefined) return bytes;
  return { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false }, bytes] };
}

/** GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the other 68 for the characters from U+0100 on. */
export function byteLetters(): string[] {
  let others = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(itself ? byte : others++);
  });
}

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

/** How texts are cut before a model sees them. */
export interface PreTokenization {
  /** Index into `preTokenizers`; undefined where nothing is cut. */
  readonly preTokenizer: number | undefined;
  /** Whether tokens are bytes in GPT-2's alphabet. */
  readonly byteLevel: boolean;
  /** What a text becomes before it is cut; `isStart` where nothing stands before it. */
  readonly prepare?: (text: string, isStart: boolean) => string;
}

const MARK = "▁";
const blankBefore = (text: string) => (text.startsWith(" ") ? text : ` ${text}`);

/** Metaspace: blanks become ▁, and one is put before a text. */
function metaspace(step: Plain, split: boolean): PreTokenization {
  if (step.replacement !== MARK)
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "pre_tokenizer.replacement", got: inWords(step.replacement), supported: MARK });
  const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? "never" : "always");
  const marked = (text: string, isStart: boolean) => {
    const begins = text.startsWith(MARK) || text === "" || scheme === "never" || (scheme === "first" && !isStart);
    return begins ? text : MARK + text;
  };
  const whole = (text: string, isStart: boolean) => marked(text.replaceAll(" ", MARK), isStart);
  const words = (text: string, isStart: boolean) => {
    const found = text.split(/\p{White_Space}+/u).filter((word) => word !== "");
    return found.map((word, i) => marked(word, isStart && i === 0 && text.startsWith(word))).join("");
  };
  const scanner = step.split === false ? "whole" : "marked";
  return { preTokenizer: preTokenizers.indexOf(scanner), byteLevel: false, prepare: split ? words : whole };
}

function special(value: unknown): PreTokenization | undefined {
  if (value === undefined || value === null) return { preTokenizer: undefined, byteLevel: false };
  if (!isPlain(value)) return undefined;
  if (value.type === "BertPreTokenizer") return { preTokenizer: preTokenizers.indexOf("bert"), byteLevel: false };
  if (value.type === "Metaspace") return metaspace(value, false);
  const steps = value.type === "Sequence" && Array.isArray(value.pretokenizers) ? value.pretokenizers.filter(isPlain) : [];
  const isWords = steps.length === 2 && steps[0].type === "WhitespaceSplit" && steps[1].type === "Metaspace" && steps[1].split !== false;
  return isWords ? metaspace(steps[1], true) : undefined;
}

/** How a file cuts texts. Errors: `E_TOKENIZER_KIND` with the steps in words. */
export function preTokenizationOfJson(value: unknown): PreTokenization {
  const found = special(value);
  if (found !== undefined) return found;
  const got = flatten(value).join(" > ");
  const name = known.get(got.replace("ByteLevel with a space before", "ByteLevel"));
  if (name === undefined) {
    const supported = `${preTokenizers.slice(0, -4).join(", ")}, BertPreTokenizer, Metaspace`;
    throw new InkstoneError("E_TOKENIZER_KIND", { what: "pre_tokenizer", got, supported });
  }
  const prepare = got.includes("with a space before") ? { prepare: blankBefore } : {};
  return { preTokenizer: preTokenizers.indexOf(name), byteLevel: true, ...prepare };
}
