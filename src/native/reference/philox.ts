// Orders drawn with Philox. Twin: native/services/src/philox.rs. Knows no use of them.
import { philox, type Words4 } from "../../core/index.ts";

/** The numbers 0 to `count` - 1 in random order: the same for the same seed, step and operation (Fisher and Yates; word i of the stream decides place i). */
export function shuffled(count: number, seed: readonly [low: number, high: number], step: number, operation: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let words: Words4 = [0, 0, 0, 0];
  for (let i = count - 1, nth = 0; i > 0; i--, nth++) {
    if (nth % 4 === 0) words = philox([nth / 4, 0, step, operation], seed);
    const other = scaled(words[nth % 4], i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

// Word · limit / 2^32, rounded down, exactly: the halves of the word apart.
function scaled(word: number, limit: number): number {
  const high = (word >>> 16) * limit;
  const low = (word & 0xffff) * limit;
  return Math.floor((high + Math.floor(low / 65536)) / 65536);
}
