// Precision, recall, F1 and F-beta of labels: of each class, of one class, or averaged.
import { InkstoneError, type Phrase, refuseUnknown } from "../../core/index.ts";
import { needOption } from "../checks.ts";
import { countClasses, encodeLabels, type Label, needDistinct, needPositive } from "../labels.ts";
import { type Average, averageScores, type ClassCounts, type PrecisionRecallF, scoresOf, type ZeroDivision } from "./averages.ts";

/** Which rows count, and how classes become one number. */
export interface ScoreOptions {
  /** Every label there is: a row with another is an error. Default: those that occur. */
  readonly labels?: readonly Label[];
  /** Score only these labels; rows of others still count as misses and false alarms. Default: all. */
  readonly only?: readonly Label[];
  /** Score this one label, as in a task of two classes. Excludes `average` and `only`. */
  readonly positive?: Label;
  /** Default "macro". */
  readonly average?: Average;
  /** What stands where a divisor is 0: 0, 1, or NaN, which leaves it out of averages. Default 0. */
  readonly zeroDivision?: ZeroDivision;
}

/** Scores of one class. */
export interface ClassScores extends PrecisionRecallF {
  readonly label: Label;
  /** Rows that were called so. */
  readonly predicted: number;
}

const averages: readonly unknown[] = ["micro", "macro", "weighted"];

function needScoreOptions({ average, positive, only, zeroDivision }: ScoreOptions): void {
  const fail = (option: string, value: unknown, allowed: Phrase): never => {
    throw new InkstoneError("E_OPTION", { option, value, allowed });
  };
  if (average !== undefined && !averages.includes(average)) fail("average", average, averages.map(String));
  if (positive !== undefined && (average !== undefined || only !== undefined))
    fail("positive", positive, { en: "positive alone, or average and only", zh: "只给 positive，或给 average 与 only" });
  if (zeroDivision !== undefined && ![0, 1, Number.NaN].includes(zeroDivision)) fail("zeroDivision", zeroDivision, ["0", "1", "NaN"]);
}

/** Counts by class, in the order of the classes scored; and whether every label that occurs is among them. */
export function classCounts(
  truth: readonly Label[],
  predicted: readonly Label[],
  options: ScoreOptions,
): { labels: readonly Label[]; counts: ClassCounts[]; complete: boolean } {
  needScoreOptions(options);
  const coded = encodeLabels(truth, predicted, options.labels);
  const { hits, called, actual } = countClasses(coded);
  if (options.positive !== undefined) needPositive(options.positive, coded.labels);
  if (options.only !== undefined) needDistinct("only", options.only);
  const wanted = options.positive !== undefined ? [options.positive] : (options.only ?? coded.labels);
  const scored = new Set(wanted);
  const positions = new Map(coded.labels.map((label, i) => [label, i]));
  const counts = wanted.map((label) => {
    const at = positions.get(label);
    return at === undefined ? { hits: 0, predicted: 0, actual: 0 } : { hits: hits[at], predicted: called[at], actual: actual[at] };
  });
  return { labels: wanted, counts, complete: coded.labels.every((label, i) => scored.has(label) || actual[i] + called[i] === 0) };
}

function needBeta(beta: number): void {
  needOption("beta", beta, beta >= 0, { en: "numbers from 0 on", zh: "不小于 0 的数" });
}

/**
 * Precision, recall, F and support of every class. F is F1 unless `beta` says otherwise.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_LABEL`, `E_METRIC_ROW`; `E_OPTION`. Source: scikit-learn's `precision_recall_fscore_support`.
 *
 * @example
 * classScores(["a", "a", "b"], ["a", "b", "b"])[1]; // { label: "b", precision: 0.5, recall: 1, f: 0.6667, support: 1, predicted: 2 }
 */
export function classScores(
  truth: readonly Label[],
  predicted: readonly Label[],
  options: ScoreOptions & { readonly beta?: number } = {},
): ClassScores[] {
  const { beta = 1, zeroDivision = 0 } = options;
  needBeta(beta);
  const { labels, counts } = classCounts(truth, predicted, options);
  return labels.map((label, i) => ({ label, ...scoresOf(counts[i], beta, zeroDivision), predicted: counts[i].predicted }));
}

function averaged(truth: readonly Label[], predicted: readonly Label[], beta: number, options: ScoreOptions): PrecisionRecallF {
  needBeta(beta);
  const { counts } = classCounts(truth, predicted, options);
  return averageScores(counts, options.positive === undefined ? (options.average ?? "macro") : "micro", beta, options.zeroDivision ?? 0);
}

/**
 * Of the rows that were called a class, the share that are it: hits / predicted.
 *
 * Averaged over classes ("macro" unless `average` says otherwise), or of the one class `positive`. Without predictions it is `zeroDivision` (0).
 * Errors: as `classScores`. Source: scikit-learn's `precision_score`.
 *
 * @example
 * precision(["spam", "ham", "ham"], ["spam", "spam", "ham"], { positive: "spam" }); // 0.5
 */
export function precision(truth: readonly Label[], predicted: readonly Label[], options: ScoreOptions = {}): number {
  refuseUnknown<ScoreOptions>("precision", options, { labels: true, only: true, positive: true, average: true, zeroDivision: true });
  return averaged(truth, predicted, 1, options).precision;
}

/**
 * Of the rows that are a class, the share that were called so: hits / true rows.
 *
 * Averaged over classes ("macro" unless `average` says otherwise), or of the one class `positive`. Without true rows it is `zeroDivision` (0).
 * Errors: as `classScores`. Source: scikit-learn's `recall_score`.
 *
 * @example
 * recall(["spam", "spam", "ham"], ["spam", "ham", "ham"], { positive: "spam" }); // 0.5
 */
export function recall(truth: readonly Label[], predicted: readonly Label[], options: ScoreOptions = {}): number {
  refuseUnknown<ScoreOptions>("recall", options, { labels: true, only: true, positive: true, average: true, zeroDivision: true });
  return averaged(truth, predicted, 1, options).recall;
}

/**
 * The harmonic mean of precision and recall: 2 hits / (true rows + predicted).
 *
 * Averaged over classes ("macro" unless `average` says otherwise), or of the one class `positive`. Errors: as `classScores`. Source: scikit-learn's `f1_score`.
 *
 * @example
 * f1(["spam", "spam", "ham"], ["spam", "ham", "ham"], { average: "macro" }); // 0.6667
 */
export function f1(truth: readonly Label[], predicted: readonly Label[], options: ScoreOptions = {}): number {
  refuseUnknown<ScoreOptions>("f1", options, { labels: true, only: true, positive: true, average: true, zeroDivision: true });
  return averaged(truth, predicted, 1, options).f;
}

/**
 * F-beta: recall counts β times as much as precision. (1 + β²) hits / (β² true rows + predicted); β = 0 is precision, Infinity is recall.
 *
 * Errors: as `classScores`; `E_OPTION` for a negative β. Source: van Rijsbergen 1979, chapter 7; scikit-learn's `fbeta_score`.
 *
 * @example
 * fBeta(["spam", "spam", "ham"], ["spam", "ham", "ham"], 0.5, { positive: "spam" }); // 0.8333
 */
export function fBeta(truth: readonly Label[], predicted: readonly Label[], beta: number, options: ScoreOptions = {}): number {
  refuseUnknown<ScoreOptions>("fBeta", options, { labels: true, only: true, positive: true, average: true, zeroDivision: true });
  return averaged(truth, predicted, beta, options).f;
}
