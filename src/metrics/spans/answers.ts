// Predictions and right answers of questions, row by row, and their mean scores. Knows no language.
import { needPairs, needText, rowError } from "../checks.ts";
import { sum } from "../numbers.ts";

/** Scores of one answer, from 0 to 1. */
export interface AnswerScore {
  readonly exactMatch: 0 | 1;
  readonly f1: number;
}

/** Mean scores of many answers, from 0 to 100, as the official scripts give them. */
export interface AnswerScores {
  readonly exactMatch: number;
  readonly f1: number;
  readonly total: number;
}

/** The means; NaN of no rows. */
export function meanScores(rows: readonly AnswerScore[]): AnswerScores {
  return {
    exactMatch: (100 * sum(rows.map((row) => row.exactMatch))) / rows.length,
    f1: (100 * sum(rows.map((row) => row.f1))) / rows.length,
    total: rows.length,
  };
}

/** Checks both sides: as many rows, at least one, all texts; and at least one answer each unless there may be none. */
export function needAnswers(predictions: readonly string[], answers: readonly (readonly string[])[], mayLack: boolean): void {
  needPairs("predictions", predictions.length, "answers", answers.length);
  for (const [i, prediction] of predictions.entries()) {
    needText("predictions", i, prediction);
    if (!Array.isArray(answers[i])) throw rowError("answers", i, { en: "it is not a list of answers", zh: "不是答案列表" });
    if (answers[i].length === 0 && !mayLack) throw rowError("answers", i, { en: "it has no answer", zh: "没有答案" });
    for (const answer of answers[i]) needText("answers", i, answer);
  }
}

/** The best of several answers, exact match and F1 each for itself. */
export function bestOf(scores: readonly AnswerScore[]): AnswerScore {
  return { exactMatch: scores.some((one) => one.exactMatch === 1) ? 1 : 0, f1: Math.max(...scores.map((one) => one.f1)) };
}
