// Runs of n neighbours. Knows no words: any sequence will do.
import { InkstoneError } from "../../core/index.ts";

/** Padding of a sequence before its n-grams are taken. */
export interface NgramOptions<T> {
  /** Put n - 1 times before the first. */
  readonly padLeft?: T;
  /** Put n - 1 times behind the last. */
  readonly padRight?: T;
}

/**
 * All runs of n neighbours of a sequence, in order, as NLTK's `ngrams`: a sequence of k gives max(0, k - n + 1).
 *
 * Errors: E_OPTION when n is no whole number from 1.
 *
 * @example
 * Array.from(ngrams(["we", "grind", "ink"], 2)); // [["we", "grind"], ["grind", "ink"]]
 * Array.from(ngrams(["we"], 2, { padLeft: "<s>", padRight: "</s>" })); // [["<s>", "we"], ["we", "</s>"]]
 */
export function* ngrams<T>(sequence: Iterable<T>, n: number, options: NgramOptions<T> = {}): Generator<T[]> {
  if (!Number.isInteger(n) || n < 1)
    throw new InkstoneError("E_OPTION", { option: "n", value: n, allowed: { en: "whole numbers from 1", zh: "从 1 起的整数" } });
  const window: T[] = [];
  for (const item of padded(sequence, n - 1, options)) {
    window.push(item);
    if (window.length < n) continue;
    yield window.slice();
    window.shift();
  }
}

function* padded<T>(sequence: Iterable<T>, count: number, options: NgramOptions<T>): Generator<T> {
  if (options.padLeft !== undefined) for (let i = 0; i < count; i++) yield options.padLeft;
  yield* sequence;
  if (options.padRight !== undefined) for (let i = 0; i < count; i++) yield options.padRight;
}
