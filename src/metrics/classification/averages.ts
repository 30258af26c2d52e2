// Precision, recall and F from counts of hits, for one class and averaged over several. Knows neither labels nor entities.
import { averageKnown, sum } from "../numbers.ts";

/** What is known of one class: rows that are it and were called it, rows that were called it, rows that are it. */
export interface ClassCounts {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

/** Precision, recall and F of one class or of an average. */
export interface PrecisionRecallF {
  readonly precision: number;
  readonly recall: number;
  /** F1, or F-beta where beta was given. */
  readonly f: number;
  /** True rows (or entities). */
  readonly support: number;
}

/** How the scores of classes become one: of all hits together, the plain mean, or the mean weighted by support. */
export type Average = "micro" | "macro" | "weighted";

/** What a score is where its divisor is 0: no prediction (precision), no true row (recall), neither (F). NaN leaves it out of averages. */
export type ZeroDivision = number;

/** The scores of one class. F-beta = (1 + β²) hits / (β² actual + predicted). */
export function scoresOf({ hits, predicted, actual }: ClassCounts, beta: number, zeroDivision: ZeroDivision): PrecisionRecallF {
  const divide = (over: number, under: number) => (under === 0 ? zeroDivision : over / under);
  const precision = divide(hits, predicted);
  const recall = divide(hits, actual);
  const square = beta * beta;
  const f = beta === Number.POSITIVE_INFINITY ? recall : beta === 0 ? precision : divide((1 + square) * hits, square * actual + predicted);
  return { precision, recall, f, support: actual };
}

/** The scores of several classes as one. Of no classes at all they are `zeroDivision`. */
export function averageScores(counts: readonly ClassCounts[], average: Average, beta: number, zeroDivision: ZeroDivision): PrecisionRecallF {
  const support = sum(counts.map(({ actual }) => actual));
  if (average === "micro" || counts.length === 0) {
    const all = { hits: sum(counts.map(({ hits }) => hits)), predicted: sum(counts.map(({ predicted }) => predicted)), actual: support };
    return scoresOf(all, beta, zeroDivision);
  }
  const scores = counts.map((one) => scoresOf(one, beta, zeroDivision));
  const weights = average === "weighted" ? counts.map(({ actual }) => actual) : undefined;
  const over = (name: "precision" | "recall" | "f") =>
    averageKnown(
      scores.map((one) => one[name]),
      weights,
    );
  return { precision: over("precision"), recall: over("recall"), f: over("f"), support };
}
