// One pass over scores from high to low: true and false positives at every distinct threshold. What both curves are drawn from.
import { needNumbers, needPairs } from "../checks.ts";
import { binaryTruth, type Label } from "../labels.ts";

/** Counts at each distinct score, from the highest on: rows with that score or a higher one. */
export interface ThresholdCounts {
  readonly thresholds: readonly number[];
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
}

/** Counts of rows that are 0 or 1; equal scores share one threshold. */
export function thresholdCounts(truth: Uint8Array, scores: ArrayLike<number>): ThresholdCounts {
  const order = Uint32Array.from(truth, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const counts = { thresholds: [] as number[], truePositives: [] as number[], falsePositives: [] as number[] };
  let hits = 0;
  for (const [rank, row] of order.entries()) {
    hits += truth[row];
    if (rank + 1 < order.length && scores[order[rank + 1]] === scores[row]) continue;
    counts.thresholds.push(scores[row]);
    counts.truePositives.push(hits);
    counts.falsePositives.push(rank + 1 - hits);
  }
  return counts;
}

/** The same, of labels: checks both lists first. */
export function labelCounts(truth: readonly Label[], scores: ArrayLike<number>, positive: Label): ThresholdCounts {
  needPairs("scores", scores.length, "truth", truth.length);
  needNumbers("scores", scores);
  return thresholdCounts(binaryTruth(truth, positive), scores);
}

/** The points of a curve that are kept: both ends, and those that `keep` names. */
export function keptPoints(counts: ThresholdCounts, keep: (i: number) => boolean): ThresholdCounts {
  const last = counts.thresholds.length - 1;
  const wanted = (_: number, i: number) => i === 0 || i === last || keep(i);
  return {
    thresholds: counts.thresholds.filter(wanted),
    truePositives: counts.truePositives.filter(wanted),
    falsePositives: counts.falsePositives.filter(wanted),
  };
}
