// Errors in sentences of learners, each with its correction and why. Rules for what learners of English and Chinese get wrong most; what no rule knows is not found. No model.
import type { Language } from "../../../core/index.ts";
import { englishRules } from "./rules-en.ts";
import { chineseRules } from "./rules-zh.ts";

/** A correction of characters `start` to `end`. */
export interface Correction {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly correction: string;
  readonly rule: string;
  readonly reason: { readonly en: string; readonly zh: string };
}

/** A text that was corrected. */
export interface CorrectedText {
  readonly text: string;
  readonly corrections: readonly Correction[];
}

/** Most characters of a text. */
export const longestLesson = 200_000;

/**
 * Corrects what rules know. Of corrections that overlap, the first and longest is made.
 *
 * @example
 * const { text, corrections } = correctLanguage("She go to school and have a apple.");
 * text; // "She goes to school and has an apple."
 * corrections[0].reason.en; // "After he, she, it or a name, the verb takes -s."
 * correctLanguage("他高兴的说：“在见。”").text; // "他高兴地说：“再见。”"
 */
export function correctLanguage(text: string, language: Language = /\p{Script=Han}/u.test(text) ? "zh" : "en"): CorrectedText {
  let current = text;
  const done: Correction[] = [];
  const found = (language === "zh" ? chineseRules : englishRules).flatMap(({ name, pattern, fix, en, zh }) =>
    [...text.slice(0, longestLesson).matchAll(pattern)].flatMap((match): Correction[] => {
      const correction = fix(match);
      const [start, end] = match.indices?.[1] ?? [match.index, match.index + match[0].length];
      const said = text.slice(start, end);
      return correction === undefined || correction === said ? [] : [{ start, end, text: said, correction, rule: name, reason: { en, zh } }];
    }),
  );
  for (const one of found.sort((a, b) => a.start - b.start || b.end - a.end)) if (one.start >= (done.at(-1)?.end ?? 0)) done.push(one);
  for (const { start, end, correction } of [...done].reverse()) current = current.slice(0, start) + correction + current.slice(end);
  return { text: current, corrections: done };
}
