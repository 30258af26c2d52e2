// Matthews correlation and Cohen's kappa: agreement beyond chance.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { countClasses, encodeLabels, type Label } from "../labels.ts";
import { sum } from "../numbers.ts";
import { countPairs } from "./confusion.ts";

const dot = (a: Float64Array, b: Float64Array): number => sum(a.map((value, i) => value * b[i]));

/**
 * Matthews correlation coefficient, from -1 to 1, for two or more classes; 0 where truth or prediction has a single class.
 *
 * (c s - Σ t p) / √((s² - Σ p²)(s² - Σ t²)), with c right rows, s rows, t and p the rows that are and were called a class.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`. Source: Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006; scikit-learn's `matthews_corrcoef`.
 *
 * @example
 * matthews([1, 1, 1, -1], [1, -1, 1, 1]); // -0.3333
 */
export function matthews(truth: readonly Label[], predicted: readonly Label[]): number {
  const { hits, called, actual } = countClasses(encodeLabels(truth, predicted));
  const total = truth.length;
  const spread = (total * total - dot(called, called)) * (total * total - dot(actual, actual));
  return spread === 0 ? 0 : (sum(hits) * total - dot(actual, called)) / Math.sqrt(spread);
}

/** Options of `cohenKappa`. */
export interface KappaOptions {
  /** All labels in their order, which the weights use. Default: those that occur, sorted. */
  readonly labels?: readonly Label[];
  /** How much worse a far label is than a near one: by their distance, or its square. Default "none": all errors are alike. */
  readonly weights?: "none" | "linear" | "quadratic";
}

/**
 * Cohen's kappa between two raters: 1 - observed / expected disagreement. 1 is agreement, 0 chance. NaN where both use one and the same label only.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_ROW`; `E_OPTION` (weights; more than 5,000 labels).
 * Source: Cohen 1960, doi:10.1177/001316446002000104, and 1968 (weights); scikit-learn's `cohen_kappa_score`.
 *
 * @example
 * cohenKappa(["negative", "positive", "negative", "neutral", "positive"], ["negative", "positive", "negative", "neutral", "negative"]); // 0.6875
 */
export function cohenKappa(first: readonly Label[], second: readonly Label[], options: KappaOptions = {}): number {
  refuseUnknown<KappaOptions>("cohenKappa", options, { labels: true, weights: true });
  const { weights = "none" } = options;
  const distances = { none: (d: number) => (d === 0 ? 0 : 1), linear: (d: number) => Math.abs(d), quadratic: (d: number) => d * d };
  const weigh = distances[weights];
  if (weigh === undefined) throw new InkstoneError("E_OPTION", { option: "weights", value: weights, allowed: Object.keys(distances) });
  const coded = encodeLabels(first, second, options.labels, ["first", "second"]);
  const counts = countPairs(coded);
  const { called, actual } = countClasses(coded);
  let [observed, expected] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    for (let j = 0; j < counts.length; j++) {
      observed += weigh(i - j) * counts[i][j];
      expected += (weigh(i - j) * actual[i] * called[j]) / first.length;
    }
  }
  return expected === 0 ? Number.NaN : 1 - observed / expected;
}
