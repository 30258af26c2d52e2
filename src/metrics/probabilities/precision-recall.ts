// The precision-recall curve and average precision: of two classes, and of each class against the rest.
import { refuseUnknown } from "../../core/index.ts";
import type { Label } from "../labels.ts";
import { type CurveOptions, type OneVersusRest, oneVersusRest } from "./roc.ts";
import type { ScoreRows } from "./rows.ts";
import { keptPoints, labelCounts, type ThresholdCounts, thresholdCounts } from "./thresholds.ts";

/** Points of a precision-recall curve, by ascending threshold; the last is (recall 0, precision 1) and has no threshold. */
export interface PrecisionRecallCurve {
  readonly precision: readonly number[];
  /** 1 everywhere (but at the last point) where no row is positive. */
  readonly recall: readonly number[];
  /** One less than the points. */
  readonly thresholds: readonly number[];
}

function curve({ thresholds, truePositives, falsePositives }: ThresholdCounts): PrecisionRecallCurve {
  const positives = truePositives.at(-1)!;
  return {
    precision: [...truePositives.map((hits, i) => hits / (hits + falsePositives[i])).reverse(), 1],
    recall: [...truePositives.map((hits) => (positives === 0 ? 1 : hits / positives)).reverse(), 0],
    thresholds: [...thresholds].reverse(),
  };
}

/**
 * Precision and recall at every threshold; equal scores share one.
 *
 * `dropIntermediate` (default false) keeps only the first and the last point of each recall.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION`. Source: scikit-learn's `precision_recall_curve`.
 *
 * @example
 * precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).recall; // [1, 1, 0.5, 0.5, 0]
 */
export function precisionRecallCurve(truth: readonly Label[], scores: ArrayLike<number>, options: CurveOptions = {}): PrecisionRecallCurve {
  refuseUnknown<CurveOptions>("precisionRecallCurve", options, { positive: true, dropIntermediate: true });
  const counts = labelCounts(truth, scores, options.positive ?? 1);
  const hits = counts.truePositives;
  return curve(options.dropIntermediate ? keptPoints(counts, (i) => hits[i] !== hits[i - 1] || hits[i] !== hits[i + 1]) : counts);
}

function steps({ precision, recall }: PrecisionRecallCurve): number {
  let total = 0;
  for (let i = 0; i + 1 < recall.length; i++) total += (recall[i] - recall[i + 1]) * precision[i];
  return total;
}

// Without positives there is nothing to find: 0 as scikit-learn has it, though the curve's recall stands at 1.
function averagePrecisionOf(counts: ThresholdCounts): number {
  return counts.truePositives.at(-1) === 0 ? 0 : steps(curve(counts));
}

/**
 * Average precision: Σ (recall step) · precision, without interpolation, equal scores as one step. 0 where no row is positive.
 *
 * Errors: as `precisionRecallCurve`. Source: scikit-learn's `average_precision_score`.
 *
 * @example
 * averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.8333
 */
export function averagePrecision(truth: readonly Label[], scores: ArrayLike<number>, options: Pick<CurveOptions, "positive"> = {}): number {
  return averagePrecisionOf(labelCounts(truth, scores, options.positive ?? 1));
}

/**
 * Average precision of each class against the rest. `scores[i][j]` belongs to row i and `classes[j]`.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_NUMBER`, `E_METRIC_ROW`. Source: scikit-learn's `average_precision_score`.
 *
 * @example
 * averagePrecisionOneVsRest(["a", "b", "c"], [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], ["a", "b", "c"]).byClass; // [1, 1, 0.5]
 */
export function averagePrecisionOneVsRest(truth: readonly Label[], scores: ScoreRows, classes: readonly Label[]): OneVersusRest {
  return oneVersusRest(truth, scores, classes, (rows, values) => averagePrecisionOf(thresholdCounts(rows, values)));
}
