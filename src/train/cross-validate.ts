// Cross-validation of anything that learns: every example is answered once by a model that has not seen it. Knows no model and no file format.
import { createHash } from "node:crypto";
import { InkstoneError } from "../core/index.ts";
import { foldRows, groupFolds, kFolds, type Label, stratifiedFolds } from "../data/index.ts";
import { accuracy, f1 } from "../metrics/index.ts";
import { type FoldState, openProgress, type Progress } from "./fold-progress.ts";

/** Anything that learns from examples and answers for others. */
export interface Learner<X> {
  fit(x: readonly X[], y: readonly Label[], options?: { readonly signal?: AbortSignal }): unknown;
  predict(x: readonly X[]): readonly Label[] | Promise<readonly Label[]>;
  /** A row an example, a value a class in the order of `classes`: the higher, the likelier. */
  scores?(x: readonly X[]): readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;
  readonly classes?: readonly Label[];
}

/** A learner on features that were made of the examples once, for all candidates of a fold. */
export interface FeatureLearner<Features, Asked = Features> {
  fit(features: Features, y: readonly Label[], options?: { readonly signal?: AbortSignal }): unknown;
  /** A row an example, a value a class in the order of `classes`: the higher, the likelier. */
  scores(asked: Asked): readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;
  readonly classes: readonly Label[];
}

/** What is learned from a fold's examples before any candidate is: features for training, and the same of other examples. */
export interface Preparation<X, Features, Asked> {
  learn(x: readonly X[], y: readonly Label[], options: { readonly signal?: AbortSignal }): Promise<Features>;
  apply(features: Features, x: readonly X[], options: { readonly signal?: AbortSignal }): Promise<Asked>;
}

/** How to cross-validate. */
export interface CrossValidateOptions {
  /** Default 5. */
  readonly folds?: number;
  /** Seed by which rows are shuffled over the folds. Default 0. */
  readonly seed?: number;
  /** Every label spread evenly over the folds. Default true. */
  readonly stratified?: boolean;
  /** The fold of each row, in place of the three options above; a row of fold -1 is learned from in every fold and never asked. */
  readonly fold?: Int32Array;
  /** Examples of one group stay in one fold (then `stratified` must not be asked for). */
  readonly groups?: readonly Label[];
  /** What to measure on each fold. Default: accuracy and macro F1. */
  readonly metrics?: Readonly<Record<string, (truth: readonly Label[], predicted: readonly Label[]) => number>>;
  /** Folds at work at once. Default 1. */
  readonly parallel?: number;
  /** A file that keeps finished folds: a run that was cut goes on where it was. */
  readonly progressFile?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, folds: number) => void;
}

/** One metric over the folds. */
export interface MetricSummary {
  readonly mean: number;
  /** Sample standard deviation over the folds. */
  readonly deviation: number;
  readonly values: readonly number[];
}

/** What cross-validation found. */
export interface CrossValidation {
  readonly folds: readonly FoldState[];
  readonly metrics: Readonly<Record<string, MetricSummary>>;
  /** The fold in which each row was left out. */
  readonly fold: Int32Array;
  /** For each row what the model said that had not seen it. */
  readonly predictions: readonly Label[];
  /** Where the learner gives scores: a row an example, a value a class of `classes`; -Infinity for a class that a fold's model did not know. */
  readonly scores?: readonly (readonly number[])[];
  readonly classes: readonly Label[];
}

const usualMetrics: NonNullable<CrossValidateOptions["metrics"]> = {
  accuracy,
  macroF1: (truth, predicted) => f1(truth, predicted, { average: "macro" }),
};

/**
 * Trains a model a fold on the other folds and lets it answer for its own.
 *
 * The same data, options and learner give the same result, whatever `parallel` is and however often the run was cut, as far as the learner itself is deterministic.
 * Errors: `E_OPTION`; `E_DATA_SPLIT` for more folds than rows; `E_RESUME` for a progress file of another run; what the learner throws, and the signal's reason.
 *
 * @example
 * const rule = () => ({ fit() {}, predict: (x) => x.map((text) => (text.includes("!") ? "loud" : "calm")) });
 * const { metrics } = await crossValidate(rule, ["a!", "b", "c!", "d"], ["loud", "calm", "loud", "calm"], { folds: 2 });
 * metrics.accuracy.mean; // 1
 */
export async function crossValidate<X>(
  make: (fold: number) => Learner<X>,
  x: readonly X[],
  y: readonly Label[],
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  const { parallel = 1, signal, onProgress } = options;
  check(x, y, options);
  const fold = foldsOf(y, options);
  const count = countOf(fold);
  const progress = await openProgress(options.progressFile, () => fingerprint(x, y, fold));
  const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !progress.done.has(i));
  onProgress?.(count - missing.length, count);
  const work = async (): Promise<void> => {
    for (let left = missing.shift(); left !== undefined; left = missing.shift()) {
      signal?.throwIfAborted();
      await progress.keep(left, await runFold(make(left), { x, y, ...foldRows(fold, left) }, options));
      onProgress?.(progress.done.size, count);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, work));
  return join(progress, fold, y, count);
}

function check<X>(x: readonly X[], y: readonly Label[], { parallel = 1, stratified, groups, fold }: CrossValidateOptions): void {
  const refuse = (option: string, value: unknown, en: string, zh: string) => new InkstoneError("E_OPTION", { option, value, allowed: { en, zh } });
  if (x.length !== y.length) throw refuse("y", y.length, `${x.length} labels, one an example`, `${x.length} 个标签，每个样本一个`);
  if (!Number.isInteger(parallel) || parallel < 1) throw refuse("parallel", parallel, "whole numbers from 1", "不小于 1 的整数");
  if (fold !== undefined && fold.length !== x.length)
    throw refuse("fold", fold.length, `${x.length} folds, one an example`, `${x.length} 个折号，每个样本一个`);
  if (groups !== undefined && groups.length !== x.length)
    throw refuse("groups", groups.length, `${x.length} groups, one an example`, `${x.length} 个组，每个样本一个`);
  if (groups !== undefined && stratified) throw refuse("stratified", true, "false where groups are given", "给出 groups 时只能为 false");
}

function foldsOf(y: readonly Label[], { folds = 5, seed = 0, stratified = true, groups, fold }: CrossValidateOptions): Int32Array {
  if (fold !== undefined) return fold;
  if (groups !== undefined) return groupFolds(groups, { folds });
  return stratified ? stratifiedFolds(y, { folds, seed }) : kFolds(y.length, { folds, seed });
}

interface FoldWork<X> {
  readonly x: readonly X[];
  readonly y: readonly Label[];
  readonly train: readonly number[];
  readonly test: readonly number[];
}

async function runFold<X>(
  learner: Learner<X>,
  { x, y, train, test }: FoldWork<X>,
  { metrics = usualMetrics, signal }: CrossValidateOptions,
): Promise<FoldState> {
  const began = performance.now();
  await learner.fit(
    train.map((row) => x[row]),
    train.map((row) => y[row]),
    { signal },
  );
  const fitSeconds = (performance.now() - began) / 1000;
  const asked = test.map((row) => x[row]);
  const predictions = await learner.predict(asked);
  const scores = await learner.scores?.(asked);
  const truth = test.map((row) => y[row]);
  return {
    train: train.length,
    test: [...test],
    predictions: [...predictions],
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(truth, predictions)])),
    fitSeconds,
    ...(scores === undefined || learner.classes === undefined ? {} : { scores: scores.map((row) => Array.from(row)), classes: [...learner.classes] }),
  };
}

function join(progress: Progress, fold: Int32Array, y: readonly Label[], count: number): CrossValidation {
  const folds = Array.from({ length: count }, (_, i) => progress.done.get(i) as FoldState);
  const classes = [...new Set(folds.flatMap((each) => each.classes ?? []))];
  if (classes.length === 0) for (const label of new Set(y)) classes.push(label);
  const predictions: Label[] = new Array(fold.length);
  const scores: number[][] | undefined = folds.every((each) => each.scores) ? new Array(fold.length) : undefined;
  for (const each of folds) {
    const columns = classes.map((label) => each.classes?.indexOf(label) ?? -1);
    for (const [i, row] of each.test.entries()) {
      predictions[row] = each.predictions[i];
      if (scores) scores[row] = columns.map((column) => (column < 0 ? Number.NEGATIVE_INFINITY : (each.scores?.[i][column] ?? Number.NaN)));
    }
  }
  const names = Object.keys(folds[0].metrics);
  const metrics = Object.fromEntries(names.map((name) => [name, summarise(folds.map((each) => each.metrics[name]))]));
  return { folds, metrics, fold, predictions, classes, ...(scores ? { scores } : {}) };
}

function countOf(fold: Int32Array): number {
  return fold.reduce((most, each) => Math.max(most, each), -1) + 1;
}

/**
 * Cross-validates several candidates on the same folds: what is prepared for a fold (features, say) is prepared once and given to all of them, as in a pipeline whose first step is kept.
 *
 * Errors: as `crossValidate`. The result has an entry a candidate, in their order.
 *
 * @example
 * const lengths = { learn: async (x) => x.map((text) => text.length), apply: async (_, x) => x.map((text) => text.length) };
 * const longer = () => ({ classes: ["short", "long"], fit() {}, scores: (x) => x.map((length) => [2 - length, length - 2]) });
 * const [trial] = await crossValidateEach([longer], lengths, ["a", "bbb", "c", "ddd"], ["short", "long", "short", "long"], { folds: 2 });
 * trial.metrics.accuracy.mean; // 1
 */
export async function crossValidateEach<X, Features, Asked>(
  candidates: readonly (() => FeatureLearner<Features, Asked>)[],
  preparation: Preparation<X, Features, Asked>,
  x: readonly X[],
  y: readonly Label[],
  options: Omit<CrossValidateOptions, "parallel" | "progressFile"> = {},
): Promise<CrossValidation[]> {
  const { signal, onProgress } = options;
  check(x, y, options);
  const fold = foldsOf(y, options);
  const count = countOf(fold);
  const all = count * candidates.length;
  const found = candidates.map((): Map<number, FoldState> => new Map());
  onProgress?.(0, all);
  for (let left = 0; left < count; left++) {
    const { train, test } = foldRows(fold, left);
    const learned = train.map((row) => y[row]);
    signal?.throwIfAborted();
    const features = await preparation.learn(
      train.map((row) => x[row]),
      learned,
      { signal },
    );
    const asked = await preparation.apply(
      features,
      test.map((row) => x[row]),
      { signal },
    );
    for (const [i, make] of candidates.entries()) {
      signal?.throwIfAborted();
      const learner = make();
      const began = performance.now();
      await learner.fit(features, learned, { signal });
      const fitSeconds = (performance.now() - began) / 1000;
      const scores = Array.from(await learner.scores(asked), (row) => Array.from(row));
      const work = { truth: test.map((row) => y[row]), test, train: train.length, fitSeconds, scores, classes: [...learner.classes] };
      found[i].set(left, stateOf(work, options.metrics ?? usualMetrics));
      onProgress?.(left * candidates.length + i + 1, all);
    }
  }
  return found.map((done) => join({ done, keep: async () => undefined }, fold, y, count));
}

type Scored = Pick<FoldState, "train" | "fitSeconds"> &
  Required<Pick<FoldState, "scores" | "classes">> & { readonly truth: readonly Label[]; readonly test: readonly number[] };

function stateOf({ truth, ...rest }: Scored, metrics: NonNullable<CrossValidateOptions["metrics"]>): FoldState {
  const predictions = rest.scores.map((row) => rest.classes[row.reduce((best, score, i) => (score > row[best] ? i : best), 0)]);
  return { ...rest, predictions, metrics: Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(truth, predictions)])) };
}

function summarise(values: readonly number[]): MetricSummary {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0, values };
}

// What a progress file must have been made from.
function fingerprint<X>(x: readonly X[], y: readonly Label[], fold: Int32Array): string {
  const hash = createHash("sha256");
  for (let i = 0; i < x.length; i++) hash.update(`${JSON.stringify(x[i])}\u0000${JSON.stringify(y[i])}\u0000${fold[i]}\n`);
  return hash.digest("hex");
}
