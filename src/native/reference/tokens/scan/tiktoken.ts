// Patterns of tiktoken's kind: cl100k (Llama 3), Qwen2, o200k, Tekken. Twin: native/services/src/tokens/scan/tiktoken.rs.
import { LETTER, LOWER, MARK, NUMBER, OTHER_LETTER, SPACE, UPPER } from "../classes.ts";
import { after, classAt, isLineEnd, numbersEnd, runEnd, whiteEnd } from "./runs.ts";

const APOSTROPHE = 0x27;
const BLANK = 0x20;
const SLASH = 0x2f;
const CAPITALS = UPPER | OTHER_LETTER | MARK;
const SMALL = LOWER | OTHER_LETTER | MARK;

const isLetter = (kind: number) => (kind & LETTER) !== 0;

/** 's 't 're 've 'm 'll 'd in either case, ſ for s: all its bytes, or 0. */
function contraction(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== APOSTROPHE) return 0;
  const next = String.fromCharCode(...bytes.subarray(at + 1, Math.min(at + 3, end))).toLowerCase();
  if (next !== "" && "stmd".includes(next[0])) return 2;
  return ["re", "ve", "ll"].includes(next) || (bytes[at + 1] === 0xc5 && bytes[at + 2] === 0xbf && at + 2 < end) ? 3 : 0;
}

/** What is neither white space, letter nor number, with one blank before it and the line ends (and slashes) after it; else white space. */
function othersOrWhite(bytes: Uint8Array, from: number, end: number, slashes: boolean): number {
  const start = bytes[from] === BLANK && from + 1 < end ? from + 1 : from;
  const isOther = (kind: number) => (kind & (SPACE | LETTER | NUMBER)) === 0;
  if (!isOther(classAt(bytes, start, end))) return whiteEnd(bytes, from, end);
  let at = runEnd(bytes, start, end, isOther);
  while (at < end && (isLineEnd(bytes[at]) || (slashes && bytes[at] === SLASH))) at++;
  return at;
}

/** cl100k with 3 digits, Qwen2 with 1: contractions; letters with one character before them; numbers; the rest. */
export function plain(bytes: Uint8Array, from: number, end: number, digits: number): number {
  const length = contraction(bytes, from, end);
  if (length > 0) return from + length;
  const kind = classAt(bytes, from, end);
  if (isLetter(kind)) return runEnd(bytes, from, end, isLetter);
  if (kind === NUMBER) return numbersEnd(bytes, from, end, digits);
  const next = after(bytes, from);
  if (!isLineEnd(bytes[from]) && isLetter(classAt(bytes, next, end))) return runEnd(bytes, next, end, isLetter);
  return othersOrWhite(bytes, from, end, false);
}

/** o200k with contractions and 3 digits, Tekken without and 1: a piece begins at a capital, small letters follow. */
export function cased(bytes: Uint8Array, from: number, end: number, digits: number, contractions: boolean): number {
  const kind = classAt(bytes, from, end);
  const takesPrefix = (kind & (LETTER | NUMBER)) === 0 && !isLineEnd(bytes[from]);
  const starts = [takesPrefix ? after(bytes, from) : from, from];
  for (const part of [smallEnd, capitalsEnd]) {
    for (const start of starts) {
      const word = part(bytes, start, end);
      if (word > start) return contractions ? word + contraction(bytes, word, end) : word;
    }
  }
  if (kind === NUMBER) return numbersEnd(bytes, from, end, digits);
  return othersOrWhite(bytes, from, end, true);
}

/** Capitals, as many as there are, and one small letter or more; the capitals give back what is needed. `from` where there are none. */
function smallEnd(bytes: Uint8Array, from: number, end: number): number {
  let both = from;
  const at = runEnd(bytes, from, end, (kind, place) => {
    if ((kind & CAPITALS) !== 0 && (kind & SMALL) !== 0) both = after(bytes, place);
    return (kind & CAPITALS) !== 0;
  });
  return classAt(bytes, at, end) === LOWER ? runEnd(bytes, at, end, (kind) => (kind & SMALL) !== 0) : both;
}

/** One capital or more, and what small letters follow. `from` where there are none. */
function capitalsEnd(bytes: Uint8Array, from: number, end: number): number {
  const at = runEnd(bytes, from, end, (kind) => (kind & CAPITALS) !== 0);
  return at > from ? runEnd(bytes, at, end, (kind) => (kind & SMALL) !== 0) : from;
}
