// Dates in English and Chinese, by form, with days that there are. Knows no calendars but ours.
import { isDay } from "./checks.ts";
import type { PiiMatch } from "./types.ts";

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const month =
  "(Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|July?\\.?|Aug(?:ust|\\.)?|Sep(?:t(?:ember|\\.)?|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)";
const chineseDigits = "〇零一二三四五六七八九十";

interface DateForm {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly check: (groups: readonly string[]) => boolean;
}

const monthOf = (name: string): number => months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
const yearOf = (text: string): number => (text.length === 2 ? 1900 + Number(text) : Number(text));
const either = ([a, b, year]: readonly string[]): boolean => isDay(yearOf(year), Number(a), Number(b)) || isDay(yearOf(year), Number(b), Number(a));

const forms: readonly DateForm[] = [
  {
    rule: "date-iso",
    pattern: /(?<![\d-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?(?![\d-])/g,
    check: ([year, m, day]) => isDay(Number(year), Number(m), Number(day)),
  },
  { rule: "date-slashes", pattern: /(?<![\d/.-])(\d{1,2})[/](\d{1,2})[/](\d{4}|\d{2})(?![\d/])/g, check: either },
  { rule: "date-dashes", pattern: /(?<![\d/.-])(\d{1,2})-(\d{1,2})-(\d{4})(?![\d-])/g, check: either },
  {
    rule: "date-month-day-year",
    pattern: new RegExp(`\\b${month} (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?(?![\\d:])`, "g"),
    check: ([name, day, year]) => isDay(Number(year ?? 2000), monthOf(name), Number(day)),
  },
  {
    rule: "date-day-month-year",
    pattern: new RegExp(`(?<![\\d.])(\\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]${month}(?:,?[ -](\\d{4}|\\d{2}))?(?![\\dA-Za-z])`, "g"),
    check: ([day, name, year]) => isDay(yearOf(year ?? "2000"), monthOf(name), Number(day)),
  },
  { rule: "date-month-year", pattern: new RegExp(`\\b${month}(?: of)?,? (\\d{4})(?!\\d)`, "g"), check: ([, year]) => isDay(Number(year), 1, 1) },
  {
    rule: "date-zh",
    pattern: /(?<!\d)(\d{4}|\d{2})\s?年\s?(\d{1,2})\s?月(?:\s?(\d{1,2})\s?[日号])?/g,
    check: ([year, m, day]) => isDay(yearOf(year), Number(m), Number(day ?? 1)),
  },
  { rule: "date-zh-day", pattern: /(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]/g, check: ([m, day]) => isDay(2000, Number(m), Number(day)) },
  {
    rule: "date-zh-words",
    pattern: new RegExp(`[${chineseDigits}]{4}年[${chineseDigits}]{1,3}月(?:[${chineseDigits}]{1,3}[日号])?`, "g"),
    check: () => true,
  },
  {
    rule: "date-birth-compact",
    pattern: /(?<=(?:出生日期|生日|DOB|[Bb]irth(?:day|date)?)\s?[:：]?\s?)(\d{4})(\d{2})(\d{2})(?!\d)/g,
    check: ([year, m, day]) => isDay(Number(year), Number(m), Number(day)),
  },
];

/** Dates of a text. */
export function datePii(text: string): PiiMatch[] {
  return forms.flatMap(({ rule, pattern, check }) =>
    [...text.matchAll(pattern)]
      .filter(([, ...groups]) => check(groups))
      .map((match) => ({ kind: "date" as const, rule, confidence: 0.85, start: match.index, end: match.index + match[0].length })),
  );
}
