// Makes tokens whole: none ends inside a character as people see it (an emoji of several parts, a letter with its accents), and nothing but white space lies between them.
import { trimmed } from "../segment/spans.ts";

/** A token that is not a span of a text yet, but knows where it is. */
export interface Placed {
  readonly start: number;
  readonly end: number;
}

const composite = /[\u200d\ufe0f\p{M}\p{Regional_Indicator}\p{Emoji_Modifier}]/u;

/** Joins neighbours that share a grapheme; the joined one is the first, made longer. */
export function joinedByGraphemes<T extends Placed>(tokens: readonly T[], text: string, longer: (token: T, end: number) => T): T[] {
  if (!composite.test(text)) return [...tokens];
  const boundaries = new Set<number>([text.length]);
  for (const { index } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)) boundaries.add(index);
  const joined: T[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (last !== undefined && last.end === token.start && !boundaries.has(token.start)) joined[joined.length - 1] = longer(last, token.end);
    else joined.push(token);
  }
  return joined;
}

/** Puts a token wherever something other than white space was left out. */
export function withoutGaps<T extends Placed>(tokens: readonly T[], text: string, make: (start: number, end: number) => T): T[] {
  const filled: T[] = [];
  let at = 0;
  const fill = (end: number): void => {
    const gap = trimmed(text, at, end);
    if (gap !== undefined) filled.push(make(gap.start, gap.end));
  };
  for (const token of tokens) {
    fill(token.start);
    filled.push(token);
    at = token.end;
  }
  fill(text.length);
  return filled;
}
