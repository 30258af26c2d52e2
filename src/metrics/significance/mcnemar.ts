// McNemar's test: whether two classifiers differ, from the rows that only one of them has right.
import { encodeLabels, type Label } from "../labels.ts";
import { normalBelow } from "./normal.ts";

/** The outcome of McNemar's test. */
export interface McNemarTest {
  /** Rows that only the first classifier has right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided. 1 where the classifiers are right on the same rows. */
  readonly pValue: number;
}

// P(X <= k) for X of n fair coins: the largest term by its logarithm, the others as multiples of it.
function fairCoinsBelow(k: number, n: number): number {
  let logLargest = -n * Math.LN2;
  for (let i = 1; i <= k; i++) logLargest += Math.log((n - k + i) / i);
  let [term, total] = [1, 1];
  for (let i = k; i > 0 && term > 0; i--) total += term *= i / (n - i + 1);
  return Math.exp(logLargest) * total;
}

/**
 * McNemar's test of two classifiers on the same rows. Exact (binomial) unless `exact` is false: then χ² = (|b - c| - 1)² / (b + c), one degree of freedom.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`. Source: McNemar 1947, doi:10.1007/BF02295996; Edwards 1948 (continuity correction).
 *
 * @example
 * mcnemar(["a", "a", "a", "b"], ["b", "b", "b", "b"], ["a", "a", "a", "b"]).pValue; // 0.25
 */
export function mcnemar(
  truth: readonly Label[],
  first: readonly Label[],
  second: readonly Label[],
  options: { readonly exact?: boolean } = {},
): McNemarTest {
  const [one, other] = [encodeLabels(truth, first, undefined, ["truth", "first"]), encodeLabels(truth, second, undefined, ["truth", "second"])];
  let [onlyFirst, onlySecond] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    const [a, b] = [one, other].map((coded) => coded.truth[i] === coded.predicted[i]);
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  const n = onlyFirst + onlySecond;
  if (n === 0) return { onlyFirst, onlySecond, pValue: 1 };
  const statistic = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) / Math.sqrt(n);
  const pValue = (options.exact ?? true) ? Math.min(1, 2 * fairCoinsBelow(Math.min(onlyFirst, onlySecond), n)) : 2 * normalBelow(-statistic);
  return { onlyFirst, onlySecond, pValue };
}
