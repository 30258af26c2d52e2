// What texts speak of and how: nouns that opinions are about, with the opinion beside each mention. By parts of speech; knows no rows and no time.
import { ChineseSegmenter, isChinese, loadNlp, type Nlp, sentenceSpans } from "../../text/index.ts";
import { opinionOf, weightOf } from "./opinions.ts";

/** A word of a sentence, small and in its base form, and whether it names a thing. */
export interface InsightWord {
  readonly text: string;
  readonly base: string;
  readonly noun: boolean;
}

/** A sentence of a row. */
export interface InsightSentence {
  readonly row: number;
  readonly text: string;
  readonly words: readonly InsightWord[];
}

/** A mention of an aspect: above 0 is praise, below blame, 0 neither. */
export interface Mention {
  readonly aspect: string;
  readonly row: number;
  readonly opinion: number;
  readonly sentence: string;
}

// Nouns that any text has, whatever it is about.
const plain = new Set(
  (
    "thing time day week month year lot bit way one anyone everyone someone something anything nothing everything people person guy man woman friend wife husband kid reason case kind sort type part point fact example " +
    "review star product item stuff hour minute number number end side place problem issue one two three four five hand question answer purchase amazon money buy try use user owner it i you he she they mine thanks thank today work " +
    "东西 时候 时间 天 年 月 人 个 次 点 种 些 事 问题 情况 感觉 家 朋友 孩子 老公 老婆 大家 自己 地方 方面 样子 本人 商品 产品"
  ).split(" "),
);
const bases: Readonly<Record<string, string>> = { pictures: "picture", pics: "picture", batteries: "battery" };

/** Cuts texts into sentences and words, with parts of speech: English by wink-nlp, Chinese by jieba. */
export class SentenceReader {
  readonly #nlp: Nlp | undefined;
  readonly #segmenter: ChineseSegmenter;

  private constructor(nlp: Nlp | undefined, segmenter: ChineseSegmenter) {
    this.#nlp = nlp;
    this.#segmenter = segmenter;
  }

  /** Loads what the texts need. Errors: E_PACKAGE_MISSING without wink-nlp for English texts. */
  static async open(texts: readonly string[]): Promise<SentenceReader> {
    const english = texts.some((text) => /\p{Script=Latin}/u.test(text) && !isChinese(text));
    return new SentenceReader(english ? await loadNlp({ language: "en" }) : undefined, await ChineseSegmenter.open());
  }

  /** The sentences of a row. */
  read(text: string, row: number): InsightSentence[] {
    return sentenceSpans(text, { lines: true }).map((span) => ({
      row,
      text: span.text,
      words: isChinese(span.text) || this.#nlp === undefined ? this.#chinese(span.text) : this.#english(this.#nlp, span.text),
    }));
  }

  #chinese(text: string): InsightWord[] {
    return this.#segmenter
      .tag(text)
      .filter(({ text: word }) => /[\p{L}\p{N}]/u.test(word))
      .map(({ text: word, tag }) => ({ text: word.toLowerCase(), base: word.toLowerCase(), noun: /^n(?!r)|^vn/.test(tag) && word.length > 1 }));
  }

  #english(nlp: Nlp, text: string): InsightWord[] {
    return nlp(text.toLowerCase())
      .tokens.filter((token) => !token.isPunct && token.text.trim() !== "")
      .map(({ text: word, lemma, pos }) => ({
        text: word,
        base: bases[word] ?? lemma,
        noun: (pos === "NOUN" || pos === "PROPN") && /^[a-z][a-z-]+$/.test(word),
      }));
  }
}

/**
 * The aspects of sentences: nouns and pairs of nouns that come often enough, and often enough beside an opinion, with each mention. Sources: Hu & Liu 2004 (frequent features and what
 * prunes them); the opinions are those of the words around a mention.
 */
export function findAspects(
  sentences: readonly InsightSentence[],
  { least = Math.max(3, Math.ceil(sentences.length / 100)) }: { least?: number } = {},
): Map<string, Mention[]> {
  const mentions = new Map<string, Mention[]>();
  for (const { row, text, words } of sentences) {
    const seen = new Set<string>();
    for (let i = 0; i < words.length; i++)
      for (const size of [2, 1]) {
        const run = words.slice(i, i + size);
        if (run.length < size || !run.every(({ noun, base }) => noun && !plain.has(base) && weightOf(base) === 0)) continue;
        const aspect = run.map(({ base }) => base).join(/\p{Script=Han}/u.test(run[0].base) ? "" : " ");
        if (seen.has(aspect)) continue;
        seen.add(aspect);
        const around = words.slice(Math.max(0, i - 6), i + size + 7).map((word) => word.text);
        const list = mentions.get(aspect) ?? [];
        list.push({ aspect, row, opinion: Math.sign(opinionOf(around)), sentence: text });
        mentions.set(aspect, list);
      }
  }
  return pruned(mentions, least);
}

// Too rare, without opinions, or only ever a part of a pair: none of them is an aspect of its own.
function pruned(mentions: ReadonlyMap<string, Mention[]>, least: number): Map<string, Mention[]> {
  const kept = new Map(
    [...mentions].filter(([, list]) => list.length >= least && list.filter(({ opinion }) => opinion !== 0).length >= Math.max(1, 0.3 * list.length)),
  );
  for (const [aspect, list] of kept) {
    if (aspect.includes(" ")) continue;
    const inPairs = [...kept]
      .filter(([other]) => other.split(" ").length === 2 && other.split(" ").includes(aspect))
      .reduce((sum, [, pair]) => sum + pair.length, 0);
    if (inPairs > 0 && list.length - inPairs < least) kept.delete(aspect);
  }
  return new Map([...kept].sort((one, other) => other[1].length - one[1].length));
}
