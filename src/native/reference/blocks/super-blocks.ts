// From finite values to the K types: super-blocks of 256, whose scales are quantised as well. The search is that of llama.cpp's reference quantisers without an
// importance matrix: a few steps are tried, and least squares give the scale (and minimum) that fit the integers of each. Everything in f32, one sum after another.
// Twin: native/kernels/src/blocks/super_blocks.rs.
import { putHalf } from "./half.ts";
import { farthest, type Quantize } from "./quantize.ts";
import { half, sixBits } from "./types.ts";

const round = Math.fround;
const SUPER = 256;
/** Below this all is zero. */
const NOTHING = round(1e-15);
const SHIFT = 12_582_912;
const TENTH = round(0.1);

// To the nearest integer, ties to even, within [least, most].
function nearest(value: number, least: number, most: number): number {
  const whole = round(round(value + SHIFT) - SHIFT);
  return Number.isNaN(whole) ? Math.max(least, Math.min(most, 0)) : Math.max(least, Math.min(most, whole));
}

/** How a sub-block is searched: integers 0 … most; steps tried from (most + first) on. */
interface Search {
  readonly most: number;
  readonly first: number;
  readonly steps: number;
}

const four: Search = { most: 15, first: -1, steps: 20 };
const five: Search = { most: 31, first: -0.5, steps: 15 };

const weights = new Float32Array(32);
const tried = new Float32Array(32);
const sums = new Float32Array(3);

function weigh(x: Float32Array, from: number): void {
  let squares = 0;
  for (let i = 0; i < 32; i++) squares = round(squares + round(x[from + i] * x[from + i]));
  const average = round(Math.sqrt(round(squares / 32)));
  for (let i = 0; i < 32; i++) weights[i] = average + Math.abs(x[from + i]);
}

function integersFor(x: Float32Array, from: number, step: number, least: number, most: number): void {
  for (let i = 0; i < 32; i++) tried[i] = nearest(round(step * round(x[from + i] - least)), 0, most);
}

function errorOf(x: Float32Array, from: number, scale: number, minimum: number): number {
  let sum = 0;
  for (let i = 0; i < 32; i++) {
    const off = round(round(round(scale * tried[i]) + minimum) - x[from + i]);
    sum = round(sum + round(weights[i] * round(off * off)));
  }
  return sum;
}

// Sums of w·q, w·q², w·q·x over the integers tried.
function sumUp(x: Float32Array, from: number): void {
  let [q1, q2, xq] = [0, 0, 0];
  for (let i = 0; i < 32; i++) {
    const wq = round(weights[i] * tried[i]);
    q1 = round(q1 + wq);
    q2 = round(q2 + round(wq * tried[i]));
    xq = round(xq + round(wq * x[from + i]));
  }
  sums[0] = q1;
  sums[1] = q2;
  sums[2] = xq;
}

// Scale and minus the minimum of 32 values that become integers 0 … most, weighted by how large they are.
function affine(x: Float32Array, from: number, { most, first, steps }: Search): readonly [number, number] {
  weigh(x, from);
  let [least, greatest, sumW, sumX] = [x[from], x[from], weights[0], round(weights[0] * x[from])];
  for (let i = 1; i < 32; i++) {
    least = Math.min(least, x[from + i]);
    greatest = Math.max(greatest, x[from + i]);
    sumW = round(sumW + weights[i]);
    sumX = round(sumX + round(weights[i] * x[from + i]));
  }
  if (least > 0) least = 0;
  if (greatest === least) return [0, -least];
  const [range, lowest] = [round(greatest - least), least];
  const step = round(most / range);
  integersFor(x, from, step, lowest, most);
  let scale = round(1 / step);
  let best = errorOf(x, from, scale, least);
  for (let t = 0; t <= steps; t++) {
    integersFor(x, from, round(round(round(first + round(TENTH * t)) + most) / range), lowest, most);
    sumUp(x, from);
    const [q1, q2, xq] = sums;
    const determinant = round(round(sumW * q2) - round(q1 * q1));
    if (!(determinant > 0)) continue;
    let newScale = round(round(round(sumW * xq) - round(sumX * q1)) / determinant);
    let newLeast = round(round(round(q2 * sumX) - round(q1 * xq)) / determinant);
    if (newLeast > 0) [newLeast, newScale] = [0, round(xq / q2)];
    const off = errorOf(x, from, newScale, newLeast);
    if (off < best) [best, scale, least] = [off, newScale, newLeast];
  }
  return [scale, -least];
}

const integers = new Uint8Array(SUPER);

// d, dmin and twelve bytes of scales and minimums; integers of all values.
function eightAffine(x: Float32Array, from: number, search: Search, out: Uint8Array, to: number): void {
  const found = Array.from({ length: 8 }, (_, sub) => affine(x, from + 32 * sub, search));
  const mostScale = found.reduce((most, [scale]) => Math.max(most, scale), 0);
  const mostLeast = found.reduce((most, [, least]) => Math.max(most, least), 0);
  putHalf(round(mostScale / 63), out, to);
  putHalf(round(mostLeast / 63), out, to + 2);
  const inverseScale = mostScale > 0 ? round(63 / mostScale) : 0;
  const inverseLeast = mostLeast > 0 ? round(63 / mostLeast) : 0;
  for (const [sub, [scale, least]] of found.entries())
    putSixBits(nearest(round(inverseScale * scale), 0, 63), nearest(round(inverseLeast * least), 0, 63), sub, out, to + 4);
  const [d, dmin] = [half(out, to), half(out, to + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const [scale, least] = sixBits(out, to + 4, sub);
    const [step, low] = [round(d * scale), round(dmin * least)];
    for (let i = 32 * sub; i < 32 * sub + 32; i++) integers[i] = step === 0 ? 0 : nearest(round(round(x[from + i] + low) / step), 0, search.most);
  }
}

function putSixBits(scale: number, least: number, sub: number, out: Uint8Array, at: number): void {
  if (sub < 4) {
    out[at + sub] = scale;
    out[at + sub + 4] = least;
    return;
  }
  out[at + sub + 4] = (scale & 15) | ((least & 15) << 4);
  out[at + sub - 4] |= (scale >> 4) << 6;
  out[at + sub] |= (least >> 4) << 6;
}

function putNibbles(out: Uint8Array, to: number): void {
  for (let pair = 0; pair < 4; pair++) {
    for (let l = 0; l < 32; l++) out[to + 32 * pair + l] = (integers[64 * pair + l] & 15) | ((integers[64 * pair + 32 + l] & 15) << 4);
  }
}

/** A block of Q4_K. */
export const quantizeQ4K: Quantize = (x, from, out, to) => {
  eightAffine(x, from, four, out, to);
  putNibbles(out, to + 16);
};

/** A block of Q5_K. */
export const quantizeQ5K: Quantize = (x, from, out, to) => {
  eightAffine(x, from, five, out, to);
  for (let l = 0; l < 32; l++) {
    let bits = 0;
    for (let sub = 0; sub < 8; sub++) bits |= (integers[32 * sub + l] >> 4) << sub;
    out[to + 16 + l] = bits;
  }
  putNibbles(out, to + 48);
};

// Sums of w·x·q and w·q² of sixteen values, w = x², under a step.
function sumsAt(x: Float32Array, from: number, step: number): readonly [number, number] {
  let [xq, q2] = [0, 0];
  for (let i = from; i < from + 16; i++) {
    const q = nearest(round(step * x[i]), -32, 31);
    const w = round(x[i] * x[i]);
    xq = round(xq + round(round(w * x[i]) * q));
    q2 = round(q2 + round(round(w * q) * q));
  }
  return [xq, q2];
}

// The scale of sixteen values that become integers -32 … 31.
function symmetric(x: Float32Array, from: number): number {
  const far = farthest(x, from, 16);
  if (Math.abs(far) < NOTHING) return 0;
  const [sumXq, sumQ2] = sumsAt(x, from, round(-32 / far));
  let scale = sumQ2 === 0 ? 0 : round(sumXq / sumQ2);
  let best = round(scale * sumXq);
  for (let t = -9; t <= 9; t++) {
    if (t === 0) continue;
    const [xq, q2] = sumsAt(x, from, round(-round(32 + round(TENTH * t)) / far));
    if (q2 > 0 && round(xq * xq) > round(best * q2)) {
      scale = round(xq / q2);
      best = round(scale * xq);
    }
  }
  return scale;
}

const scales = new Float32Array(16);

/** A block of Q6_K. */
export const quantizeQ6K: Quantize = (x, from, out, to) => {
  for (let sub = 0; sub < 16; sub++) scales[sub] = symmetric(x, from + 16 * sub);
  const far = farthest(scales, 0, 16);
  if (Math.abs(far) < NOTHING) {
    out.fill(0, to, to + 210);
    return;
  }
  const inverse = round(-128 / far);
  putHalf(round(1 / inverse), out, to + 208);
  const d = half(out, to + 208);
  for (let sub = 0; sub < 16; sub++) {
    const whole = nearest(round(inverse * scales[sub]), -128, 127);
    out[to + 192 + sub] = whole;
    const step = round(d * whole);
    for (let i = 16 * sub; i < 16 * sub + 16; i++) integers[i] = step === 0 ? 32 : nearest(round(x[from + i] / step), -32, 31) + 32;
  }
  for (let part = 0; part < 2; part++) putSixBitValues(integers.subarray(128 * part), out, to + 64 * part, to + 128 + 32 * part);
};

function putSixBitValues(q: Uint8Array, out: Uint8Array, low: number, high: number): void {
  for (let l = 0; l < 32; l++) {
    out[low + l] = (q[l] & 15) | ((q[64 + l] & 15) << 4);
    out[low + 32 + l] = (q[32 + l] & 15) | ((q[96 + l] & 15) << 4);
    out[high + l] = (q[l] >> 4) | ((q[32 + l] >> 4) << 2) | ((q[64 + l] >> 4) << 4) | ((q[96 + l] >> 4) << 6);
  }
}
