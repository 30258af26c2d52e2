// Runs of characters, of which scanners are made. Twin: native/services/src/tokens/scan/mod.rs.
import { characterBytes, classTable, codePointAt, NUMBER, SPACE } from "../classes.ts";

/** End of the piece that starts at `at`; the text is well-formed UTF-8 and ends at `end`. */
export type Scanner = (bytes: Uint8Array, at: number, end: number) => number;

/** Class of the character at a position; 0 at the end. */
export function classAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? classTable()[codePointAt(bytes, at)] : 0;
}

/** Position after the character at a position. */
export function after(bytes: Uint8Array, at: number): number {
  return at + characterBytes(bytes[at]);
}

/** End of the run of characters whose class passes. */
export function runEnd(bytes: Uint8Array, from: number, end: number, passes: (kind: number, at: number) => boolean): number {
  const classes = classTable();
  let at = from;
  while (at < end && passes(classes[codePointAt(bytes, at)], at)) at += characterBytes(bytes[at]);
  return at;
}

/** End of at most so many numbers. */
export function numbersEnd(bytes: Uint8Array, from: number, end: number, most: number): number {
  let left = most;
  return runEnd(bytes, from, end, (kind) => kind === NUMBER && left-- > 0);
}

/** Whether a byte ends a line. */
export function isLineEnd(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** White space up to its last line end; without one, all of it but the last character, which goes to what follows, unless nothing does or it is alone. */
export function whiteEnd(bytes: Uint8Array, from: number, end: number): number {
  let last = from;
  let afterLine = from;
  const at = runEnd(bytes, from, end, (kind, position) => {
    if (kind !== SPACE) return false;
    last = position;
    if (isLineEnd(bytes[position])) afterLine = position + 1;
    return true;
  });
  if (afterLine > from) return afterLine;
  return at >= end || last === from ? at : last;
}
