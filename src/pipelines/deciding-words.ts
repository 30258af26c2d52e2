// Which words of a text decided: each is left out in turn, and what its class loses by that is its weight. Knows no model.
import type { DecidingWord } from "../generate/index.ts";
import { ChineseSegmenter } from "../text/index.ts";

/** Texts that are scored for one answer: all words of a text of half as many; of a longer one first stretches of words, then the words of those that weigh most. */
const MOST_SCORED = 400;
const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const hanRun = /\p{Script=Han}+/gu;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface Word extends Stretch {
  readonly text: string;
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
    add(at, index);
    for (const { start, end } of chinese?.spans(run) ?? []) words.push({ text: run.slice(start, end), start: index + start, end: index + end });
    at = index + run.length;
  }
  add(at, text.length);
  return words;
}

// The words of the stretches that weigh most, as many as may be scored one by one; all words are in a stretch.
async function heaviest(words: readonly Word[], weighed: (parts: readonly Stretch[]) => Promise<(Stretch & { weight: number })[]>): Promise<Word[]> {
  const length = Math.ceil(words.length / (MOST_SCORED / 2));
  const starts = Array.from({ length: Math.ceil(words.length / length) }, (_, i) => i * length);
  const stretches = await weighed(starts.map((at) => ({ start: words[at].start, end: words[Math.min(words.length, at + length) - 1].end })));
  const order = starts.map((at, i) => ({ at, weight: Math.abs(stretches[i].weight) })).sort((a, b) => b.weight - a.weight || a.at - b.at);
  const chosen = order.slice(0, Math.floor(MOST_SCORED / 2 / length) || 1).map(({ at }) => at);
  return chosen.sort((a, b) => a - b).flatMap((at) => words.slice(at, at + length));
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
 * Of a text of more than 200 words, stretches of words are left out first; the words of those that weigh most are then looked at one by one: 400 texts are scored at most.
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
  const [whole] = await score([text]);
  const full = lead(whole, right);
  // What the class loses when a stretch is left out.
  const weighed = async <Part extends Stretch>(parts: readonly Part[]): Promise<(Part & { weight: number })[]> => {
    const without = parts.length === 0 ? [] : await score(parts.map(({ start, end }) => text.slice(0, start) + text.slice(end)));
    return parts.map((part, i) => ({ ...part, weight: full - lead(without[i], right) }));
  };
  const words = await wordsOf(text);
  const looked = words.length <= MOST_SCORED / 2 ? words : await heaviest(words, weighed);
  return (await weighed(looked))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.start - b.start)
    .slice(0, most);
}
