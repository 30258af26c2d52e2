// GPT-2's pattern, and those that cut something out of a text before it. Twin: native/services/src/tokens/scan/gpt2.rs.
import { LETTER, NUMBER, PUNCTUATION, SPACE } from "../classes.ts";
import { after, classAt, runEnd } from "./runs.ts";

const APOSTROPHE = 0x27;
const BLANK = 0x20;

/** 's 't 're 've 'm 'll 'd: the length after the apostrophe, or 0. */
function contraction(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 0;
  const first = String.fromCharCode(bytes[at + 1]);
  if ("stmd".includes(first)) return 1;
  if (at + 2 >= end) return 0;
  return ["re", "ve", "ll"].includes(first + String.fromCharCode(bytes[at + 2])) ? 2 : 0;
}

/** A run of white space gives its last character to what follows it, unless nothing does or what follows was cut out. */
function spaceEnd(bytes: Uint8Array, from: number, end: number, isCut: (kind: number, byte: number) => boolean): number {
  let last = from;
  const at = runEnd(bytes, from, end, (kind, position) => {
    if (kind === SPACE) last = position;
    return kind === SPACE;
  });
  return at >= end || last === from || isCut(classAt(bytes, at, end), bytes[at]) ? at : last;
}

/** GPT-2's pattern; with `digitsApart` after every digit has been cut out. */
export function gpt2(bytes: Uint8Array, from: number, end: number, digitsApart: boolean): number {
  if (bytes[from] === APOSTROPHE) {
    const length = contraction(bytes, from, end);
    if (length > 0) return from + 1 + length;
  }
  const at = bytes[from] === BLANK && from + 1 < end ? from + 1 : from;
  const kind = classAt(bytes, at, end);
  if ((kind & LETTER) !== 0) return runEnd(bytes, at, end, (next) => (next & LETTER) !== 0);
  if (kind === NUMBER) {
    if (!digitsApart) return runEnd(bytes, at, end, (next) => next === NUMBER);
    return at === from ? after(bytes, at) : at;
  }
  if (kind === SPACE) return spaceEnd(bytes, from, end, (next) => digitsApart && next === NUMBER);
  return runEnd(bytes, at, end, (next) => (next & (LETTER | NUMBER | SPACE)) === 0);
}

/** What Falcon cuts out first: punctuation of any kind, and ASCII's symbols. */
function isMark(kind: number, byte: number): boolean {
  return kind === PUNCTUATION || (byte > 0x20 && byte < 0x7f && (kind & (LETTER | NUMBER)) === 0);
}

/** Falcon, as llama.cpp has it: runs of punctuation are cut out, then GPT-2's pattern, then every three ASCII digits. */
export function falcon(bytes: Uint8Array, from: number, end: number): number {
  const mark = (kind: number, at: number) => isMark(kind, bytes[at]);
  if (mark(classAt(bytes, from, end), from)) return runEnd(bytes, from, end, mark);
  const takesBlank = bytes[from] === BLANK && from + 1 < end && !mark(classAt(bytes, from + 1, end), from + 1);
  const at = takesBlank ? from + 1 : from;
  const kind = classAt(bytes, at, end);
  if ((kind & LETTER) !== 0) return runEnd(bytes, at, end, (next) => (next & LETTER) !== 0);
  if (kind === NUMBER) {
    const digits = runEnd(bytes, at, end, (next) => next === NUMBER);
    return threesEnd(bytes, from, at, digits);
  }
  if (kind === SPACE) return spaceEnd(bytes, from, end, isMark);
  return runEnd(bytes, at, end, (next, place) => (next & (LETTER | NUMBER | SPACE)) === 0 && !mark(next, place));
}

/** End of the piece of a number that starts at `from` with its digits from `digits` on: three ASCII digits in a row stand alone. */
function threesEnd(bytes: Uint8Array, from: number, digits: number, end: number): number {
  const isDigit = (at: number) => bytes[at] >= 0x30 && bytes[at] <= 0x39;
  for (let at = digits; at + 3 <= end; at++) {
    if (isDigit(at) && isDigit(at + 1) && isDigit(at + 2)) return at === from ? from + 3 : at;
  }
  return end;
}
