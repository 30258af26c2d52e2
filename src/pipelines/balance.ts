// Offsets of classes: how far the scores of each are moved so that rare classes are found as a mean over classes wants it. Fitted on answers to unseen examples. Knows no model.
import type { Label } from "../classical/index.ts";
import { accuracy, f1 } from "../metrics/index.ts";
import type { CrossValidation } from "../train/index.ts";

// More classes than these are not moved: each would have too few examples to say how far.
const mostClasses = 12;
// Steps of one side of a class's search, and how many times the classes are gone through.
const [steps, rounds] = [25, 3];
// Each side reaches this many standard deviations of the scores.
const reach = 1.5;

/**
 * The offsets under which scores give the highest macro F1, by coordinate ascent from none; the widest plateau's middle is taken. Undefined for fewer than two classes or too many.
 *
 * @example
 * balancingOffsets([[1, 0], [1, 0.8], [1, 0.7], [1, 0.1]], ["a", "b", "b", "a"], ["a", "b"])[1] > 0; // true
 */
export function balancingOffsets(
  scores: readonly ArrayLike<number>[],
  truth: readonly Label[],
  classes: readonly Label[],
): readonly number[] | undefined {
  const number = new Map(classes.map((label, i) => [label, i]));
  const rows = scores.flatMap((row, i) => {
    const right = number.get(truth[i]);
    return right === undefined || !Array.from(row).every(Number.isFinite) ? [] : [{ row: Float64Array.from(row), right }];
  });
  if (classes.length < 2 || classes.length > mostClasses || rows.length === 0) return undefined;
  const offsets = new Array<number>(classes.length).fill(0);
  const spread = deviationOf(rows.flatMap(({ row }) => Array.from(row)));
  for (let round = 0; round < rounds; round++)
    for (let at = classes.length === 2 ? 1 : 0; at < classes.length; at++) {
      const tried = Array.from({ length: 2 * steps + 1 }, (_, i) => ((i - steps) / steps) * reach * spread);
      const values = tried.map((offset) => macroF1(rows, offsets.with(at, offset)));
      offsets[at] = middleOfBest(tried, smooth(values));
    }
  return offsets;
}

const deviationOf = (values: readonly number[]): number => {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length);
};

// A peak of one step is luck: each value is taken with its neighbours.
const smooth = (values: readonly number[]): number[] =>
  values.map((value, i) => ((values[i - 1] ?? value) + 2 * value + (values[i + 1] ?? value)) / 4);

function middleOfBest(tried: readonly number[], values: readonly number[]): number {
  const best = values.reduce((most, one) => Math.max(most, one), 0);
  const good = tried.filter((_, i) => values[i] >= best - 1e-9);
  return good.reduce((nearest, one) => (Math.abs(one) < Math.abs(nearest) ? one : nearest));
}

interface Row {
  readonly row: Float64Array;
  readonly right: number;
}

function macroF1(rows: readonly Row[], offsets: readonly number[]): number {
  const [hits, said, are] = [offsets.map(() => 0), offsets.map(() => 0), offsets.map(() => 0)];
  for (const { row, right } of rows) {
    let best = 0;
    for (let i = 1; i < row.length; i++) if (row[i] + offsets[i] > row[best] + offsets[best]) best = i;
    said[best]++;
    are[right]++;
    if (best === right) hits[right]++;
  }
  return hits.reduce((sum, hit, i) => sum + (said[i] + are[i] === 0 ? 0 : (2 * hit) / (said[i] + are[i])), 0) / offsets.length;
}

/** A trial as it would have been with offsets. */
export interface BalancedTrial {
  /** For a model that is fitted on everything: from the answers of all folds. */
  readonly offsets: readonly number[];
  /** The answers of each fold are moved by offsets from the other folds alone: its figures promise nothing that was looked up. */
  readonly trial: CrossValidation;
}

/** Offsets for the classes of a trial, and the trial with them; undefined where there are no scores or the classes are not moved. */
export function balancedTrial(trial: CrossValidation, truth: readonly Label[]): BalancedTrial | undefined {
  const { scores, classes, fold } = trial;
  if (scores === undefined) return undefined;
  const asked = truth.map((_, row) => row).filter((row) => fold[row] >= 0);
  const fitted = (rows: readonly number[]) =>
    balancingOffsets(
      rows.map((row) => scores[row]),
      rows.map((row) => truth[row]),
      classes,
    );
  const offsets = fitted(asked);
  if (offsets === undefined) return undefined;
  // Rows that were not asked are holes, and stay so.
  const moved: (readonly number[])[] = scores.slice();
  const predictions: Label[] = trial.predictions.slice();
  const folds = trial.folds.map((state, number) => {
    const others = fitted(asked.filter((row) => fold[row] !== number)) ?? offsets;
    for (const row of asked) {
      if (fold[row] !== number) continue;
      moved[row] = scores[row].map((score, i) => score + others[i]);
      predictions[row] = classes[moved[row].reduce((best, score, i) => (score > moved[row][best] ? i : best), 0)];
    }
    const [right, said] = [state.test.map((row) => truth[row]), state.test.map((row) => predictions[row])];
    return { ...state, predictions: said, metrics: { accuracy: accuracy(right, said), macroF1: f1(right, said, { average: "macro" }) } };
  });
  const metrics = Object.fromEntries((["accuracy", "macroF1"] as const).map((name) => [name, summaryOf(folds.map((one) => one.metrics[name]))]));
  return { offsets, trial: { ...trial, folds, scores: moved, predictions, metrics } };
}

function summaryOf(values: readonly number[]): CrossValidation["metrics"][string] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, values };
}
