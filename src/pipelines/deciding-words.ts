// Which words of a text decided: each is left out in turn, and what its class loses by that is its weight. Knows no model.
import type { DecidingWord } from "../generate/index.ts";

/** Words that are looked at; of a longer text the first ones. */
const MOST_WORDS = 200;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** Words of a text with their places, of any language. */
function wordsOf(text: string): { text: string; start: number; end: number }[] {
  const words: { text: string; start: number; end: number }[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (words.length === MOST_WORDS) break;
    if (isWordLike) words.push({ text: segment, start: index, end: index + segment.length });
  }
  return words;
}

/** How far a class is ahead of the best other one. */
function lead(scores: ArrayLike<number>, right: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) if (i !== right) best = Math.max(best, scores[i]);
  return scores[right] - best;
}

/**
 * The words of a text by what the lead of class `right` loses when a word is left out, largest effect first. `score` gives a row of scores a text.
 *
 * Source: leave-one-out attribution, Zeiler & Fergus 2014, arXiv:1311.2901 (occlusion), on words.
 *
 * @example
 * const score = (texts) => texts.map((text) => [text.includes("free") ? 2 : 0, 1]);
 * await decidingWords("a free phone", score, 0, 1); // [{ text: "free", start: 2, end: 6, weight: 2 }]
 */
export async function decidingWords(
  text: string,
  score: (texts: readonly string[]) => readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>,
  right: number,
  most: number = 10,
): Promise<DecidingWord[]> {
  const words = wordsOf(text);
  const [whole, ...without] = await score([text, ...words.map(({ start, end }) => text.slice(0, start) + text.slice(end))]);
  const full = lead(whole, right);
  return words
    .map((word, i) => ({ ...word, weight: full - lead(without[i], right) }))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
    .slice(0, most);
}
