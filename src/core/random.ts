// Counter-based random numbers: a value is a pure function of (seed, step, operation, element), so threads, resumes and order cannot change it.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;

/** Four words of 32 bits. */
export type Words4 = readonly [number, number, number, number];

/**
 * Philox4x32-10: mixes a counter of four 32-bit words under a key of two into four random 32-bit words.
 *
 * Words are unsigned integers in [0, 2^32); others are reduced modulo 2^32. No errors.
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3; the known answers of Random123 are its test.
 *
 * @example
 * philox([0, 0, 0, 0], [0, 0]); // [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
 */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, a);
    const high1 = multiplyHigh(M1, c);
    const low0 = Math.imul(M0, a);
    const low1 = Math.imul(M1, c);
    a = high1 ^ b ^ k0;
    b = low1;
    c = high0 ^ d ^ k1;
    d = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/**
 * A uniform number in [0, 1) with 53 random bits: the same for the same four arguments, always and everywhere.
 *
 * key = seed (low word, high word); counter = (element low, element high, step, operation); value = (27 high bits of word 0) · 2^-27 + (26 high bits of word 1) · 2^-53.
 * `seed` and `element` are integers in [0, 2^53), `step` and `operation` in [0, 2^32). Beyond these ranges values repeat; nothing is thrown.
 *
 * @example
 * uniform(0, 0, 0, 0).toFixed(8); // "0.39904647"
 */
export function uniform(seed: number, step: number, operation: number, element: number): number {
  const [high, low] = philox([element, Math.floor(element / 2 ** 32), step, operation], [seed, Math.floor(seed / 2 ** 32)]);
  return (high >>> 5) * 2 ** -27 + (low >>> 6) * 2 ** -53;
}

// The high 32 bits of the product of two unsigned 32-bit words, from 16-bit halves: every partial sum stays below 2^53.
function multiplyHigh(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  return xHigh * yHigh + Math.floor((middle + xLow * yHigh) / 0x10000);
}
