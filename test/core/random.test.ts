// Philox against the known answers of Random123, and uniform numbers against what they promise.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { philox, uniform, type Words4 } from "#core";

const ones = 0xffffffff;
const known: [counter: Words4, key: [number, number], answer: Words4][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [ones, ones, ones, ones],
    [ones, ones],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

/** The same in 64-bit integers, word for word from the paper. */
function plainPhilox(counter: Words4, key: readonly [number, number]): Words4 {
  let [a, b, c, d] = counter.map((word) => BigInt.asUintN(32, BigInt(word)));
  let [k0, k1] = key.map((word) => BigInt.asUintN(32, BigInt(word)));
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * a;
    const p1 = 0xcd9e8d57n * c;
    [a, b, c, d] = [(p1 >> 32n) ^ b ^ k0, BigInt.asUintN(32, p1), (p0 >> 32n) ^ d ^ k1, BigInt.asUintN(32, p0)];
    k0 = BigInt.asUintN(32, k0 + 0x9e3779b9n);
    k1 = BigInt.asUintN(32, k1 + 0xbb67ae85n);
  }
  return [Number(a), Number(b), Number(c), Number(d)];
}

describe("philox", () => {
  it.each(known)("gives the known answer for counter %j", (counter, key, answer) => {
    expect(philox(counter, key)).toEqual(answer);
  });

  it("equals the definition in 64-bit integers for any words", () => {
    const word = fc.integer({ min: 0, max: ones });
    const words = fc.tuple(word, word, word, word);
    fc.assert(
      fc.property(words, fc.tuple(word, word), (counter, key) => {
        expect(philox(counter, key)).toEqual(plainPhilox(counter, key));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("uniform", () => {
  it("is a function of its arguments, each of which matters, the high words too", () => {
    const arguments_: [seed: number, step: number, operation: number, element: number][] = [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [2 ** 32, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 2 ** 32],
    ];
    const values = arguments_.map((these) => uniform(...these));
    expect(new Set(values).size).toBe(values.length);
    expect(arguments_.map((these) => uniform(...these))).toEqual(values);
    expect(values[0]).toBeCloseTo(0.39904647, 8);
  });

  it("lies in [0, 1) with 53 bits: the highest words give the number just below 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (seed, element) => {
        const value = uniform(seed, 3, 5, element);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(Number.isInteger(value * 2 ** 53)).toBe(true);
      }),
    );
  });

  it("spreads evenly: 64 cells of 100,000 draws pass a chi-square test at 1 in 10^6", () => {
    const cells = new Float64Array(64);
    for (let i = 0; i < 100_000; i++) cells[Math.floor(uniform(7, 1, 2, i) * 64)]++;
    const expected = 100_000 / 64;
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(127);
    expect(chiSquare).toBeGreaterThan(22);
  });
});
