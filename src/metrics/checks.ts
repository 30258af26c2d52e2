// What every metric asks of its input before it counts: rows in pairs, at least one, numbers that are numbers. Knows no metric.
import { InkstoneError, type Phrase, refuseOption } from "../core/index.ts";

/** A refusal that names a row: `rowError("predicted", 2, …)` is about predicted[2]; `inside` says where in it ("[5]"). */
export function rowError(what: string, row: number, why: Phrase, inside: string = ""): InkstoneError<"E_METRIC_ROW"> {
  return new InkstoneError("E_METRIC_ROW", { at: `${what}[${row}]${inside}`, row, why });
}

/** Refuses an empty list: `E_METRIC_EMPTY`. */
export function needRows(what: string, got: number): void {
  if (!(got > 0)) throw new InkstoneError("E_METRIC_EMPTY", { what });
}

/** Refuses two lists that are not of one length (`E_METRIC_LENGTH`, with the first row that has no partner) or both empty. */
export function needPairs(what: string, got: number, other: string, expected: number): void {
  if (got !== expected) throw new InkstoneError("E_METRIC_LENGTH", { what, got, other, expected, row: Math.min(got, expected) });
  needRows(other, expected);
}

/** Whether a number is finite and within low … high. */
export function isNumber(value: number, low: number = Number.NEGATIVE_INFINITY, high: number = Number.POSITIVE_INFINITY): boolean {
  return Number.isFinite(value) && value >= low && value <= high;
}

/** The refusal of a number: `row` is the row that it belongs to, `at` its whole place. */
export function numberError(at: string, row: number, value: number, low?: number, high?: number): InkstoneError<"E_METRIC_NUMBER"> {
  const range = low !== undefined && high !== undefined ? ` ${low} … ${high}` : low !== undefined ? ` >= ${low}` : "";
  return new InkstoneError("E_METRIC_NUMBER", {
    at,
    row,
    value: String(value),
    allowed: { en: `a finite number${range}`, zh: `有限数值${range}` },
  });
}

/** Refuses a list in which a number is NaN, infinite or out of range. */
export function needNumbers(what: string, values: ArrayLike<number>, low?: number, high?: number): void {
  for (let i = 0; i < values.length; i++) if (!isNumber(values[i], low, high)) throw numberError(`${what}[${i}]`, i, values[i], low, high);
}

/** Refuses what is not a text: `E_METRIC_ROW`. */
export function needText(what: string, row: number, value: unknown): void {
  if (typeof value !== "string") throw rowError(what, row, { en: "it is not a text", zh: "不是文本" });
}

/** Refuses an option outside its range: `E_OPTION`. */
export function needOption(option: string, value: number, good: boolean, allowed: Phrase): void {
  if (!good) refuseOption(option, value, allowed);
}

/** Refuses an option that is no whole number from `low` to `high`: `E_OPTION`. */
export function needWhole(option: string, value: number, low: number = 1, high: number = Number.MAX_SAFE_INTEGER): void {
  const allowed =
    high === Number.MAX_SAFE_INTEGER
      ? { en: `whole numbers from ${low} on`, zh: `不小于 ${low} 的整数` }
      : { en: `whole numbers from ${low} to ${high}`, zh: `${low} 到 ${high} 的整数` };
  needOption(option, value, Number.isInteger(value) && value >= low && value <= high, allowed);
}

/** Cells that a comparison of every word with every other may have: 10,000 words against 10,000. */
const MOST_CELLS = 1e8;

/** Refuses a row whose words against those of its reference would take too long and too much memory: `E_METRIC_ROW`. */
export function needCells(what: string, row: number, words: number, others: number, most: number = MOST_CELLS): void {
  if (words * others <= most) return;
  throw rowError(what, row, {
    en: `${words} words against ${others} are more than ${most} comparisons; score it in pieces`,
    zh: `${words} 个词对 ${others} 个词的比较次数超过 ${most}；请分段评分`,
  });
}
