// Near duplicates for the check of data: MinHash of the text room, by the numbers of rows. Memory is bounded; texts before the last `capacity` are forgotten.
import { NearDuplicateIndex } from "../../text/index.ts";
import type { NearDuplicateFinder } from "./types.ts";

/** Texts that are remembered: 128 minima of four bytes each, 100 MB in all. */
const CAPACITY = 200_000;

/**
 * A finder of texts that share at least `threshold` of their shingles (default 0.8) with an earlier one.
 *
 * Errors: `E_OPTION` for a threshold outside (0, 1].
 *
 * @example
 * const finder = minHashFinder(0.5);
 * finder.meet("Grind the ink slowly, with little water.", 7); // undefined
 * finder.meet("Grind the ink slowly, with a little water.", 9); // 7
 */
export function minHashFinder(threshold: number = 0.8): NearDuplicateFinder {
  const index = new NearDuplicateIndex({ threshold, capacity: CAPACITY });
  const numbers = new Float64Array(CAPACITY);
  return {
    meet(text, number) {
      const found = index.add(text);
      numbers[(index.size - 1) % CAPACITY] = number;
      // The one that was just forgotten may be named no more.
      return found === undefined ? undefined : numbers[found.of % CAPACITY];
    },
  };
}
