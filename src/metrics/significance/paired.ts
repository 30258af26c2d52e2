// Whether two systems differ on the same rows: paired bootstrap and approximate randomization.
import { needPairs } from "../checks.ts";
import { ascending, quantile } from "../numbers.ts";
import { walkRows } from "../walk.ts";
import { drawPairs, needResampling, type ResamplingOptions, swapPairs } from "./resampling.ts";

/** The outcome of a paired test. */
export interface PairedTest {
  /** Score of the second system less that of the first. */
  readonly difference: number;
  /** How often chance alone would give a difference as large, in either direction: (cases + 1) / (resamples + 1). 1 for equal systems. */
  readonly pValue: number;
}

/** The outcome of a paired bootstrap. */
export interface PairedBootstrap extends PairedTest {
  /** The middle 95 % of the resampled differences. */
  readonly low: number;
  readonly high: number;
  /** The share of resamples in which the second system scores higher; ties count half. */
  readonly secondBetter: number;
}

// Differences that are equal but for rounding count as equal; one that is unknown (NaN) speaks for chance.
const ROUNDING = 1e-12;
const reaches = (found: number, wanted: number): boolean => !(found < wanted - ROUNDING * Math.max(1, wanted));

function needSides<T>(first: readonly T[], second: readonly T[], resamples: number, seed: number): void {
  needPairs("second", second.length, "first", first.length);
  needResampling(first.length, resamples, seed);
}

/**
 * Paired bootstrap: rows are drawn with replacement, the same for both systems. Two-sided: a case is a resampled difference that lies as far from the real
 * one as that lies from 0.
 *
 * `first[i]` and `second[i]` are what the two systems did with the same example. Seeded; does not hold the event loop.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`; `E_OPTION`; those of `score`; the reason of `signal`.
 * Source: Koehn 2004, "Statistical significance tests for machine translation evaluation"; Berg-Kirkpatrick et al. 2012 (shift to the null hypothesis).
 *
 * @example
 * const { pValue } = await pairedBootstrap([0, 1, 0, 0], [0, 1, 0, 0], (rows) => rows.reduce((a, b) => a + b)); // 1
 */
export async function pairedBootstrap<T>(
  first: readonly T[],
  second: readonly T[],
  score: (rows: readonly T[]) => number,
  options: ResamplingOptions = {},
): Promise<PairedBootstrap> {
  const { seed = 0, resamples = 1000 } = options;
  needSides(first, second, resamples, seed);
  const difference = score(second) - score(first);
  const differences = new Float64Array(resamples);
  const draw = (i: number) => {
    const [one, other] = drawPairs(first, second, seed, i);
    differences[i] = score(other) - score(one);
  };
  await walkRows(resamples, draw, options);
  const cases = differences.filter((found) => reaches(Math.abs(found - difference), Math.abs(difference))).length;
  const better = differences.reduce((all, found) => all + (found > 0 ? 1 : found === 0 ? 0.5 : 0), 0);
  const sorted = ascending(differences);
  return {
    difference,
    pValue: (cases + 1) / (resamples + 1),
    low: quantile(sorted, 0.025),
    high: quantile(sorted, 0.975),
    secondBetter: better / resamples,
  };
}

/**
 * Approximate randomization: if the systems were one, what they did with an example could change sides. A case is a trial whose difference, sides changed by
 * chance, is as large as the real one.
 *
 * Seeded; does not hold the event loop. sacrebleu counts only larger differences, so that equal systems get p near 0 there, 1 here.
 * Errors: as `pairedBootstrap`. Source: Noreen 1989; Riezler & Maxwell 2005, "On some pitfalls in automatic evaluation and significance testing for MT".
 *
 * @example
 * const { pValue } = await approximateRandomization([0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1], (rows) => rows.reduce((a, b) => a + b)); // 0.0087
 */
export async function approximateRandomization<T>(
  first: readonly T[],
  second: readonly T[],
  score: (rows: readonly T[]) => number,
  options: ResamplingOptions = {},
): Promise<PairedTest> {
  const { seed = 0, resamples = 10_000 } = options;
  needSides(first, second, resamples, seed);
  const difference = score(second) - score(first);
  let cases = 0;
  const attempt = (i: number) => {
    const [one, other] = swapPairs(first, second, seed, i);
    if (reaches(Math.abs(score(other) - score(one)), Math.abs(difference))) cases++;
  };
  await walkRows(resamples, attempt, options);
  return { difference, pValue: (cases + 1) / (resamples + 1) };
}
