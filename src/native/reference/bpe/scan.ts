// Pre-tokenizers as hand-written scanners: each tells where the piece that starts here ends. No regular expressions, no look-behind, one pass.
// Twin: native/services/src/bpe/scan.rs. Knows nothing of vocabularies.
import { characterBytes, classTable, codePointAt, LETTER, NUMBER, PUNCTUATION, SPACE } from "./classes.ts";

/** End of the piece that starts at `at`; the text is well-formed UTF-8 and ends at `end`. */
export type Scanner = (bytes: Uint8Array, at: number, end: number) => number;

const APOSTROPHE = 0x27;
const BLANK = 0x20;

/** End of the run of characters of one class. */
function runEnd(bytes: Uint8Array, from: number, end: number, kind: number): number {
  const classes = classTable();
  let at = from;
  while (at < end && classes[codePointAt(bytes, at)] === kind) at += characterBytes(bytes[at]);
  return at;
}

/** Runs of everything that is no letter, number or white space: punctuation and the rest go together. */
function otherEnd(bytes: Uint8Array, from: number, end: number): number {
  const classes = classTable();
  let at = from;
  while (at < end) {
    const kind = classes[codePointAt(bytes, at)];
    if (kind !== 0 && kind !== PUNCTUATION) break;
    at += characterBytes(bytes[at]);
  }
  return at;
}

/** 's 't 're 've 'm 'll 'd: the length after the apostrophe, or 0. */
function contraction(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  const first = String.fromCharCode(bytes[at + 1]);
  if ("stmd".includes(first)) return 1;
  if (at + 2 >= end) return 0;
  return ["re", "ve", "ll"].includes(first + String.fromCharCode(bytes[at + 2])) ? 2 : 0;
}

/** A run of white space gives its last character to what follows it, unless nothing does. */
function spaceEnd(bytes: Uint8Array, from: number, end: number, digitsApart: boolean): number {
  const classes = classTable();
  let at = from;
  let last = from;
  while (at < end && classes[codePointAt(bytes, at)] === SPACE) {
    last = at;
    at += characterBytes(bytes[at]);
  }
  if (at >= end || last === from) return at;
  return digitsApart && classes[codePointAt(bytes, at)] === NUMBER ? at : last;
}

function gpt2(bytes: Uint8Array, from: number, end: number, digitsApart: boolean): number {
  const classes = classTable();
  if (bytes[from] === APOSTROPHE) {
    const length = contraction(bytes, from, end);
    if (length > 0) return from + 1 + length;
  }
  const at = bytes[from] === BLANK && from + 1 < end ? from + 1 : from;
  const kind = classes[codePointAt(bytes, at)];
  if (kind === LETTER) return runEnd(bytes, at, end, LETTER);
  if (kind === NUMBER) {
    if (!digitsApart) return runEnd(bytes, at, end, NUMBER);
    return at === from ? at + characterBytes(bytes[at]) : at;
  }
  return kind === SPACE ? spaceEnd(bytes, from, end, digitsApart) : otherEnd(bytes, at, end);
}

/** The ranges that this tokenizer cuts out: U+0800 to U+9FA5 and U+AC00 to U+D7FF. */
function isEastAsian(codePoint: number): boolean {
  return (codePoint >= 0x800 && codePoint <= 0x9fa5) || (codePoint >= 0xac00 && codePoint <= 0xd7ff);
}

/** Five cuts, one after another: line ends; white space and letters; white space and punctuation; east Asian ranges; single digits. What is left between them stays whole. */
function deepseekCoder(bytes: Uint8Array, from: number, end: number): number {
  const classes = classTable();
  const isLineEnd = (at: number) => bytes[at] === 0x0a || bytes[at] === 0x0d;
  const wordClass = (at: number) => {
    const kind = at < end ? classes[codePointAt(bytes, at)] : 0;
    return kind === LETTER || kind === PUNCTUATION ? kind : 0;
  };
  if (isLineEnd(from)) return from + 1;
  const first = codePointAt(bytes, from);
  const eastAsian = isEastAsian(first);
  let at = from + characterBytes(bytes[from]);
  const kind = classes[first];
  if (kind === NUMBER) return at;
  const word = wordClass(from) || (kind === SPACE ? wordClass(at) : 0);
  while (at < end && !isLineEnd(at) && isEastAsian(codePointAt(bytes, at)) === eastAsian) {
    const next = classes[codePointAt(bytes, at)];
    const after = at + characterBytes(bytes[at]);
    if (word !== 0 ? next !== word : next === NUMBER || wordClass(at) !== 0 || (next === SPACE && wordClass(after) !== 0)) break;
    at = after;
  }
  return at;
}

/** Scanners in the order of `preTokenizers`. Patterns: GPT-2's; the same after single digits are cut out; DeepSeek Coder's. */
export const scanners: readonly Scanner[] = [
  (bytes, at, end) => gpt2(bytes, at, end, false),
  (bytes, at, end) => gpt2(bytes, at, end, true),
  deepseekCoder,
];
