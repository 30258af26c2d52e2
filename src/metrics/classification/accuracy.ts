// Accuracy, and its relatives: balanced over classes, and among the k best.
import { needWhole } from "../checks.ts";
import { codesOf, countClasses, encodeLabels, type Label } from "../labels.ts";
import { mean } from "../numbers.ts";
import { needScoreRows, type ScoreRows } from "../probabilities/rows.ts";

/**
 * The share of rows whose predicted label is the true one, from 0 to 1.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`. Source: scikit-learn's `accuracy_score`.
 *
 * @example
 * accuracy(["a", "b", "b"], ["a", "b", "a"]); // 0.6667
 */
export function accuracy(truth: readonly Label[], predicted: readonly Label[]): number {
  const coded = encodeLabels(truth, predicted);
  let right = 0;
  for (let i = 0; i < coded.truth.length; i++) if (coded.truth[i] === coded.predicted[i]) right++;
  return right / coded.truth.length;
}

/**
 * The mean recall of the classes that occur in the truth. `adjusted` moves chance to 0: (score - 1/classes) / (1 - 1/classes); NaN for a single class.
 *
 * Errors: as `accuracy`. Source: Brodersen et al. 2010, "The balanced accuracy and its posterior distribution"; scikit-learn's `balanced_accuracy_score`.
 *
 * @example
 * balancedAccuracy(["a", "a", "a", "b"], ["a", "a", "b", "b"]); // 0.8333
 */
export function balancedAccuracy(truth: readonly Label[], predicted: readonly Label[], options: { readonly adjusted?: boolean } = {}): number {
  const { hits, actual } = countClasses(encodeLabels(truth, predicted));
  const recalls = hits.map((count, i) => count / actual[i]).filter((_, i) => actual[i] > 0);
  const score = mean(recalls);
  return options.adjusted ? (score - 1 / recalls.length) / (1 - 1 / recalls.length) : score;
}

/**
 * The share of rows whose true label is among the k of highest score. `scores[i][j]` belongs to row i and `classes[j]`; of equal scores the later class counts as higher.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION` for k below 1. Source: scikit-learn's `top_k_accuracy_score`.
 *
 * @example
 * topKAccuracy(["a", "c"], [[0.2, 0.5, 0.3], [0.1, 0.3, 0.6]], 1, ["a", "b", "c"]); // 0.5
 */
export function topKAccuracy(truth: readonly Label[], scores: ScoreRows, k: number, classes: readonly Label[]): number {
  needWhole("k", k);
  needScoreRows("scores", scores, truth.length, classes);
  const codes = codesOf("truth", truth, classes);
  let hits = 0;
  for (let i = 0; i < codes.length; i++) {
    const own = scores[i][codes[i]];
    let above = 0;
    for (let j = 0; j < classes.length; j++) if (scores[i][j] > own || (scores[i][j] === own && j > codes[i])) above++;
    if (above < k) hits++;
  }
  return hits / codes.length;
}
