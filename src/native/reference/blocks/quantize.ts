// From finite values to the simple block types, rounded as llama.cpp's reference quantisers round: products in f32.
// Twin: native/kernels/src/blocks/quantize.rs.
import { toBf16Bits } from "../floats.ts";
import { putHalf } from "./half.ts";

/** Makes the block at byte `to` of `out` from the values at `from`. */
export type Quantize = (x: Float32Array, from: number, out: Uint8Array, to: number) => void;

const round = Math.fround;
const integers = new Uint8Array(32);

/** Of `count` values, the first of those farthest from zero. */
export function farthest(x: Float32Array, from: number, count: number): number {
  let most = 0;
  for (let i = from; i < from + count; i++) if (Math.abs(x[i]) > Math.abs(most)) most = x[i];
  return most;
}

function inverse(d: number): number {
  const one = round(1 / d);
  return Number.isFinite(one) ? one : 0;
}

// Integers 0 … `limit` from values that are not below -0.5 but for rounding.
const up = (value: number, limit: number) => Math.min(limit, Math.max(0, Math.trunc(value)));

function putNibbles(out: Uint8Array, to: number): void {
  for (let j = 0; j < 16; j++) out[to + j] = (integers[j] & 15) | ((integers[16 + j] & 15) << 4);
}

function putFifth(out: Uint8Array, to: number): void {
  out.fill(0, to, to + 4);
  for (let j = 0; j < 32; j++) out[to + (j >> 3)] |= (integers[j] >> 4) << (j & 7);
}

// q = x / d + half, in 2 · half steps.
function symmetric(x: Float32Array, from: number, steps: number, out: Uint8Array, to: number): void {
  const d = round(farthest(x, from, 32) / -steps);
  const id = inverse(d);
  putHalf(d, out, to);
  for (let j = 0; j < 32; j++) integers[j] = up(round(round(x[from + j] * id) + (steps + 0.5)), 2 * steps - 1);
}

function affine(x: Float32Array, from: number, levels: number, out: Uint8Array, to: number): void {
  let [least, most] = [x[from], x[from]];
  for (let i = from; i < from + 32; i++) {
    if (x[i] < least) least = x[i];
    if (x[i] > most) most = x[i];
  }
  const d = round(round(most - least) / levels);
  const id = inverse(d);
  putHalf(d, out, to);
  putHalf(least, out, to + 2);
  for (let j = 0; j < 32; j++) integers[j] = up(round(round(round(x[from + j] - least) * id) + 0.5), levels);
}

const word = new DataView(new ArrayBuffer(4));

/** A block of F32. */
export const quantizeF32: Quantize = (x, from, out, to) => {
  word.setFloat32(0, x[from], true);
  for (let i = 0; i < 4; i++) out[to + i] = word.getUint8(i);
};

/** A block of F16. */
export const quantizeF16: Quantize = (x, from, out, to) => {
  putHalf(x[from], out, to);
};

/** A block of BF16. */
export const quantizeBf16: Quantize = (x, from, out, to) => {
  const bits = toBf16Bits(x[from]);
  out[to] = bits & 255;
  out[to + 1] = bits >> 8;
};

/** A block of Q4_0. */
export const quantizeQ40: Quantize = (x, from, out, to) => {
  symmetric(x, from, 8, out, to);
  putNibbles(out, to + 2);
};

/** A block of Q4_1. */
export const quantizeQ41: Quantize = (x, from, out, to) => {
  affine(x, from, 15, out, to);
  putNibbles(out, to + 4);
};

/** A block of Q5_0. */
export const quantizeQ50: Quantize = (x, from, out, to) => {
  symmetric(x, from, 16, out, to);
  putFifth(out, to + 2);
  putNibbles(out, to + 6);
};

/** A block of Q5_1. */
export const quantizeQ51: Quantize = (x, from, out, to) => {
  affine(x, from, 31, out, to);
  putFifth(out, to + 4);
  putNibbles(out, to + 8);
};

/** A block of Q8_0. */
export const quantizeQ80: Quantize = (x, from, out, to) => {
  const d = round(Math.abs(farthest(x, from, 32)) / 127);
  const id = inverse(d);
  putHalf(d, out, to);
  for (let j = 0; j < 32; j++) out[to + 2 + j] = away(round(x[from + j] * id));
};

// To the nearest integer, half away from zero.
function away(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}
