// Walks over the strings of an array inside a window of bytes. Small, on plain locals, so that a cold process is quick at it: files have 100,000 of them.
import { isUtf8 } from "node:buffer";
import { ggufLimits } from "../../core/index.ts";

/** Bytes of a length field. */
const FIELD = 8;
/** A length field below this is ASCII itself, and so is every byte of it. */
const ASCII_LENGTH = 128;

/** Where a walk stands: updated by the functions here. */
export interface Walk {
  /** The next string's length field, in bytes from the start of the window. */
  at: number;
  /** Strings passed. */
  done: number;
  /** Bytes of the strings passed, without their lengths. */
  total: number;
}

/** Where strings are copied to: end to end, and where each ends. */
export interface StringTarget {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** A part of a window: its first bytes up to `end`, and how many strings are wanted. */
export interface Stretch {
  readonly window: Uint8Array;
  readonly end: number;
  readonly count: number;
}

/** Passes over strings shorter than 128 bytes that are whole in the window, and checks that all are UTF-8. Returns the number of the first that is not, or -1. */
export function skipStrings({ window, end, count }: Stretch, walk: Walk): number {
  let { at, done, total } = walk;
  while (done < count && end - at >= FIELD) {
    const length = window[at];
    const high = window[at + 1] | window[at + 2] | window[at + 3] | window[at + 4] | window[at + 5] | window[at + 6] | window[at + 7];
    if (high !== 0 || length >= ASCII_LENGTH || at + FIELD + length > end) break;
    at += FIELD + length;
    total += length;
    done++;
  }
  // The length fields between them are ASCII, which ends any character: the stretch is UTF-8 if, and only if, every string of it is.
  const wrong = isUtf8(window.subarray(walk.at, at)) ? -1 : firstWrong(window, walk);
  Object.assign(walk, { at, done, total });
  return wrong;
}

/** Copies strings that are whole in the window and have room in the target. */
export function copyStrings({ window, end, count }: Stretch, into: StringTarget, walk: Walk): void {
  const { bytes, offsets } = into;
  let { at, done, total } = walk;
  while (done < count && end - at >= FIELD) {
    const length = window[at] | (window[at + 1] << 8) | (window[at + 2] << 16);
    const high = window[at + 3] | window[at + 4] | window[at + 5] | window[at + 6] | window[at + 7];
    const last = at + FIELD + length;
    if (high !== 0 || length > ggufLimits.elementBytes || last > end || total + length > bytes.length) break;
    for (let from = at + FIELD; from < last; from++) bytes[total++] = window[from];
    at = last;
    done++;
    offsets[done] = total;
  }
  Object.assign(walk, { at, done, total });
}

function firstWrong(window: Uint8Array, { at, done }: Walk): number {
  let index = done;
  for (let first = at + FIELD; isUtf8(window.subarray(first, first + window[first - FIELD])); first += FIELD + window[first - FIELD]) index++;
  return index;
}
