// Checks of numbers that optimisers and schedules are given. Knows neither.
import { InkstoneError, type Phrase } from "../core/index.ts";

/** A range of numbers, and its words. */
export interface Range {
  readonly holds: (value: number) => boolean;
  readonly words: Phrase;
}

/** Learning rates. */
export const aboveZero: Range = { holds: (value) => value > 0 && Number.isFinite(value), words: { en: "numbers above 0", zh: "大于 0 的数" } };
/** Decays and small constants. */
export const fromZero: Range = { holds: (value) => value >= 0 && Number.isFinite(value), words: { en: "numbers from 0", zh: "不小于 0 的数" } };
/** Shares of what was. */
export const belowOne: Range = {
  holds: (value) => value >= 0 && value < 1,
  words: { en: "numbers from 0 and below 1", zh: "不小于 0 且小于 1 的数" },
};

/** Throws `E_OPTION` unless the value of an option lies in its range. */
export function checkOption(option: string, value: number, { holds, words }: Range): void {
  if (!holds(value)) throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: words });
}
/** Counts of steps. */
export const atLeastOne: Range = {
  holds: (value) => value >= 1 && Number.isSafeInteger(value),
  words: { en: "whole numbers from 1", zh: "不小于 1 的整数" },
};
/** Counts that may be none. */
export const countFromZero: Range = {
  holds: (value) => value >= 0 && Number.isSafeInteger(value),
  words: { en: "whole numbers from 0", zh: "不小于 0 的整数" },
};
/** Shares of a whole. */
export const share: Range = { holds: (value) => value >= 0 && value <= 1, words: { en: "numbers from 0 to 1", zh: "0 至 1 的数" } };
