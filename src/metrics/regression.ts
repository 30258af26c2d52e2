// Scores of numbers against numbers: errors, explained variance, correlations.
import { needNumbers, needPairs } from "./checks.ts";
import { mean, sum } from "./numbers.ts";

function needNumberPairs(truth: ArrayLike<number>, predicted: ArrayLike<number>): void {
  needPairs("predicted", predicted.length, "truth", truth.length);
  needNumbers("truth", truth);
  needNumbers("predicted", predicted);
}

const differences = (truth: ArrayLike<number>, predicted: ArrayLike<number>) => Float64Array.from(truth, (value, i) => value - predicted[i]);
const squares = (values: Float64Array): number => sum(values.map((value) => value * value));

/**
 * Mean squared error: Σ (truth - predicted)² / n.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`. Source: scikit-learn's `mean_squared_error`.
 *
 * @example
 * meanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.375
 */
export function meanSquaredError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  needNumberPairs(truth, predicted);
  return squares(differences(truth, predicted)) / truth.length;
}

/**
 * Mean absolute error: Σ |truth - predicted| / n.
 *
 * Errors: as `meanSquaredError`. Source: scikit-learn's `mean_absolute_error`.
 *
 * @example
 * meanAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.5
 */
export function meanAbsoluteError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  needNumberPairs(truth, predicted);
  return mean(differences(truth, predicted).map(Math.abs));
}

/**
 * R²: 1 - Σ (truth - predicted)² / Σ (truth - mean)². Where the truth is constant: 1 for no error at all, else 0. NaN for one row.
 *
 * Errors: as `meanSquaredError`. Source: scikit-learn's `r2_score`.
 *
 * @example
 * r2([3, -0.5, 2, 7], [2.5, 0, 2, 8]); // 0.9486
 */
export function r2(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  needNumberPairs(truth, predicted);
  if (truth.length < 2) return Number.NaN;
  const middle = mean(truth);
  const missed = squares(differences(truth, predicted));
  const spread = squares(Float64Array.from(truth, (value) => value - middle));
  return spread === 0 ? (missed === 0 ? 1 : 0) : 1 - missed / spread;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const x = Float64Array.from(a, (value) => value - meanA);
  const y = Float64Array.from(b, (value) => value - meanB);
  const constant = (values: ArrayLike<number>) => Array.prototype.every.call(values, (value: number) => value === values[0]);
  if (constant(a) || constant(b)) return Number.NaN;
  const product = sum(x.map((value, i) => value * y[i])) / Math.sqrt(squares(x) * squares(y));
  return Math.max(-1, Math.min(1, product));
}

/**
 * Pearson's correlation, from -1 to 1. NaN where a side is constant (one row is).
 *
 * Errors: as `meanSquaredError`. Source: SciPy's `pearsonr`.
 *
 * @example
 * pearson([1, 2, 3, 4], [1, 3, 2, 5]); // 0.8315
 */
export function pearson(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  needNumberPairs(truth, predicted);
  return correlation(truth, predicted);
}

/** Ranks from 1 on; equal values share the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const found = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) found[order[i]] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, equal values with the mean of theirs. NaN where a side is constant.
 *
 * Errors: as `meanSquaredError`. Source: SciPy's `spearmanr`.
 *
 * @example
 * spearman([1, 2, 3, 4], [10, 30, 20, 50]); // 0.8
 */
export function spearman(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  needNumberPairs(truth, predicted);
  return correlation(ranks(truth), ranks(predicted));
}
