// Scanners of tokenizers that know no pattern: the whole text, words behind ▁, BERT's words. Twin: native/services/src/tokens/scan/spaces.rs.
import { LETTER, NUMBER, PUNCTUATION, SPACE } from "../classes.ts";
import { after, classAt, runEnd } from "./runs.ts";

/** ▁ (U+2581), which stands for a blank in a vocabulary: whether it is at a place. */
function isMark(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 3 <= end && bytes[at] === 0xe2 && bytes[at + 1] === 0x96 && bytes[at + 2] === 0x81;
}

function nextMark(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (isMark(bytes, at, end)) return at;
  return end;
}

/** One piece. */
export function whole(_bytes: Uint8Array, _from: number, end: number): number {
  return end;
}

/** Every ▁ begins a piece. */
export function marked(bytes: Uint8Array, from: number, end: number): number {
  return nextMark(bytes, from + 1, end);
}

/** Every run of ▁ begins a piece. */
export function markedRuns(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (isMark(bytes, at, end)) at += 3;
  return nextMark(bytes, at, end);
}

/** White space; a punctuation mark (any of ASCII's symbols too); or a word. */
export function bert(bytes: Uint8Array, from: number, end: number): number {
  const isPunctuation = (kind: number, byte: number) => kind === PUNCTUATION || (byte > 0x20 && byte < 0x7f && (kind & (LETTER | NUMBER)) === 0);
  const first = classAt(bytes, from, end);
  if (isPunctuation(first, bytes[from])) return after(bytes, from);
  return runEnd(bytes, from, end, (kind, at) => (kind === SPACE) === (first === SPACE) && !isPunctuation(kind, bytes[at]));
}
