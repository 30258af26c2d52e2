// Random words as numbers of a distribution. Knows no shapes.
import { philox } from "../../core/index.ts";
import type { RandomStream } from "../../tensor/index.ts";

/** Fills an array with numbers of a stream, each `of` the uniform number in (0, 1) that one random word gives: four a Philox call. */
export function fillRandom(into: Float32Array, { seed, step, operation }: RandomStream, of: (uniform: number) => number): Float32Array {
  const key = [seed, Math.floor(seed / 2 ** 32)] as const;
  const at = typeof step === "number" ? step : 0;
  for (let i = 0; i < into.length; i += 4) {
    const group = i / 4;
    const words = philox([group, Math.floor(group / 2 ** 32), at, operation], key);
    const end = Math.min(4, into.length - i);
    for (let k = 0; k < end; k++) into[i + k] = of((words[k] + 0.5) * 2 ** -32);
  }
  return into;
}

/** The share of a standard normal distribution below -2: what truncation at two deviations cuts at each end. */
export const BELOW_MINUS_TWO = 0.022750131948179195;

/**
 * The number below which a standard normal number lies with probability p, to 7 figures.
 *
 * Source: Wichura 1988, "Algorithm AS 241", function PPND7.
 *
 * @example
 * normalQuantile(0.975).toFixed(4); // "1.9600"
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const tail = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const r = tail - (tail <= 5 ? 1.6 : 5);
  const value =
    tail <= 5
      ? (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) / ((0.12021132975 * r + 0.7370016425) * r + 1)
      : (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115) / ((0.012258202635 * r + 0.24197894225) * r + 1);
  return q < 0 ? -value : value;
}
