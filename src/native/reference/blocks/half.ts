// A number as the bits of the nearest half.
import { numberToHalf } from "../../../core/index.ts";

/** Writes the half nearest to a number, ties to even, and returns its bits. */
export function putHalf(value: number, out: Uint8Array, at: number): number {
  const bits = numberToHalf(value);
  out[at] = bits & 255;
  out[at + 1] = bits >> 8;
  return bits;
}
