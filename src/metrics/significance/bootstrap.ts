// Confidence intervals by bootstrap: percentile, and bias-corrected and accelerated.
import { InkstoneError } from "../../core/index.ts";
import { needOption } from "../checks.ts";
import { ascending, mean, quantile, sum } from "../numbers.ts";
import { walkRows } from "../walk.ts";
import { normalBelow, normalQuantile } from "./normal.ts";
import { drawRows, needResampling, type ResamplingOptions } from "./resampling.ts";

/** Options of `bootstrap`. */
export interface BootstrapOptions extends ResamplingOptions {
  /** Default 0.95. */
  readonly confidence?: number;
  /** "bca" corrects for bias and skew; it also scores every set of rows but one. Default "percentile". */
  readonly method?: "percentile" | "bca";
}

/** A score with its interval. */
export interface BootstrapInterval {
  /** The score of the rows as they are. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the resampled scores (n - 1). */
  readonly standardError: number;
  /** The score of each resample, in the order drawn. */
  readonly scores: Float64Array;
}

// Where BCa puts the ends of an interval that the percentile method would put at `tail` and 1 - tail. Efron 1987.
async function correctedTails<T>(
  rows: readonly T[],
  score: (rows: readonly T[]) => number,
  scores: Float64Array,
  estimate: number,
  tail: number,
  options: BootstrapOptions,
): Promise<[number, number]> {
  const without = new Float64Array(rows.length);
  await walkRows(rows.length, (i) => (without[i] = score(rows.toSpliced(i, 1))), { signal: options.signal });
  const middle = mean(without);
  const gaps = without.map((value) => middle - value);
  const squares = sum(gaps.map((gap) => gap * gap));
  const skew = squares === 0 ? 0 : sum(gaps.map((gap) => gap ** 3)) / 6 / squares ** 1.5;
  const below = scores.reduce((all, value) => all + (value < estimate ? 1 : value === estimate ? 0.5 : 0), 0) / scores.length;
  const least = 1 / (scores.length + 1);
  const bias = normalQuantile(Math.min(Math.max(below, least), 1 - least));
  const end = (z: number) => normalBelow(bias + (bias + z) / (1 - skew * (bias + z)));
  const z = normalQuantile(tail);
  return [end(z), end(-z)];
}

/**
 * The confidence interval of any score of rows: rows are drawn with replacement, as many as there are, and scored again.
 *
 * A row is whatever `score` takes: a number, a pair of labels, the counts of a sentence. NaN scores (a resample without positives) are left out of the interval.
 * Seeded: the same seed gives the same interval. Does not hold the event loop.
 * Errors: `E_METRIC_EMPTY`; `E_OPTION`; those of `score`; the reason of `signal`.
 * Source: Efron & Tibshirani 1993; BCa: Efron 1987, doi:10.1080/01621459.1987.10478410; SciPy's `stats.bootstrap` (where every resample lies on one side of
 * the score, that has NaN, here 1 resample of 1 more lies on the other).
 *
 * @example
 * const { low } = await bootstrap([1, 0, 1, 1, 0, 1, 1, 1], (rows) => rows.reduce((a, b) => a + b) / rows.length, { seed: 7 }); // 0.5
 */
export async function bootstrap<T>(
  rows: readonly T[],
  score: (rows: readonly T[]) => number,
  options: BootstrapOptions = {},
): Promise<BootstrapInterval> {
  const { seed = 0, resamples = 1000, confidence = 0.95, method = "percentile" } = options;
  needResampling(rows.length, resamples, seed);
  needOption("confidence", confidence, confidence > 0 && confidence < 1, { en: "numbers between 0 and 1", zh: "0 与 1 之间的数" });
  if (method !== "percentile" && method !== "bca")
    throw new InkstoneError("E_OPTION", { option: "method", value: method, allowed: ["percentile", "bca"] });
  const estimate = score(rows);
  const scores = new Float64Array(resamples);
  await walkRows(resamples, (i) => (scores[i] = score(drawRows(rows, seed, i))), options);
  const known = scores.filter((value) => !Number.isNaN(value));
  const tail = (1 - confidence) / 2;
  const tails: [number, number] =
    method === "bca" && rows.length > 1 ? await correctedTails(rows, score, known, estimate, tail, options) : [tail, 1 - tail];
  const sorted = ascending(known);
  const middle = mean(known);
  return {
    estimate,
    low: quantile(sorted, tails[0]),
    high: quantile(sorted, tails[1]),
    standardError: Math.sqrt(sum(known.map((value) => (value - middle) ** 2)) / (known.length - 1)),
    scores,
  };
}
