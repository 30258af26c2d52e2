// Unicode classes of code points, as pre-tokenizers see them, and the reading of one code point from UTF-8. Twin: native/services/src/tokens/classes.rs.
import { unicodeRuns } from "./unicode.ts";

/** Class of upper and title case; a class is one bit, what is of no class is 0. */
export const UPPER = 1;
/** Class of lower case. */
export const LOWER = 2;
/** Class of letters that have no case, and of modifiers. */
export const OTHER_LETTER = 4;
/** All letters. */
export const LETTER: number = UPPER | LOWER | OTHER_LETTER;
/** Class of numbers of any kind. */
export const NUMBER = 8;
/** Class of white space. */
export const SPACE = 16;
/** Class of punctuation. */
export const PUNCTUATION = 32;
/** Class of symbols. */
export const SYMBOL = 64;
/** Class of marks. */
export const MARK = 128;

let table: Uint8Array | undefined;

/** Class of every code point. Filled at the first call. */
export function classTable(): Uint8Array {
  if (table) return table;
  table = new Uint8Array(0x110000);
  let at = 0;
  for (const run of unicodeRuns) {
    const end = at + (run >> 4);
    if ((run & 15) !== 0) table.fill(1 << ((run & 15) - 1), at, end);
    at = end;
  }
  return table;
}

/** Bytes of the character that starts with this byte, in well-formed UTF-8. */
export function characterBytes(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** Code point of the character at a position of well-formed UTF-8. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return first;
  const second = bytes[at + 1] & 0x3f;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = bytes[at + 2] & 0x3f;
  if (first < 0xf0) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3] & 0x3f);
}
