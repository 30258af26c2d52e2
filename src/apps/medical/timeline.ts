// The days of a record in order, each with the sentence that names it. Knows no findings.
import { sentenceSpans } from "../../text/index.ts";
import type { PiiFinder } from "../pii/index.ts";

/** A day that a record names. */
export interface MedicalEvent {
  /** As 2024-03-05, 2024-03 or 2024. */
  readonly date: string;
  readonly start: number;
  readonly end: number;
  /** The sentence. */
  readonly text: string;
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const two = (value: string | number): string => String(value).padStart(2, "0");

// The day of a written date, or undefined where the year is not given. 3/5/2024 is read as month/day, and as day/month where it cannot be.
function isoOf(written: string): string | undefined {
  const [, year, month, day] = /^(\d{4})\s?[-/.年]\s?(\d{1,2})(?:\s?[-/.月]\s?(\d{1,2}))?/.exec(written) ?? [];
  if (year !== undefined) return [year, two(month), ...(day === undefined ? [] : [two(day)])].join("-");
  const [, a, b, last] = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(written) ?? [];
  if (last !== undefined) return Number(a) > 12 ? `${last}-${two(b)}-${two(a)}` : `${last}-${two(a)}-${two(b)}`;
  const [, name] = /([A-Za-z]{3})[a-z]*/.exec(written.replace(/\d(?:st|nd|rd|th)/g, (one) => one[0])) ?? [];
  const [, full] = /(\d{4})/.exec(written) ?? [];
  const at = name === undefined ? -1 : months.indexOf(name.toLowerCase());
  if (at < 0 || full === undefined) return undefined;
  const [, own] = /(?<!\d)(\d{1,2})(?!\d)/.exec(written.replace(full, "")) ?? [];
  return `${full}-${two(at + 1)}${own === undefined ? "" : `-${two(own)}`}`;
}

/**
 * The dated sentences of a record, oldest first; days without a year are left out.
 *
 * @example
 * const finder = await PiiFinder.open();
 * medicalTimeline("Seen on 2024-03-05 for cough. Surgery on March 1, 2023.", finder).map(({ date }) => date); // ["2023-03-01", "2024-03-05"]
 */
export function medicalTimeline(text: string, finder: PiiFinder): MedicalEvent[] {
  const dates = finder.find(text).filter(({ kind }) => kind === "date");
  const sentences = sentenceSpans(text);
  return dates
    .flatMap(({ start, text: written }) => {
      const date = isoOf(written);
      const sentence = sentences.find((one) => one.start <= start && start < one.end);
      return date === undefined || sentence === undefined ? [] : [{ date, start: sentence.start, end: sentence.end, text: sentence.text }];
    })
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.start - b.start));
}
