// DeepSeek's patterns: several cuts, one after another. Twin: native/services/src/tokens/scan/deepseek.rs.
import { codePointAt, LETTER, MARK, NUMBER, PUNCTUATION, SPACE, SYMBOL } from "../classes.ts";
import { after, classAt, isLineEnd, numbersEnd, runEnd, whiteEnd } from "./runs.ts";

const BLANK = 0x20;

/** The ranges that DeepSeek Coder cuts out: U+0800 to U+9FA5 and U+AC00 to U+D7FF. */
function isEastAsian(codePoint: number): boolean {
  return (codePoint >= 0x800 && codePoint <= 0x9fa5) || (codePoint >= 0xac00 && codePoint <= 0xd7ff);
}

/** DeepSeek Coder: line ends; white space and letters; white space and punctuation; east Asian ranges; single digits. What is left between them stays whole. */
export function deepseekCoder(bytes: Uint8Array, from: number, end: number): number {
  const wordClass = (at: number) => {
    const kind = classAt(bytes, at, end);
    return (kind & LETTER) !== 0 ? LETTER : kind & PUNCTUATION;
  };
  if (isLineEnd(bytes[from])) return from + 1;
  const eastAsian = isEastAsian(codePointAt(bytes, from));
  let at = after(bytes, from);
  const kind = classAt(bytes, from, end);
  if (kind === NUMBER) return at;
  const word = wordClass(from) || (kind === SPACE ? wordClass(at) : 0);
  while (at < end && !isLineEnd(bytes[at]) && isEastAsian(codePointAt(bytes, at)) === eastAsian) {
    const next = classAt(bytes, at, end);
    const following = after(bytes, at);
    if (word !== 0 ? (next & word) === 0 : next === NUMBER || wordClass(at) !== 0 || (next === SPACE && wordClass(following) !== 0)) break;
    at = following;
  }
  return at;
}

/** Chinese characters and kana, which DeepSeek V3 cuts out. */
function isChineseOrKana(codePoint: number): boolean {
  return (codePoint >= 0x4e00 && codePoint <= 0x9fa5) || (codePoint >= 0x3040 && codePoint <= 0x30ff);
}

/** What DeepSeek V3 cuts out first. */
function isCutOut(kind: number, bytes: Uint8Array, at: number): boolean {
  return kind === NUMBER || isChineseOrKana(codePointAt(bytes, at));
}

/** DeepSeek V3: numbers by three; Chinese characters and kana; then words, punctuation and white space between those. */
export function deepseekV3(bytes: Uint8Array, from: number, end: number): number {
  if (classAt(bytes, from, end) === NUMBER) return numbersEnd(bytes, from, end, 3);
  if (isCutOut(0, bytes, from)) return runEnd(bytes, from, end, (_, at) => isChineseOrKana(codePointAt(bytes, at)));
  // What no part of the pattern matches stays together up to the next match.
  let at = from;
  while (at < end && !isCutOut(classAt(bytes, at, end), bytes, at)) {
    const found = v3Match(bytes, at, end);
    if (found > at) return at === from ? found : at;
    at = after(bytes, at);
  }
  return at;
}

function v3Match(bytes: Uint8Array, from: number, end: number): number {
  const endOf = (at: number, mask: number) => runEnd(bytes, at, end, (kind, place) => (kind & mask) !== 0 && !isCutOut(kind, bytes, place));
  const isAsciiLetter = (at: number) => at < end && bytes[at] < 0x80 && (classAt(bytes, at, end) & LETTER) !== 0;
  const kind = classAt(bytes, from, end);
  const next = after(bytes, from);
  if (bytes[from] < 0x80 && (kind & (PUNCTUATION | SYMBOL)) !== 0 && isAsciiLetter(next)) {
    let at = next;
    while (isAsciiLetter(at)) at++;
    return at;
  }
  const words = endOf(next, LETTER | MARK);
  if ((kind & (LETTER | MARK)) !== 0 || (words > next && !isLineEnd(bytes[from]) && (kind & (PUNCTUATION | SYMBOL)) === 0)) return words;
  const start = bytes[from] === BLANK ? next : from;
  let marks = endOf(start, PUNCTUATION | SYMBOL);
  if (marks > start) {
    while (marks < end && isLineEnd(bytes[marks])) marks++;
    return marks;
  }
  if (kind !== SPACE) return from;
  const spaces = endOf(from, SPACE);
  return whiteEnd(bytes, from, spaces < end && isCutOut(classAt(bytes, spaces, end), bytes, spaces) ? spaces : end);
}
