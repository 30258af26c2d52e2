// A small byte-level BPE trained on the spot, as a tokenizer.json; both twins; and a third, naive encoder to hold them against. Knows no test framework.
import { createReferenceExecutor, type Executor, nativeStatus, openExecutor } from "#native";
import { type Tokenizer, tokenizerFromJson } from "#text";

/** The reference executor, and the native one where it can be had. */
export const executors: readonly Executor[] = [
  createReferenceExecutor(),
  ...(nativeStatus().available ? [openExecutor({ executor: "native", threads: 1 })] : []),
];

/** Character of each byte in GPT-2's alphabet. */
export const byteCharacters: readonly string[] = (() => {
  let others = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(prints ? byte : others++);
  });
})();

const space = String.raw`\p{White_Space}`;
const gpt2 = new RegExp(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^${space}\p{L}\p{N}]+|${space}+(?!\P{White_Space})|${space}+`, "gu");
const everyDigit = /\p{N}/gu;
const deepSeek = [/[\r\n]/gu, /\p{White_Space}?\p{L}+/gu, /\p{White_Space}?\p{P}+/gu, /[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+/gu];

// The patterns of the files below, in the words of this engine: \s is white space as Unicode has it, and (?i:…) is written out.
const contractions = "(?:'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const whiteSpace = String.raw`${space}*[\r\n]+|${space}+(?!\P{White_Space})|${space}+`;
const notWord = String.raw`[^\r\n\p{L}\p{N}]?`;
const plain = (digits: string) =>
  new RegExp(String.raw`${contractions}|${notWord}\p{L}+|\p{N}${digits}| ?[^${space}\p{L}\p{N}]+[\r\n]*|${whiteSpace}`, "gu");
const capitals = String.raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`;
const small = String.raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`;
const cased = (ending: string, digits: string) =>
  new RegExp(
    String.raw`${notWord}[${capitals}]*[${small}]+${ending}|${notWord}[${capitals}]+[${small}]*${ending}|\p{N}${digits}| ?[^${space}\p{L}\p{N}]+[\r\n/]*|${whiteSpace}`,
    "gu",
  );
const deepSeekV3 = [
  /\p{N}{1,3}/gu,
  /[一-龥\u3040-ゟ゠-ヿ]+/gu,
  new RegExp(
    `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${whiteSpace}`,
    "gu",
  ),
];

/** Pre-tokenizers as their authors wrote them: patterns whose matches are cut out, one after another. */
export const patterns = {
  "gpt-2": [gpt2],
  smollm: [everyDigit, gpt2],
  "deepseek-coder": [...deepSeek, everyDigit],
  qwen2: [plain("")],
  "llama-bpe": [plain("{1,3}")],
  "gpt-4o": [cased(`${contractions}?`, "{1,3}")],
  tekken: [cased("", "")],
  "deepseek-v3": deepSeekV3,
  falcon: [/[\p{P}$+<=>^~|`]+/gu, gpt2, /[0-9][0-9][0-9]/gu],
} as const;

/** Name of a pre-tokenizer. */
export type PatternName = keyof typeof patterns;

/** Pieces of a text: each pattern's matches, and what lies between them. */
export function pieces(text: string, name: PatternName): string[] {
  let parts = [text];
  for (const pattern of patterns[name]) parts = parts.flatMap((part) => part.split(new RegExp(`(${pattern.source})`, "gu")).filter((piece) => piece));
  return parts;
}

const mapped = (text: string): string[] => Array.from(Buffer.from(text, "utf8"), (byte) => byteCharacters[byte]);

function merged(symbols: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const fits = symbols[i] === left && symbols[i + 1] === right;
    out.push(fits ? left + right : symbols[i]);
    if (fits) i++;
  }
  return out;
}

const lesson =
  "the then than this that there thing think 's 't 're 've 'll I'll you're don't hello Hello HELLO aaaa aaaaaaaa abababab 12 123 2024 " +
  "你好世界 世界你好，再见。 naïve café ﷺﷺ e\u0301e\u0301 😀😀👍 日本語 한국어 한국 Привет мир  \n\n \n   x\t\ty !!! ... --- ";

/** Merges learnt from a short lesson, the most frequent pair first. */
export const merges: readonly (readonly [string, string])[] = (() => {
  let words = pieces(lesson.repeat(2), "gpt-2").map(mapped);
  const learnt: [string, string][] = [];
  while (learnt.length < 120) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 1; i < word.length; i++) counts.set(`${word[i - 1]} ${word[i]}`, (counts.get(`${word[i - 1]} ${word[i]}`) ?? 0) + 1);
    const [best] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    const [left, right] = best.split(" ");
    learnt.push([left, right]);
    words = words.map((word) => merged(word, left, right));
  }
  return learnt;
})();

/** Ids of the small vocabulary by text in GPT-2's alphabet: all bytes, then what each merge makes. */
export const vocabulary: Readonly<Record<string, number>> = Object.fromEntries(
  [...new Set([...byteCharacters, ...merges.map((pair) => pair.join(""))])].map((text, id) => [text, id]),
);
const size = Object.keys(vocabulary).length;

/** Control tokens of the small vocabulary; one is the beginning of another. */
export const controls: readonly string[] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "</s>", "[INST]", "[INST]!", "<|user|>"];
/** A user-defined token. */
export const userDefined = "<tool>";

const splits = (...regexes: string[]) => ({
  type: "Sequence",
  pretokenizers: [
    ...regexes.map((Regex) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false })),
    { type: "ByteLevel", add_prefix_space: false, use_regex: false },
  ],
});
// To the letter as the files of these models have them.
const ends = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const plainText = (digits: string) =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|${ends}`;

const preTokenizers = {
  falcon: {
    type: "Sequence",
    pretokenizers: [
      { type: "Punctuation", behavior: "Contiguous" },
      { type: "ByteLevel", add_prefix_space: false, use_regex: true },
      { type: "Split", pattern: { Regex: "[0-9][0-9][0-9]" }, behavior: "Isolated", invert: false },
    ],
  },
  qwen2: splits(plainText("")),
  "llama-bpe": splits(plainText("{1,3}")),
  "gpt-4o": splits(
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${ends}`,
  ),
  tekken: splits(
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${ends}`,
  ),
  "deepseek-v3": splits(
    String.raw`\p{N}{1,3}`,
    "[一-龥\u3040-ゟ゠-ヿ]+",
    `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${ends}`,
  ),
  "gpt-2": { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  smollm: {
    type: "Sequence",
    pretokenizers: [
      { type: "Digits", individual_digits: true },
      { type: "ByteLevel", add_prefix_space: false, use_regex: true },
    ],
  },
  "deepseek-coder": {
    type: "Sequence",
    pretokenizers: [
      ...["[\r\n]", String.raw`\s?\p{L}+`, String.raw`\s?\p{P}+`, "[一-龥ࠀ-一가-퟿]+"].map((Regex) => ({
        type: "Split",
        pattern: { Regex },
        behavior: "Isolated",
        invert: false,
      })),
      { type: "Digits", individual_digits: true },
      { type: "ByteLevel", add_prefix_space: false, use_regex: false },
    ],
  },
} as const;

/** A tokenizer.json as an object; tests change what they want to be wrong. */
export function tokenizerFile(name: PatternName = "smollm") {
  const added = [...controls, userDefined].map((content, i) => ({ id: size + i, content, special: content !== userDefined, normalized: false }));
  return {
    version: "1.0",
    added_tokens: added as unknown[],
    normalizer: null as unknown,
    pre_tokenizer: preTokenizers[name] as unknown,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab: { ...vocabulary } as Record<string, unknown>, merges: merges.map((pair) => pair.join(" ")) as unknown[] } as Record<
      string,
      unknown
    >,
  };
}

/** The small tokenizer on an executor. */
export const smallTokenizer = (executor: Executor, name?: PatternName): Tokenizer => tokenizerFromJson(JSON.stringify(tokenizerFile(name)), executor);

/** Ids by looking at every pair at every step, with the authors' patterns: slow and plain. No added tokens. */
export function naiveIds(text: string, name: PatternName): number[] {
  return pieces(text.replace(/\p{Surrogate}/gu, "\ufffd"), name).flatMap((piece) => {
    let symbols = mapped(piece);
    for (let from = 0; from < merges.length; ) {
      const present = new Set(symbols.slice(1).map((right, i) => `${symbols[i]} ${right}`));
      const rank = merges.findIndex((pair) => present.has(pair.join(" ")));
      if (rank < 0) break;
      const [left, right] = merges[rank];
      const at = symbols.findIndex((symbol, i) => symbol === left && symbols[i + 1] === right);
      symbols = [...symbols.slice(0, at), left + right, ...symbols.slice(at + 2)];
      from = 0;
    }
    return symbols.map((symbol) => vocabulary[symbol]);
  });
}
