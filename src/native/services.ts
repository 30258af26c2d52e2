// Services: stateful native objects and the bytes that cross their boundary. Both twins of a service read the same configuration and answer the same methods.
// All numbers are u32, little endian.

/** Why an answer of a service does not fit. */
export function tooSmall(needed: number, given: number): string {
  return `its answer takes ${needed} bytes, there is room for ${given}`;
}

/** Pre-tokenizers that the "bpe" service has scanners for, by number. Twin: native/services/src/bpe/scan. */
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
];

/** Kinds of tokens, numbered as in GGUF. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/**
 * Methods of the "bpe" service: input is a count, that many byte lengths, then the UTF-8 texts one after another;
 * output is for each text the number of its ids, then all ids. `encode` takes the text of control tokens for ordinary text, `encodeSpecial` for the tokens.
 * User-defined tokens are found by both.
 */
export const bpeMethods = { encode: 0, encodeSpecial: 1 } as const;

/** Strings one after another: string i is bytes[offsets[i]] to bytes[offsets[i + 1]]. */
export interface StringTable {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** What a byte-level BPE is made of. */
export interface BpeConfiguration {
  /** Index into `preTokenizers`. */
  readonly preTokenizer: number;
  /** Token texts: normal ones in GPT-2's byte-to-character alphabet, all others as they stand in a text. */
  readonly tokens: StringTable;
  readonly types: Uint8Array;
  /** Two pieces and a space between them, best first, in the same alphabet. */
  readonly merges: StringTable;
}

const version = 1;
const headerWords = 6;

/**
 * Configuration of the "bpe" service as bytes: version, pre-tokenizer, token count, merge count, token bytes, merge bytes; token offsets (count + 1);
 * merge offsets (count + 1); token bytes; merge bytes; types, one byte a token.
 */
export function packBpe({ preTokenizer, tokens, types, merges }: BpeConfiguration): Uint8Array {
  const words = headerWords + tokens.offsets.length + merges.offsets.length;
  const packed = new Uint8Array(words * 4 + tokens.bytes.length + merges.bytes.length + types.length);
  const head = new Uint32Array(packed.buffer, 0, words);
  head.set([version, preTokenizer, types.length, merges.offsets.length - 1, tokens.bytes.length, merges.bytes.length]);
  head.set(tokens.offsets, headerWords);
  head.set(merges.offsets, headerWords + tokens.offsets.length);
  packed.set(tokens.bytes, words * 4);
  packed.set(merges.bytes, words * 4 + tokens.bytes.length);
  packed.set(types, words * 4 + tokens.bytes.length + merges.bytes.length);
  return packed;
}

/** Reads what `packBpe` wrote; undefined where the lengths do not agree. */
export function unpackBpe(packed: Uint8Array): BpeConfiguration | undefined {
  const bytes = packed.byteOffset % 4 === 0 ? packed : packed.slice();
  if (bytes.length < headerWords * 4) return undefined;
  const [found, preTokenizer, tokenCount, mergeCount, tokenBytes, mergeBytes] = new Uint32Array(bytes.buffer, bytes.byteOffset, headerWords);
  const words = headerWords + tokenCount + mergeCount + 2;
  if (found !== version || words * 4 + tokenBytes + mergeBytes + tokenCount !== bytes.length) return undefined;
  const offsets = new Uint32Array(bytes.buffer, bytes.byteOffset, words);
  const tokens = { offsets: offsets.subarray(headerWords, headerWords + tokenCount + 1), bytes: bytes.subarray(words * 4, words * 4 + tokenBytes) };
  const mergeStart = words * 4 + tokenBytes;
  const merges = { offsets: offsets.subarray(headerWords + tokenCount + 1), bytes: bytes.subarray(mergeStart, mergeStart + mergeBytes) };
  if (!rising(tokens) || !rising(merges)) return undefined;
  return { preTokenizer, tokens, merges, types: bytes.subarray(mergeStart + mergeBytes) };
}

function rising({ offsets, bytes }: StringTable): boolean {
  for (let i = 1; i < offsets.length; i++) if (offsets[i] < offsets[i - 1]) return false;
  return offsets[0] === 0 && offsets[offsets.length - 1] === bytes.length;
}

/** Texts as the encode methods take them. */
export function packTexts(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => Buffer.from(text, "utf8"));
  const packed = new Uint8Array(4 * (texts.length + 1) + parts.reduce((sum, part) => sum + part.length, 0));
  const head = new Uint32Array(packed.buffer, 0, texts.length + 1);
  head[0] = texts.length;
  let at = head.byteLength;
  for (const [i, part] of parts.entries()) {
    head[i + 1] = part.length;
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}
