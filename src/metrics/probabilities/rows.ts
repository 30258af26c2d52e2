// Rows of scores, one number a class: what a classifier's `scores` gives. Checks them; knows no metric.
import { isNumber, needPairs, numberError, rowError } from "../checks.ts";
import { type Label, needDistinct } from "../labels.ts";
import { sum } from "../numbers.ts";

/** One row an example, one number a class, in the order of the classes. */
export type ScoreRows = readonly ArrayLike<number>[];

// float32 softmax rows of thousands of classes are off by some 1e-4 at most.
const SUM_TOLERANCE = 1e-3;

/** Refuses rows that are not as many as the truth's, not as wide as the classes, or not finite (and within low … high). */
export function needScoreRows(what: string, rows: ScoreRows, expected: number, classes: readonly Label[], low?: number, high?: number): void {
  needDistinct("classes", classes);
  needPairs(what, rows.length, "truth", expected);
  for (const [i, row] of rows.entries()) {
    if (row.length !== classes.length) {
      const why = {
        en: `it has ${row.length} numbers for ${classes.length} classes`,
        zh: `有 ${row.length} 个数值，而类别有 ${classes.length} 个`,
      };
      throw rowError(what, i, why);
    }
    for (let j = 0; j < row.length; j++) if (!isNumber(row[j], low, high)) throw numberError(`${what}[${i}][${j}]`, i, row[j], low, high);
  }
}

/** Refuses rows that are no probabilities: numbers of 0 … 1 that add up to 1 (within 0.001). */
export function needProbabilityRows(what: string, rows: ScoreRows, expected: number, classes: readonly Label[]): void {
  needScoreRows(what, rows, expected, classes, 0, 1);
  for (const [i, row] of rows.entries()) {
    const total = sum(row);
    if (Math.abs(total - 1) <= SUM_TOLERANCE) continue;
    throw rowError(what, i, { en: `its probabilities add up to ${total}, not to 1`, zh: `其概率之和为 ${total}，而不是 1` });
  }
}
