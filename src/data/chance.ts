// Random choices by seed: the same for any number of threads and in any order of calls, because each is a function of (seed, purpose, element).
import { InkstoneError, uniform } from "../core/index.ts";

/** Purposes never share numbers: the `operation` of Philox. */
export const purposes = {
  order: 0x64610001,
  buffer: 0x64610002,
  split: 0x64610003,
  folds: 0x64610004,
  sample: 0x64610005,
  batches: 0x64610006,
} as const;

/** A number in [0, 1) for element `element` of a purpose, `step` for draws that repeat. */
export type Draw = (element: number, step?: number) => number;

/**
 * Errors: E_OPTION for a seed that is no whole number from 0 to 2^53 - 1.
 *
 * @example
 * const draw = drawing(0, purposes.order);
 * draw(5) === draw(5); // true
 */
export function drawing(seed: number, purpose: number): Draw {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new InkstoneError("E_OPTION", { option: "seed", value: seed, allowed: { en: "whole numbers from 0", zh: "非负整数" } });
  return (element, step = 0) => uniform(seed, step, purpose, element);
}

/**
 * These items in a random order (Fisher-Yates).
 *
 * @example
 * shuffled([1, 2, 3], drawing(0, purposes.order)).length; // 3
 */
export function shuffled<Item>(items: readonly Item[], draw: Draw, step = 0): Item[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw(i, step) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
