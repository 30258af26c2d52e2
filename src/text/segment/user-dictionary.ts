// A user's own words for Chinese segmentation, in jieba's format. A word without a frequency gets the one that makes it win over its parts, as jieba's suggest_freq.
import { InkstoneError, type Phrase } from "../../core/index.ts";

/** A word of one's own. */
export interface UserWord {
  readonly word: string;
  /** How often it is thought to occur; default: just enough to be kept whole. */
  readonly frequency?: number;
  /** Its part of speech in jieba's tags, for example "n" or "nr". */
  readonly tag?: string;
}

/**
 * The words of a user dictionary: a line is `WORD [FREQUENCY] [TAG]`; empty lines are skipped.
 *
 * Errors: E_DICTIONARY with the line, also for a word that could never be found (·, 《》, kana, β, emoji: texts are cut there first).
 *
 * @example
 * parseUserDictionary("石墨烯 120 n\n砚台\n")[0]; // { word: "石墨烯", frequency: 120, tag: "n" }
 */
export function parseUserDictionary(text: string): UserWord[] {
  const words: UserWord[] = [];
  for (const [i, whole] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    const line = whole.trim();
    if (line === "") continue;
    const match = /^(\S+?)(?: (\d{1,9}))?(?: ([a-zA-Z]{1,8}))?$/.exec(line);
    if (match === null) throw bad(i + 1, { en: 'it is not "WORD [FREQUENCY] [TAG]"', zh: "不是“词 [词频] [词性]”的格式" });
    checkWord(i + 1, match[1]);
    words.push({ word: match[1], frequency: match[2] === undefined ? undefined : Number(match[2]), tag: match[3] });
  }
  return words;
}

/** Checks words that were given as objects. Errors: E_DICTIONARY; the line is the place in the list, from 1. */
export function checkedWords(words: readonly UserWord[]): readonly UserWord[] {
  for (const [i, { word, frequency, tag }] of words.entries()) {
    if (word === "" || /\s/u.test(word)) throw bad(i + 1, { en: "a word is not empty and has no white space", zh: "词不能为空，也不能含空白" });
    checkWord(i + 1, word);
    if (frequency !== undefined && !(Number.isInteger(frequency) && frequency >= 0 && frequency < 1e9))
      throw bad(i + 1, { en: "a frequency is a whole number below 1,000,000,000", zh: "词频须为小于 1000000000 的整数" });
    if (tag !== undefined && !/^[a-zA-Z]{1,8}$/.test(tag)) throw bad(i + 1, { en: "a tag is 1 to 8 letters", zh: "词性须为 1 到 8 个字母" });
  }
  return words;
}

// Texts are cut at every other character before words are looked up (jieba's re_han): what holds one would never be found.
const neverFound = /[^\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}A-Za-z0-9+#&._%-]/u;

function checkWord(line: number, word: string): void {
  const mark = neverFound.exec(word)?.[0];
  if (mark === undefined) return;
  throw bad(line, {
    en: `"${word}" holds "${mark}", where texts are cut before words are looked up: it would never be found`,
    zh: `“${word}”含有“${mark}”，文本在查词之前即在此处切开，该词永远不会被匹配`,
  });
}

function bad(line: number, why: Phrase): InkstoneError {
  return new InkstoneError("E_DICTIONARY", { line, why });
}

/** Frequencies of a dictionary in jieba's format, and their sum. */
export interface Frequencies {
  readonly of: ReadonlyMap<string, number>;
  readonly total: number;
}

/** Reads the frequencies of a dictionary's bytes. */
export function frequenciesOf(dictionary: Uint8Array): Frequencies {
  const of = new Map<string, number>();
  let total = 0;
  for (const line of new TextDecoder().decode(dictionary).split("\n")) {
    const [word, frequency] = line.split(" ");
    if (frequency === undefined) continue;
    of.set(word, Number(frequency));
    total += Number(frequency);
  }
  return { of, total };
}

/**
 * jieba's suggest_freq: the least frequency with which a word beats the parts that it would be cut into, and no less than the one it has:
 * max(floor(total · Π freq(part) / total) + 1, freq(word)).
 */
export function suggestedFrequency(word: string, parts: readonly string[], { of, total }: Frequencies): number {
  let share = 1;
  for (const part of parts) share *= (of.get(part) ?? 1) / total;
  return Math.max(Math.floor(share * total) + 1, of.get(word) ?? 1);
}
