// A number as the bits of the nearest half.
import { singleToHalf } from "../../../core/index.ts";

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);

/** The bits of the half nearest to an f32, ties to even. */
function toHalf(value: number): number {
  single[0] = value;
  return singleToHalf(word[0]);
}

/** Writes it, and returns its bits. */
export function putHalf(value: number, out: Uint8Array, at: number): number {
  const bits = toHalf(value);
  out[at] = bits & 255;
  out[at + 1] = bits >> 8;
  return bits;
}
