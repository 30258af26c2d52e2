// A text as sentences that a translator can take, and back: what stands between them stays, as the script of the translation wants it. Knows no model.
import { sentenceSpans } from "../../text/index.ts";

/** A sentence and what stands before it. */
export interface Piece {
  readonly before: string;
  readonly text: string;
}

/** A text as sentences and what stands behind the last. */
export interface Pieces {
  readonly pieces: readonly Piece[];
  readonly after: string;
}

/**
 * The sentences of a text. Those that `fits` refuses are cut at marks and blanks, in halves, until they fit.
 *
 * @example
 * piecesOf("One. Two.", () => true).pieces.map(({ text }) => text); // ["One.", "Two."]
 */
export function piecesOf(text: string, fits: (sentence: string) => boolean): Pieces {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end } of sentenceSpans(text, { lines: true })) {
    for (const [i, part] of parts(text.slice(start, end), fits).entries()) pieces.push({ before: i === 0 ? text.slice(at, start) : "", text: part });
    at = end;
  }
  return { pieces, after: text.slice(at) };
}

function parts(sentence: string, fits: (sentence: string) => boolean): string[] {
  if (sentence.length < 2 || fits(sentence)) return [sentence];
  const middle = Math.floor(sentence.length / 2);
  const marks = [...sentence.matchAll(/[,;:，；：、](?!\d)|\s/g)].map(({ index }) => index + 1).filter((place) => place < sentence.length);
  const whole = marks.filter((place) => /[,;:，；：、]/.test(sentence[place - 1]));
  const near = (places: readonly number[]) =>
    places.reduce((best, place) => (Math.abs(place - middle) < Math.abs(best - middle) ? place : best), Number.POSITIVE_INFINITY);
  // A mark in the middle half is better than the blank in the very middle.
  const mark = near(whole);
  const quarter = sentence.length / 4;
  const found = mark >= quarter && mark <= 3 * quarter ? mark : near(marks);
  const cut = Number.isFinite(found) ? found : middle + (/[\udc00-\udfff]/.test(sentence[middle]) ? 1 : 0);
  const [left, right] = [sentence.slice(0, cut).trim(), sentence.slice(cut).trim()];
  return [left, right].filter((part) => part !== "").flatMap((part) => parts(part, fits));
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}。！？，；：”』」）]/u;

/**
 * Translated sentences as a text: lines and blanks as they were, but a blank between sentences where their script has one, and none where it has not.
 *
 * @example
 * joined({ pieces: [{ before: "", text: "你好。" }, { before: "", text: "再见。" }], after: "" }, ["Hello.", "Goodbye."]); // "Hello. Goodbye."
 */
export function joined({ pieces, after }: Pieces, translated: readonly string[]): string {
  let text = "";
  for (const [i, { before }] of pieces.entries()) {
    const [last, first] = [text.at(-1), translated[i].at(0)];
    const between = i === 0 || last === undefined || first === undefined || before.trim() !== "" || /[\n\t]/.test(before);
    if (between) text += before;
    else if (!(wide.test(last) && (wide.test(first) || wide.test(last)))) text += before === "" ? " " : before;
    text += translated[i];
  }
  return text + after;
}
