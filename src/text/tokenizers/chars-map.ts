// SentencePiece's compiled normalisation: a double-array trie of texts and what they become. Source: sentencepiece, src/normalizer.cc; darts-clone. Knows no tokens.
import { InkstoneError } from "../../core/index.ts";

const why = { en: "its table of characters is cut short", zh: "字符表不完整" };

/** Length of the text at the first unit that has a value, and where what it becomes begins; undefined where none begins here. */
type Find = (bytes: Uint8Array, from: number) => { readonly length: number; readonly value: number } | undefined;

function finder(units: Uint32Array, longest: boolean): Find {
  return (bytes, from) => {
    let found: { length: number; value: number } | undefined;
    let at = 0;
    let unit = units[0];
    at ^= offsetOf(unit);
    for (let i = from; i < bytes.length; i++) {
      at ^= bytes[i];
      if (at >= units.length) return found;
      unit = units[at];
      if ((unit & 0x800000ff) >>> 0 !== bytes[i]) return found;
      at ^= offsetOf(unit);
      if (at >= units.length) return found;
      if (((unit >>> 8) & 1) === 1) {
        found = { length: i + 1 - from, value: units[at] & 0x7fffffff };
        if (!longest) return found;
      }
    }
    return found;
  };
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}

let segmenter: Intl.Segmenter | undefined;

/**
 * Reads a compiled map: u32 bytes of the trie, the trie, texts that each end with a zero. As the `tokenizers` library applies it: whole graphemes of up to five bytes first,
 * by the shortest text that they begin with, then single characters; with `longest` as SentencePiece does: at each place the longest text that begins there.
 *
 * Errors: `E_TOKENIZER_INVALID`.
 */
export function charsMap(packed: Uint8Array, { longest = false }: { longest?: boolean } = {}): (text: string) => string {
  const invalid = (): never => {
    throw new InkstoneError("E_TOKENIZER_INVALID", { where: "precompiled_charsmap", why });
  };
  if (packed.length === 0) return (text) => text;
  if (packed.length < 8) invalid();
  const bytes = Buffer.from(packed);
  const size = bytes.readUInt32LE(0);
  if (size % 4 !== 0 || size === 0 || size > bytes.length - 4) invalid();
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const texts = bytes.subarray(4 + size);
  const textAt = (value: number) => {
    const end = texts.indexOf(0, value);
    return texts.toString("utf8", Math.min(value, texts.length), end < 0 ? texts.length : end);
  };
  const find = finder(units, longest);
  return longest ? (text) => greedy(text, find, textAt) : (text) => byGraphemes(text, find, textAt);
}

function greedy(text: string, find: Find, textAt: (value: number) => string): string {
  const bytes = Buffer.from(text, "utf8");
  const parts: string[] = [];
  let plain = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = find(bytes, at);
    if (found === undefined) {
      at += bytes[at] < 0x80 ? 1 : bytes[at] < 0xe0 ? 2 : bytes[at] < 0xf0 ? 3 : 4;
      continue;
    }
    parts.push(bytes.toString("utf8", plain, at), textAt(found.value));
    at += found.length;
    plain = at;
  }
  parts.push(bytes.toString("utf8", plain));
  return parts.join("");
}

function byGraphemes(text: string, find: Find, textAt: (value: number) => string): string {
  const transformed = (piece: string) => {
    const found = find(Buffer.from(piece, "utf8"), 0);
    return found === undefined ? undefined : textAt(found.value);
  };
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  const parts: string[] = [];
  // Printable ASCII is never changed and never part of a longer grapheme unless something else follows it.
  for (const [run, plain] of text.matchAll(
    /([\x20-\x7e]+(?![^\x20-\x7e]))|(?:[\x20-\x7e]?[^\x20-\x7e]+)|[\x20-\x7e]+(?=[\x20-\x7e][^\x20-\x7e])/gu,
  )) {
    if (plain !== undefined || /^[\x20-\x7e]+$/u.test(run)) {
      parts.push(run);
      continue;
    }
    for (const { segment } of segmenter.segment(run)) {
      const whole = Buffer.byteLength(segment, "utf8") < 6 ? transformed(segment) : undefined;
      parts.push(whole ?? Array.from(segment, (character) => transformed(character) ?? character).join(""));
    }
  }
  return parts.join("");
}
