// Which words of a text decided: each is left out in turn, and what its class loses by that is its weight. Knows no model.
import type { DecidingWord } from "../generate/index.ts";
import { ChineseSegmenter } from "../text/index.ts";

/** Words that are looked at; of a longer text the first ones. */
const MOST_WORDS = 200;
const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const hanRun = /\p{Script=Han}+/gu;

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words of a text with their places, of any language; Chinese as jieba cuts it, whatever the machine's locale. */
async function wordsOf(text: string): Promise<Word[]> {
  const words: Word[] = [];
  const add = (from: number, to: number): void => {
    for (const { segment, index, isWordLike } of segmenter.segment(text.slice(from, to)))
      if (isWordLike) words.push({ text: segment, start: from + index, end: from + index + segment.length });
  };
  const chinese = /\p{Script=Han}/u.test(text) ? await ChineseSegmenter.open() : undefined;
  let at = 0;
  for (const { 0: run, index } of chinese === undefined ? [] : text.matchAll(hanRun)) {
    if (words.length >= MOST_WORDS) break;
    add(at, index);
    for (const { start, end } of chinese?.spans(run) ?? []) words.push({ text: run.slice(start, end), start: index + start, end: index + end });
    at = index + run.length;
  }
  if (words.length < MOST_WORDS) add(at, text.length);
  return words.slice(0, MOST_WORDS);
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
 * const tasty = (texts) => texts.map((text) => [text.includes("好吃") ? 2 : 0, 1]);
 * (await decidingWords("面条很好吃", tasty, 0, 1))[0].text; // "好吃"
 */
export async function decidingWords(
  text: string,
  score: (texts: readonly string[]) => readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>,
  right: number,
  most: number = 10,
): Promise<DecidingWord[]> {
  const words = await wordsOf(text);
  const [whole, ...without] = await score([text, ...words.map(({ start, end }) => text.slice(0, start) + text.slice(end))]);
  const full = lead(whole, right);
  return words
    .map((word, i) => ({ ...word, weight: full - lead(without[i], right) }))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
    .slice(0, most);
}
