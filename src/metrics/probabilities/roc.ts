// The ROC curve and the area below it: of two classes, and of each class against the rest.
import { refuseUnknown } from "../../core/index.ts";
import { codesOf, type Label } from "../labels.ts";
import { averageKnown, mean, sum } from "../numbers.ts";
import { needScoreRows, type ScoreRows } from "./rows.ts";
import { keptPoints, labelCounts, type ThresholdCounts, thresholdCounts } from "./thresholds.ts";

/** Options of curves of two classes. */
export interface CurveOptions {
  /** The label that scores speak for. Default 1. */
  readonly positive?: Label;
  /** Leave out points that the drawn line would not show. */
  readonly dropIntermediate?: boolean;
}

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** False positives / negatives. NaN without negatives. */
  readonly falsePositiveRate: readonly number[];
  /** True positives / positives. NaN without positives. */
  readonly truePositiveRate: readonly number[];
  /** A row is called positive from this score on; the first is Infinity: none is. */
  readonly thresholds: readonly number[];
}

// A point on the straight line between its neighbours is not seen.
function corners(counts: ThresholdCounts): ThresholdCounts {
  const bends = (values: readonly number[], i: number) => values[i + 1] - 2 * values[i] + values[i - 1] !== 0;
  return keptPoints(counts, (i) => bends(counts.falsePositives, i) || bends(counts.truePositives, i));
}

function curve(counts: ThresholdCounts): RocCurve {
  const rate = (values: readonly number[]) => [0, ...values].map((value) => (values.at(-1) === 0 ? Number.NaN : value / values.at(-1)!));
  return {
    falsePositiveRate: rate(counts.falsePositives),
    truePositiveRate: rate(counts.truePositives),
    thresholds: [Number.POSITIVE_INFINITY, ...counts.thresholds],
  };
}

/**
 * The ROC curve of two classes: how many positives are found at the price of how many false alarms, threshold by threshold; equal scores make one step.
 *
 * `dropIntermediate` (default true) leaves out points on straight lines; the area stays the same.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION` for a `positive` that never occurs. Source: scikit-learn's `roc_curve`.
 *
 * @example
 * rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).truePositiveRate; // [0, 0.5, 0.5, 1, 1]
 */
export function rocCurve(truth: readonly Label[], scores: ArrayLike<number>, options: CurveOptions = {}): RocCurve {
  refuseUnknown<CurveOptions>("rocCurve", options, { positive: true, dropIntermediate: true });
  const counts = labelCounts(truth, scores, options.positive ?? 1);
  return curve((options.dropIntermediate ?? true) ? corners(counts) : counts);
}

function areaBelow({ falsePositiveRate: x, truePositiveRate: y }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}

/**
 * The area below the ROC curve: how often a positive row scores higher than a negative one, ties as halves. NaN where a class is absent.
 *
 * Errors: as `rocCurve`. Source: Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747; scikit-learn's `roc_auc_score`.
 *
 * @example
 * rocAuc(["ham", "ham", "spam", "spam"], [0.1, 0.4, 0.35, 0.8], { positive: "spam" }); // 0.75
 */
export function rocAuc(truth: readonly Label[], scores: ArrayLike<number>, options: Pick<CurveOptions, "positive"> = {}): number {
  return areaBelow(curve(labelCounts(truth, scores, options.positive ?? 1)));
}

/** A score of each class against the rest, and its averages. */
export interface OneVersusRest {
  /** In the order of the classes. NaN (area) or 0 (precision) where a class, or every other, is absent. */
  readonly byClass: readonly number[];
  /** The plain mean: NaN as soon as one is. */
  readonly macro: number;
  /** The mean by true rows: classes without rows do not count. */
  readonly weighted: number;
  /** All decisions "this row, this class" as one task of two classes. */
  readonly micro: number;
}

/** Any score of two classes, for every class against the rest. */
export function oneVersusRest(
  truth: readonly Label[],
  scores: ScoreRows,
  classes: readonly Label[],
  score: (truth: Uint8Array, scores: Float64Array) => number,
): OneVersusRest {
  needScoreRows("scores", scores, truth.length, classes);
  const codes = codesOf("truth", truth, classes);
  const isClass = (j: number) => Uint8Array.from(codes, (code) => (code === j ? 1 : 0));
  const support = classes.map((_, j) => sum(isClass(j)));
  const byClass = classes.map((_, j) =>
    score(
      isClass(j),
      Float64Array.from(scores, (row) => row[j]),
    ),
  );
  const decisions = new Uint8Array(codes.length * classes.length);
  for (const [i, code] of codes.entries()) decisions[i * classes.length + code] = 1;
  const flat = Float64Array.from(decisions, (_, at) => scores[Math.floor(at / classes.length)][at % classes.length]);
  const counted = byClass.map((value, j) => (support[j] === 0 ? 0 : value));
  return {
    byClass,
    macro: mean(byClass),
    weighted: counted.some(Number.isNaN) ? Number.NaN : averageKnown(counted, support),
    micro: score(decisions, flat),
  };
}

/**
 * The area below the ROC curve of each class against the rest. `scores[i][j]` belongs to row i and `classes[j]`.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_NUMBER`, `E_METRIC_ROW`. Source: scikit-learn's `roc_auc_score(multi_class="ovr")`.
 *
 * @example
 * rocAucOneVsRest(["a", "b", "c"], [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2]], ["a", "b", "c"]).byClass; // [1, 1, 0.5]
 */
export function rocAucOneVsRest(truth: readonly Label[], scores: ScoreRows, classes: readonly Label[]): OneVersusRest {
  return oneVersusRest(truth, scores, classes, (rows, values) => areaBelow(curve(thresholdCounts(rows, values))));
}
