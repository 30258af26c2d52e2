// Calibration: whether of all rows called with probability p, the share p is right. Reliability bins and expected calibration error.
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { needNumbers, needPairs, needWhole } from "../checks.ts";
import { binaryTruth, codesOf, type Label } from "../labels.ts";
import { ascending, quantile, sum } from "../numbers.ts";
import { needProbabilityRows, type ScoreRows } from "./rows.ts";

/** Options of calibration. */
export interface CalibrationOptions {
  /** The label that probabilities speak for. Default 1. */
  readonly positive?: Label;
  /** 1 to 10,000. Default 10. */
  readonly bins?: number;
  /** Bins of equal width, or with about equally many rows. Default "uniform". */
  readonly strategy?: "uniform" | "quantile";
}

/** Rows of one bin: probabilities in (low, high], the first bin with its lower end. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly meanProbability: number;
  readonly shareRight: number;
}

/** How far probabilities can be trusted. */
export interface Calibration {
  /** Bins that have rows. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: Σ rows/all · |share right - mean probability|. */
  readonly expectedError: number;
  /** The largest |share right - mean probability| of a bin. */
  readonly largestError: number;
}

// The edges of NumPy's linspace and percentile, down to their rounding: a row on an edge falls into the same bin.
function edgesOf(probabilities: ArrayLike<number>, { bins = 10, strategy = "uniform" }: CalibrationOptions): number[] {
  const even = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? 1 : i * (1 / bins)));
  if (strategy === "uniform") return even;
  if (strategy !== "quantile") throw new InkstoneError("E_OPTION", { option: "strategy", value: strategy, allowed: ["uniform", "quantile"] });
  const sorted = ascending(probabilities);
  return even.map((fraction) => quantile(sorted, (fraction * 100) / 100));
}

function reliability(right: Uint8Array, probabilities: ArrayLike<number>, options: CalibrationOptions): Calibration {
  needWhole("bins", options.bins ?? 10, 1, 10_000);
  const edges = edgesOf(probabilities, options);
  const inner = edges.slice(1, -1);
  const [rows, hits, totals] = [0, 1, 2].map(() => new Float64Array(edges.length - 1));
  for (let i = 0; i < right.length; i++) {
    const above = inner.findIndex((edge) => !(edge < probabilities[i]));
    const bin = above < 0 ? inner.length : above;
    rows[bin]++;
    hits[bin] += right[i];
    totals[bin] += probabilities[i];
  }
  const found = [...rows.keys()].filter((bin) => rows[bin] > 0);
  const gaps = found.map((bin) => Math.abs(hits[bin] - totals[bin]) / rows[bin]);
  return {
    bins: found.map((bin) => ({
      low: edges[bin],
      high: edges[bin + 1],
      rows: rows[bin],
      meanProbability: totals[bin] / rows[bin],
      shareRight: hits[bin] / rows[bin],
    })),
    expectedError: sum(gaps.map((gap, at) => (gap * rows[found[at]]) / right.length)),
    largestError: Math.max(...gaps),
  };
}

/**
 * Calibration of two classes: probabilities of `positive` in bins, each with its share of rows that are positive.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION`.
 * Source: Guo et al. 2017, arXiv:1706.04599; bins of scikit-learn's `calibration_curve`.
 *
 * @example
 * calibration([0, 1, 1, 1], [0.2, 0.4, 0.9, 0.9], { bins: 2 }).expectedError; // 0.15
 */
export function calibration(truth: readonly Label[], probabilities: ArrayLike<number>, options: CalibrationOptions = {}): Calibration {
  refuseUnknown<CalibrationOptions>("calibration", options, { positive: true, bins: true, strategy: true });
  needPairs("probabilities", probabilities.length, "truth", truth.length);
  needNumbers("probabilities", probabilities, 0, 1);
  return reliability(binaryTruth(truth, options.positive ?? 1), probabilities, options);
}

/**
 * Calibration of several classes by their confidence: the highest probability of each row, and whether that class is the true one (of equal ones the first).
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_NUMBER`, `E_METRIC_ROW`; `E_OPTION`. Source: Guo et al. 2017, arXiv:1706.04599, section 2.
 *
 * @example
 * confidenceCalibration(["a", "b"], [[0.9, 0.1], [0.7, 0.3]], ["a", "b"]).expectedError; // 0.4
 */
export function confidenceCalibration(
  truth: readonly Label[],
  probabilities: ScoreRows,
  classes: readonly Label[],
  options: Pick<CalibrationOptions, "bins" | "strategy"> = {},
): Calibration {
  needProbabilityRows("probabilities", probabilities, truth.length, classes);
  const best = probabilities.map((row) => classes.reduce<number>((top, _, j) => (row[j] > row[top] ? j : top), 0));
  const right = Uint8Array.from(codesOf("truth", truth, classes), (code, i) => (code === best[i] ? 1 : 0));
  return reliability(
    right,
    probabilities.map((row, i) => row[best[i]]),
    options,
  );
}
