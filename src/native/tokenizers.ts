// The services "bpe", "wordpiece" and "unigram": what they are made of and what they are asked. Knows no file and no executor.
import { PackedArrays, packArrays } from "./arrays.ts";

/** Pre-tokenizers that the services have scanners for, by number. Twin: native/services/src/tokens/scan. The last four cut at no pattern: see `spaces.rs`. */
export const preTokenizers: readonly string[] = [
  "gpt-2",
  "smollm",
  "deepseek-coder",
  "qwen2",
  "llama-bpe",
  "gpt-4o",
  "tekken",
  "deepseek-v3",
  "falcon",
  "whole",
  "marked",
  "marked-runs",
  "bert",
];

/** Kinds of tokens, numbered as in GGUF. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** What a tokenizer does beside the ordinary. */
export const tokenizerFlags = {
  /** Pieces that are a token as a whole are that token, whatever merges would make of them. */
  wholeFirst: 1,
  /** No list of merges: two pieces merge where the two together are a token, the one with the lowest number (`numbers`, else its id) first. */
  byRank: 2,
  /** Symbols are characters, not bytes in GPT-2's alphabet. */
  characters: 4,
  /** A character without a token becomes the tokens of its bytes, where all 256 are there. */
  byteFallback: 8,
  /** Unknown characters in a row are one unknown token. */
  fuseUnknown: 16,
  /** Chinese characters stand alone. */
  chineseApart: 32,
} as const;

/**
 * Methods of the services: input is a count, that many byte lengths, then the UTF-8 texts one after another;
 * output is for each text the number of its ids, then all ids. `encode` takes the text of control tokens for ordinary text, `encodeSpecial` for the tokens.
 * User-defined tokens are found by both. Called for long, texts are spread over threads and the progress word counts them.
 */
export const tokenizerMethods = { encode: 0, encodeSpecial: 1 } as const;

/** Strings one after another: string i is bytes[offsets[i]] to bytes[offsets[i + 1]]. */
export interface StringTable {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** Characters that are left out or stand for others, in the order of their codes. */
export interface CharacterMap {
  readonly codes: Uint32Array;
  readonly texts: StringTable;
}

/** What a tokenizer is made of. */
export interface TokenizerConfiguration {
  /** Index into `preTokenizers`. */
  readonly preTokenizer: number;
  /** Any of `tokenizerFlags`. Default 0. */
  readonly flags?: number;
  /** The token of what has no token. */
  readonly unknown?: number;
  /** "wordpiece": most characters of a word that is not unknown. Default: any number. */
  readonly longest?: number;
  /** Token texts: normal ones of a byte-level BPE in GPT-2's byte-to-character alphabet, all others as they stand in a text. */
  readonly tokens: StringTable;
  readonly types: Uint8Array;
  /** "bpe": two pieces and a space between them, best first, in the same alphabet. */
  readonly merges?: StringTable;
  /** What a text becomes before it is cut. */
  readonly fold?: CharacterMap;
  /** "unigram": log-likelihoods; "bpe" by rank: ranks. One a token. */
  readonly numbers?: Float64Array;
}

/** No strings. */
export const noStrings: StringTable = { bytes: new Uint8Array(0), offsets: new Uint32Array(1) };
const NONE = 0xffffffff;

/** Configuration of a service as bytes: ten arrays (`packArrays`): four words; offsets and bytes of the tokens; types; merges; codes and texts of the map; numbers. */
export function packTokenizer(configuration: TokenizerConfiguration): Uint8Array {
  const { preTokenizer, flags = 0, unknown = NONE, longest = 0, tokens, types, merges = noStrings, fold, numbers } = configuration;
  const { codes, texts } = fold ?? { codes: new Uint32Array(0), texts: noStrings };
  return packArrays([
    Uint32Array.of(preTokenizer, flags, unknown, longest),
    ...[tokens.offsets, tokens.bytes, types],
    ...[merges.offsets, merges.bytes],
    ...[codes, texts.offsets, texts.bytes],
    numbers ?? new Float64Array(0),
  ]);
}

/** Reads what `packTokenizer` wrote; undefined where the lengths do not agree. */
export function unpackTokenizer(packed: Uint8Array): (TokenizerConfiguration & { readonly merges: StringTable }) | undefined {
  const arrays = PackedArrays.read(packed, 10);
  if (arrays === undefined) return undefined;
  const words = arrays.words(0);
  const table = (first: number): StringTable => ({ offsets: arrays.words(first), bytes: arrays.bytes(first + 1) });
  const [tokens, merges, texts] = [table(1), table(4), table(7)];
  const [types, codes, numbers] = [arrays.bytes(3), arrays.words(6), arrays.numbers(9)];
  if (words.length !== 4 || ![tokens, merges, texts].every(rising)) return undefined;
  const [preTokenizer, flags, unknown, longest] = words;
  const count = tokens.offsets.length - 1;
  const fits = types.length === count && (numbers.length === 0 || numbers.length === count) && codes.length === texts.offsets.length - 1;
  if (!fits || (unknown !== NONE && unknown >= count)) return undefined;
  const known = unknown === NONE ? {} : { unknown };
  return { preTokenizer, flags, ...known, longest, tokens, types, merges, fold: { codes, texts }, numbers };
}

function rising({ offsets, bytes }: StringTable): boolean {
  for (let i = 1; i < offsets.length; i++) if (offsets[i] < offsets[i - 1]) return false;
  return offsets.length > 0 && offsets[0] === 0 && offsets[offsets.length - 1] === bytes.length;
}

/** Texts as the methods take them: in `space` where they fit for certain, else in memory of their own. */
export function packTexts(texts: readonly string[], space?: Uint8Array): Uint8Array {
  const first = 4 * (texts.length + 1);
  if (space !== undefined && texts.reduce((most, { length }) => most + 3 * length, first) <= space.length)
    return packInto(texts, Buffer.from(space.buffer, space.byteOffset, space.length));
  const packed = Buffer.allocUnsafeSlow(texts.reduce((sum, text) => sum + Buffer.byteLength(text, "utf8"), first));
  return packInto(texts, packed);
}

function packInto(texts: readonly string[], packed: Buffer): Uint8Array {
  packed.writeUInt32LE(texts.length, 0);
  let at = 4 * (texts.length + 1);
  for (const [i, text] of texts.entries()) {
    const length = packed.write(text, at, "utf8");
    packed.writeUInt32LE(length, 4 * (i + 1));
    at += length;
  }
  return packed.subarray(0, at);
}

/** Bytes that become a text in an encoding. */
export type TextBytes = Uint8Array & { toString(encoding?: "utf8" | "latin1"): string };

/** One string of a table, as a view. */
export function stringAt({ bytes, offsets }: StringTable, index: number): TextBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[index], offsets[index + 1] - offsets[index]);
}
