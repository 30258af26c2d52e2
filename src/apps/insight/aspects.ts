// What texts speak of and how: nouns that opinions are about, with the opinion beside each mention. By parts of speech; knows no rows and no time.
import { ChineseSegmenter, isChinese, loadNlp, type Nlp, sentenceSpans } from "../../text/index.ts";
import { opinionOf, weightOf } from "./opinions.ts";
import { aspectWorth, type ExpressionUse } from "./worth.ts";

/** A word of a sentence, small and in its base form, and whether it names a thing. */
export interface InsightWord {
  readonly text: string;
  readonly base: string;
  readonly noun: boolean;
  /** What else it may be, where the language's parts of speech are told apart so far. */
  readonly kind?: "adjective" | "verb";
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
    "couple pro con bottom plenty amount job idea rest deal world life home house car room night morning moment course matter experience research opinion complaint expectation advantage disadvantage difference " +
    "downside plus minus piece unit device model brand company version other others reviewer site web everybody nobody none all some fan son daughter mom dad baby child parent family trip vacation pocket bag box " +
    "store shop order return dollar buck cent inch foot pound ounce second while change want need look lack glance line word note update regard comparison addition " +
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
        noun: (pos === "NOUN" || pos === "PROPN") && /^[a-z][a-z0-9-]*[a-z0-9]$/.test(word),
        ...(pos === "ADJ" ? { kind: "adjective" as const } : pos === "VERB" ? { kind: "verb" as const } : {}),
      }));
  }
}

const leastWorth = 0.25;
const linking = new Set("be seem feel look work have do".split(" "));
const definite = new Set("the its this it".split(" "));
// Adjectives that say nothing of a thing.
const dull = new Set(
  "other same only first second last new own different few many much more most such next several whole little old full good great bad nice".split(
    " ",
  ),
);

/**
 * The aspects of sentences, with each mention. English: nouns, and nouns with others or an adjective before them, that are used as what opinions are about (`aspectWorth`). Chinese: nouns and
 * pairs of nouns that come often enough, and often enough beside an opinion. `least`: sentences that an aspect is in; in Chinese by default a hundredth of all, at least 3; else 3.
 *
 * Sources: Hu & Liu 2004 (frequent features and what prunes them); the opinions are those of the words around a mention.
 */
export function findAspects(sentences: readonly InsightSentence[], { least }: { least?: number } = {}): Map<string, Mention[]> {
  const isPlain = sentences.some(({ words }) => words.some(({ kind }) => kind !== undefined));
  const gathered = gather(sentences);
  const kept = isPlain ? worthy(gathered, sentences.length, least ?? 3) : pruned(gathered, least ?? Math.max(3, Math.ceil(sentences.length / 100)));
  return new Map([...kept].sort((one, other) => other.mentions.length - one.mentions.length).map(({ aspect, mentions }) => [aspect, mentions]));
}

type Counts = { -readonly [Name in keyof Omit<ExpressionUse, "size" | "inLonger">]: number };

interface Expression {
  readonly aspect: string;
  readonly size: number;
  readonly mentions: Mention[];
  readonly uses: Counts;
}

function gather(sentences: readonly InsightSentence[]): Expression[] {
  const found = new Map<string, Expression>();
  for (const { row, text, words } of sentences) {
    const seen = new Set<string>();
    for (let i = 0; i < words.length; i++)
      for (const size of [3, 2, 1]) {
        const run = words.slice(i, i + size);
        if (run.length < size || !isExpression(run)) continue;
        const aspect = run.map(({ base }) => base).join(/\p{Script=Han}/u.test(run[0].base) ? "" : " ");
        const uses = { times: 0, sentences: 0, near: 0, around: 0, subject: 0, definite: 0, object: 0, alone: 0, praised: 0, described: 0 };
        const expression = found.get(aspect) ?? { aspect, size, mentions: [], uses };
        found.set(aspect, expression);
        count(expression.uses, words, i, size, !seen.has(aspect));
        if (seen.has(aspect)) continue;
        seen.add(aspect);
        const around = words.slice(Math.max(0, i - 6), i + size + 7).map((word) => word.text);
        expression.mentions.push({ aspect, row, opinion: Math.sign(opinionOf(around)), sentence: text });
      }
  }
  return [...found.values()];
}

// Nouns without a word of praise or blame among them; of English ones the first may be an adjective. A word that any text has is none by itself.
function isExpression(run: readonly InsightWord[]): boolean {
  const [first, ...rest] = run;
  const isHan = /\p{Script=Han}/u.test(first.base);
  if (isHan && (run.length > 2 || run.some(({ base }) => plain.has(base)))) return false;
  const begins = first.noun || (rest.length > 0 && first.kind === "adjective" && !dull.has(first.text));
  return (
    begins &&
    rest.every(({ noun }) => noun) &&
    run.every(({ base, text }) => weightOf(base) === 0 && weightOf(text) === 0) &&
    !run.every(({ base, text }) => plain.has(base) || plain.has(text))
  );
}

const judges = (word: InsightWord | undefined): boolean => word !== undefined && (weightOf(word.text) !== 0 || weightOf(word.base) !== 0);

function count(uses: Counts, words: readonly InsightWord[], at: number, size: number, isNew: boolean): void {
  const within = (reach: number): boolean => words.slice(Math.max(0, at - reach), at + size + reach).some(judges);
  const [before, after] = [words[at - 1] as InsightWord | undefined, words[at + size] as InsightWord | undefined];
  uses.times++;
  if (isNew) {
    uses.sentences++;
    if (within(3)) uses.near++;
    if (within(6)) uses.around++;
  }
  if (after !== undefined && linking.has(after.base)) uses.subject++;
  if ((before !== undefined && definite.has(before.text)) || ["the", "its"].includes(words[at - 2]?.text ?? "")) uses.definite++;
  if (before?.kind === "verb") uses.object++;
  if (before?.noun !== true && after?.noun !== true) uses.alone++;
  if (judges(before)) uses.praised++;
  if (words[at].kind === "adjective") uses.described++;
}

function worthy(found: readonly Expression[], sentences: number, least: number): Expression[] {
  const often = found.filter(({ mentions }) => mentions.length >= least);
  const longer = new Map<string, number>();
  for (const { aspect, size, mentions } of often) {
    const words = aspect.split(" ");
    for (let part = 1; part < size; part++)
      for (let i = 0; i + part <= size; i++) {
        const inside = words.slice(i, i + part).join(" ");
        longer.set(inside, Math.max(longer.get(inside) ?? 0, mentions.length));
      }
  }
  return often.filter(({ aspect, size, uses }) => aspectWorth({ ...uses, size, inLonger: longer.get(aspect) ?? 0 }, sentences) >= leastWorth);
}

// Too rare, without opinions, or only ever a part of a pair: none of them is an aspect of its own.
function pruned(found: readonly Expression[], least: number): Expression[] {
  const kept = found.filter(
    ({ mentions }) => mentions.length >= least && mentions.filter(({ opinion }) => opinion !== 0).length >= Math.max(1, 0.3 * mentions.length),
  );
  return kept.filter(({ aspect, size, mentions }) => {
    if (size > 1) return true;
    const inPairs = kept
      .filter((other) => other.size === 2 && other.aspect !== aspect && other.aspect.includes(aspect))
      .reduce((sum, one) => sum + one.mentions.length, 0);
    return inPairs === 0 || mentions.length - inPairs >= least;
  });
}
