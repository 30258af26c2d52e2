// Proper scores of probabilities: log loss and Brier.
import { needNumbers, needPairs } from "../checks.ts";
import { binaryTruth, codesOf, type Label } from "../labels.ts";
import { needProbabilityRows, type ScoreRows } from "./rows.ts";

/**
 * Log loss (cross-entropy) in nats: the mean of -ln p(true class), probabilities held within 2^-52 … 1 - 2^-52.
 *
 * `probabilities[i][j]` belongs to row i and `classes[j]`; a row adds up to 1 (within 0.001).
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_NUMBER`, `E_METRIC_ROW`. Source: scikit-learn's `log_loss`.
 *
 * @example
 * logLoss(["spam", "ham"], [[0.1, 0.9], [0.9, 0.1]], ["ham", "spam"]); // 0.1054
 */
export function logLoss(truth: readonly Label[], probabilities: ScoreRows, classes: readonly Label[]): number {
  needProbabilityRows("probabilities", probabilities, truth.length, classes);
  let total = 0;
  for (const [i, code] of codesOf("truth", truth, classes).entries()) {
    const held = Math.min(Math.max(probabilities[i][code], Number.EPSILON), 1 - Number.EPSILON);
    total -= Math.log(held);
  }
  return total / truth.length;
}

/**
 * Brier score of two classes: the mean of (p - y)², y = 1 where the row is `positive` (default 1), else 0. 0 is best, 1 worst.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION`.
 * Source: Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; scikit-learn's `brier_score_loss`.
 *
 * @example
 * brier([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]); // 0.0375
 */
export function brier(truth: readonly Label[], probabilities: ArrayLike<number>, options: { readonly positive?: Label } = {}): number {
  needPairs("probabilities", probabilities.length, "truth", truth.length);
  needNumbers("probabilities", probabilities, 0, 1);
  let total = 0;
  for (const [i, is] of binaryTruth(truth, options.positive ?? 1).entries()) total += (probabilities[i] - is) ** 2;
  return total / truth.length;
}

/**
 * Brier score of several classes: the mean over rows of Σ (p - y)² over classes, from 0 to 2; halved for two classes, so that it equals `brier`.
 *
 * Errors: as `logLoss`. Source: Brier 1950; scikit-learn's `brier_score_loss`.
 *
 * @example
 * brierOfClasses(["egg", "ham"], [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]], ["egg", "ham", "spam"]); // 0.1
 */
export function brierOfClasses(truth: readonly Label[], probabilities: ScoreRows, classes: readonly Label[]): number {
  needProbabilityRows("probabilities", probabilities, truth.length, classes);
  let total = 0;
  for (const [i, code] of codesOf("truth", truth, classes).entries()) {
    for (let j = 0; j < classes.length; j++) total += (probabilities[i][j] - (j === code ? 1 : 0)) ** 2;
  }
  return total / truth.length / (classes.length === 2 ? 2 : 1);
}
