// Pairs of words that stand together more often than chance. Measures and order as NLTK's BigramCollocationFinder and BigramAssocMeasures.
// Source: Manning & Schütze 1999, "Foundations of Statistical Natural Language Processing", chapter 5; Church & Hanks 1990 for windows.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { FreqDist } from "./frequencies.ts";

/** Counts of a pair: together, the first word, the second word, all words. */
export interface PairCounts {
  readonly pair: number;
  readonly first: number;
  readonly second: number;
  readonly total: number;
}

const tiny = 1e-20;

// Observed counts of both, second alone, first alone, neither; and what chance would give.
function table({ pair, first, second, total }: PairCounts): { observed: number[]; expected: number[] } {
  const observed = [pair, second - pair, first - pair, total - first - second + pair];
  const all = observed.reduce((sum, count) => sum + count, 0);
  const expected = observed.map((count, i) => ((count + observed[i ^ 1]) * (count + observed[i ^ 2])) / all);
  return { observed, expected };
}

function likelihoodRatio(counts: PairCounts): number {
  const { observed, expected } = table(counts);
  return 2 * observed.reduce((sum, count, i) => sum + count * Math.log(count / (expected[i] + tiny) + tiny), 0);
}

function chiSquared(counts: PairCounts): number {
  const [both, second, first, neither] = table(counts).observed;
  return (counts.total * (both * neither - second * first) ** 2) / ((both + second) * (both + first) * (second + neither) * (first + neither));
}

/**
 * Measures of association, by name.
 *
 * pmi = log2(pair · total) - log2(first · second). likelihoodRatio = 2 Σ o ln(o / e) over the four cells. studentT = (pair - first · second / total) / √pair.
 * chiSquared = total · φ². rawFrequency = pair / total.
 */
export const pairMeasures: Readonly<Record<PairMeasure, (counts: PairCounts) => number>> = {
  pmi: ({ pair, first, second, total }: PairCounts) => Math.log2(pair * total) - Math.log2(first * second),
  likelihoodRatio,
  studentT: ({ pair, first, second, total }: PairCounts) => (pair - (first * second) / total) / Math.sqrt(pair + tiny),
  chiSquared,
  rawFrequency: ({ pair, total }: PairCounts) => pair / total,
};

/** Name of a measure. */
export type PairMeasure = "pmi" | "likelihoodRatio" | "studentT" | "chiSquared" | "rawFrequency";

/** How pairs are found and ranked. */
export interface CollocationOptions {
  /** Default likelihoodRatio. */
  readonly measure?: PairMeasure;
  /** Most pairs given (default 20). */
  readonly limit?: number;
  /** Pairs that occur less often are left out (default 1). */
  readonly least?: number;
  /** A pair may have up to window - 2 words in between (default 2: neighbours); its count is divided by window - 1. */
  readonly window?: number;
  /** Words for which this is true are in no pair. */
  readonly ignore?: (word: string) => boolean;
}

/** A pair with its score and count. */
export interface Collocation {
  readonly words: readonly [string, string];
  readonly score: number;
  readonly count: number;
}

/**
 * The pairs of words with the highest scores; among equals in alphabetical (code point) order.
 *
 * Errors: E_OPTION when the window is no whole number from 2.
 *
 * @example
 * collocations("red ink and red ink and blue".split(" "), { limit: 1 })[0].words; // ["ink", "and"]
 */
export function collocations(words: readonly string[], options: CollocationOptions = {}): Collocation[] {
  refuseUnknown<CollocationOptions>("collocations", options, { measure: true, limit: true, least: true, window: true, ignore: true });
  const { measure = "likelihoodRatio", limit = 20, least = 1, window = 2, ignore = () => false } = options;
  if (!Number.isInteger(window) || window < 2)
    throw new InkstoneError("E_OPTION", { option: "window", value: window, allowed: { en: "whole numbers from 2", zh: "从 2 起的整数" } });
  const single = new FreqDist(words);
  const found: Collocation[] = [];
  for (const [first, seconds] of pairs(words, window)) {
    if (ignore(first)) continue;
    for (const [second, count] of seconds) {
      if (count < least || ignore(second)) continue;
      const counts = { pair: count / (window - 1), first: single.get(first), second: single.get(second), total: single.total };
      found.push({ words: [first, second], score: pairMeasures[measure](counts), count });
    }
  }
  return found.sort((a, b) => b.score - a.score || compare(a.words[0], b.words[0]) || compare(a.words[1], b.words[1])).slice(0, limit);
}

function pairs(words: readonly string[], window: number): Map<string, FreqDist> {
  const found = new Map<string, FreqDist>();
  for (const [i, first] of words.entries()) {
    const seconds = found.get(first) ?? new FreqDist();
    found.set(first, seconds);
    for (let j = i + 1; j < Math.min(words.length, i + window); j++) seconds.add(words[j]);
  }
  return found;
}

// By code points, as Python compares; UTF-16 units would put U+FFxx behind emoji.
function compare(a: string, b: string): number {
  if (a === b) return 0;
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i].codePointAt(0)! - right[i].codePointAt(0)!;
  return left.length - right.length;
}
