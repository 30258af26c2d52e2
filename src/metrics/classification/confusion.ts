// The confusion matrix, from which most scores of labels follow.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { needOption } from "../checks.ts";
import { type CodedLabels, encodeLabels, type Label } from "../labels.ts";
import { sum } from "../numbers.ts";

/** How often each label was taken for each. */
export interface ConfusionMatrix {
  readonly labels: readonly Label[];
  /** counts[i][j]: rows of labels[i] that were called labels[j]. Shares, when normalised. */
  readonly counts: readonly (readonly number[])[];
}

/** Options of `confusionMatrix`. */
export interface ConfusionOptions {
  /** Every label there is, in the order wanted. Default: those that occur, sorted. */
  readonly labels?: readonly Label[];
  /** Divide by the sum of the true label's row, of the predicted label's column, or of all. A sum of 0 gives shares of 0. Default: counts. */
  readonly normalize?: "truth" | "predicted" | "all";
}

/** A matrix of more labels than these would not fit into memory, and more are texts taken for labels. */
const MOST_LABELS = 5000;

/** Counts of coded rows, row after row. Errors: `E_OPTION` for more than 5,000 labels. */
export function countPairs({ labels, truth, predicted }: CodedLabels): number[][] {
  needOption("labels", labels.length, labels.length <= MOST_LABELS, {
    en: `at most ${MOST_LABELS} different labels`,
    zh: `最多 ${MOST_LABELS} 个不同的标签`,
  });
  const counts = labels.map(() => new Array<number>(labels.length).fill(0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]][predicted[i]]++;
  return counts;
}

/**
 * The confusion matrix: rows are true labels, columns predicted ones.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL` (a row whose label is not in `labels`), `E_METRIC_ROW`; `E_OPTION` (more than 5,000 labels).
 * Source: scikit-learn's `confusion_matrix`.
 *
 * @example
 * confusionMatrix(["ham", "ham", "spam"], ["ham", "spam", "spam"]).counts; // [[1, 1], [0, 1]]
 */
export function confusionMatrix(truth: readonly Label[], predicted: readonly Label[], options: ConfusionOptions = {}): ConfusionMatrix {
  refuseUnknown<ConfusionOptions>("confusionMatrix", options, { labels: true, normalize: true });
  const coded = encodeLabels(truth, predicted, options.labels);
  const counts = countPairs(coded);
  if (options.normalize === undefined) return { labels: coded.labels, counts };
  const rows = counts.map(sum);
  const columns = coded.labels.map((_, j) => sum(counts.map((row) => row[j])));
  const whole = sum(rows);
  const divisor = { truth: (i: number) => rows[i], predicted: (_: number, j: number) => columns[j], all: () => whole }[options.normalize];
  if (divisor === undefined) {
    throw new InkstoneError("E_OPTION", { option: "normalize", value: options.normalize, allowed: ["truth", "predicted", "all"] });
  }
  return { labels: coded.labels, counts: counts.map((row, i) => row.map((count, j) => (count === 0 ? 0 : count / divisor(i, j)))) };
}
