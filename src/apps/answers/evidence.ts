// How well passages speak to a question: which of its words they have, how close together, and the sentences that say it. Knows no models.

import { sentenceSpans } from "../../text/index.ts";
import { type SearchTerms, visibleText } from "../knowledge/index.ts";
import { type InjectionSign, injectionSign } from "./injected.ts";

/** A piece of a source: `text` is characters `start` to `end` of a page of a document. */
export interface SourcePassage {
  readonly text: string;
  readonly document: string;
  readonly page?: number;
  readonly start: number;
  readonly end: number;
}

/** A sentence of a source, with how well it fits. */
export interface SourceSentence extends SourcePassage {
  readonly score: number;
}

/** What the passages say to the question. */
export interface Evidence {
  /** From 0 to 1: how likely the passages hold an answer. */
  readonly support: number;
  /** Sentences that fit, best first. */
  readonly sentences: readonly SourceSentence[];
  /** Paragraphs that were left out because they speak to the machine. */
  readonly injected: readonly (SourcePassage & { readonly sign: InjectionSign })[];
  /** The numbers from which the support comes. */
  readonly features: EvidenceFeatures;
}

/** How the question's words, each by its rareness, are covered: 0 to 1. */
export interface EvidenceFeatures {
  /** By a sentence and its neighbours. */
  readonly window: number;
  /** By a passage, parts of words counted in part. */
  readonly passage: number;
  /** Pairs of neighbouring words of the question that are neighbours in a passage. */
  readonly pairs: number;
  /** The best passage's weight above that of the second. */
  readonly lead: number;
  /** By the best passage, the three rarest words only. */
  readonly rare: number;
  /** Of a Chinese question, without what asks: its pairs of characters that the best passage has; 0 in other languages. */
  readonly characters: number;
  /** That share above the second passage's. */
  readonly ahead: number;
  /** Of the numbers, Latin words and quoted names in a Chinese question: the share that the best passage does not have. */
  readonly unsaid: number;
  /** Of a Chinese question: its pairs of characters that the best single sentence has. */
  readonly sentence: number;
  /** Of a Chinese question: its single characters that the best passage has. */
  readonly singles: number;
  /** Of a Chinese question without what asks: the logarithm of its characters, and one. A long question finds all of itself less easily. */
  readonly length: number;
}

// Words of questions, as terms: they ask and say nothing of what is asked for.
const asking = new Set(
  (
    "what which who whom whose when where why how many much name type kind did do doe use call someth one tell explain pleas can could would " +
    "什么 哪 哪个 哪些 谁 何时 哪里 为什么 多少 怎么 怎样 如何 哪种 几 哪一 哪一个 哪位 哪一位 一个 个 种 位 名 时候 什么时候 何种 何 多 请问 称为 叫做 叫 时 中 为 会 能 可以 进行 使 由 从 对 到 以 等 之 第 些 被 给 来 于 与 及 其 这 那 里 上 下 哪年 哪一年 名字 名称"
  ).split(" "),
);
const han = /\p{Script=Han}/u;
interface Weights extends EvidenceFeatures {
  readonly constant: number;
}
const none = { characters: 0, ahead: 0, unsaid: 0, sentence: 0, singles: 0, length: 0 } as const;
// Fitted by logistic regression on XQuAD: a part of its paragraphs in the store, the others not; in Chinese by itself and with CMRC's, since its words are cut otherwise (see LOG.md).
// The constant is such that of ten questions with an answer at most one is refused.
const weights: Readonly<Record<"en" | "zh", Weights>> = {
  en: { window: 1.99, passage: 2.35, pairs: 0.97, lead: 2.86, rare: 0.77, ...none, constant: -3.33 },
  zh: {
    window: 2.76,
    passage: 2.02,
    pairs: -1.7,
    lead: 2.64,
    rare: -0.83,
    characters: 0.23,
    ahead: 1.82,
    unsaid: -2.17,
    sentence: 3.51,
    singles: 4.81,
    length: 1.12,
    constant: -9.96,
  },
};
// The same beside what is known of meaning; `nearest` and `farther` are those of `withMeaning`.
const weightsOfMeaning: Readonly<Record<"en" | "zh", Weights & { readonly nearest: number; readonly farther: number }>> = {
  en: { window: 1.99, passage: 2.35, pairs: 0.97, lead: 2.86, rare: 0.77, ...none, nearest: 0, farther: 0, constant: -3.33 },
  zh: { window: 1.15, passage: 4.74, pairs: -1.42, lead: 3.02, rare: -0.03, ...none, nearest: 9.13, farther: 4.81, constant: -9.22 },
};

const languageOf = (question: string): "en" | "zh" => (han.test(question) ? "zh" : "en");

function supportOf(features: Readonly<Record<string, number>>, { constant, ...each }: Weights): number {
  const sum = Object.entries(each).reduce((all, [name, weight]) => all + weight * features[name], constant);
  return 1 / (1 + Math.exp(-sum));
}

/**
 * Evidence with what is known of meaning: `likeness` is the cosine of each of its sentences to the question. What counts is the nearest one, and how far it is ahead of the second.
 *
 * @example
 * const passage = { text: "墨是黑的。砚是石头做的。", document: "a", start: 0, end: 12 };
 * const evidence = evidenceOf("砚台用什么制成？", [passage], await SearchTerms.open());
 * withMeaning("砚台用什么制成？", evidence, [0.8, 0.3]).support > withMeaning("砚台用什么制成？", evidence, [0.3, 0.3]).support; // true
 */
export function withMeaning(question: string, evidence: Evidence, likeness: readonly number[]): Evidence {
  const [first = 0, second = 0] = [...likeness].sort((one, other) => other - one);
  const features = { ...evidence.features, nearest: first, farther: first - second };
  return { ...evidence, support: supportOf(features, weightsOfMeaning[languageOf(question)]) };
}

/** What is known of the terms of all sources: how many passages there are, how many have each term. */
export interface Rareness {
  readonly passages: number;
  readonly frequencies: ReadonlyMap<string, number>;
}

interface Weighted {
  readonly terms: readonly string[];
  readonly pairs: readonly string[];
  readonly weight: ReadonlyMap<string, number>;
  readonly total: number;
}

/**
 * What passages say to a question. Paragraphs that speak to the machine are left out. With few sources, how rare a word is cannot be known: a hundred plain passages are thought beside them.
 *
 * @example
 * const terms = await SearchTerms.open();
 * const passage = { text: "Ink is black. A stone is grey.", document: "a", start: 0, end: 30 };
 * const { sentences } = evidenceOf("What colour is a stone?", [passage], terms);
 * sentences[0].text; // "A stone is grey."
 */
export function evidenceOf(question: string, passages: readonly SourcePassage[], terms: SearchTerms, rareness?: Rareness): Evidence {
  const injected: Evidence["injected"][number][] = [];
  const looked = passages.map((passage) => {
    const kept = sentencesOf(passage, injected).map((sentence) => ({ sentence, terms: terms.of(sentence.text) }));
    return {
      sentences: kept,
      list: kept.flatMap((one) => one.terms),
      set: new Set(kept.flatMap((one) => one.terms)),
      lower: visibleText(passage.text).toLowerCase(),
    };
  });
  const known = rareness ?? { passages: passages.length, frequencies: frequenciesOf(looked.map(({ set }) => set)) };
  const wanted = weighted(question, terms, known);
  const ranks = looked.map(({ set }) => coverage(wanted, set));
  const sentences = looked
    .flatMap(({ sentences: inside }, p) =>
      inside.map(({ sentence, terms: own }, i) => {
        const near = new Set([...(inside[i - 1]?.terms ?? []), ...own, ...(inside[i + 1]?.terms ?? [])]);
        const score =
          coverage(wanted, new Set(own)) + 0.35 * coverage(wanted, near) + 0.35 * ranks[p] + fitOfKind(question, sentence.text) - 0.01 * p;
        return { ...answering(inside, i), score };
      }),
    )
    .sort((one, other) => other.score - one.score);
  const features = { ...featuresOf(wanted, looked), ...(han.test(question) ? charactersOf(question, looked) : none) };
  return { support: supportOf({ ...features }, weights[languageOf(question)]), sentences, injected, features };
}

const asks = /[?？]["'”’)\]]*$|^#{1,6}\s/u;

// What a sentence says. One that asks, or a heading, says what stands behind it: a page of questions and answers has the words of a question in both.
function answering(inside: readonly { readonly sentence: SourcePassage }[], at: number): SourcePassage {
  const { sentence } = inside[at];
  const next = inside[at + 1]?.sentence;
  return asks.test(sentence.text) && next !== undefined && !asks.test(next.text) ? next : sentence;
}

// The sentences of a passage; those of a paragraph that speaks to the machine are not among them.
function sentencesOf(passage: SourcePassage, injected: (SourcePassage & { sign: InjectionSign })[]): SourcePassage[] {
  const kept: SourcePassage[] = [];
  for (const paragraph of passage.text.matchAll(/[^\n]+(?:\n(?![^\S\n]*\n)[^\n]+)*/g)) {
    const place = (start: number, text: string): SourcePassage => ({
      ...passage,
      text,
      start: passage.start + start,
      end: passage.start + start + text.length,
    });
    const sign = injectionSign(paragraph[0]);
    if (sign !== undefined) injected.push({ ...place(paragraph.index, paragraph[0]), sign });
    else for (const { start, text } of sentenceSpans(paragraph[0])) kept.push(place(paragraph.index + start, text));
  }
  return kept;
}

function frequenciesOf(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const set of sets) for (const term of set) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

function weighted(question: string, terms: SearchTerms, { passages, frequencies }: Rareness): Weighted {
  const list = terms.of(question).filter((term) => !asking.has(term));
  const weight = new Map<string, number>();
  for (const term of list)
    weight.set(term, Math.log(1 + (passages + 100 - (frequencies.get(term) ?? 0) + 0.5) / ((frequencies.get(term) ?? 0) + 0.5)));
  const pairs = list.slice(1).map((term, i) => `${list[i]} ${term}`);
  return { terms: [...weight.keys()], pairs, weight, total: [...weight.values()].reduce((sum, one) => sum + one, 0) || 1 };
}

const coverage = ({ terms, weight, total }: Weighted, set: ReadonlySet<string>): number =>
  terms.reduce((sum, term) => sum + (set.has(term) ? weight.get(term)! : 0), 0) / total;

interface Looked {
  readonly sentences: readonly { readonly sentence: SourcePassage; readonly terms: readonly string[] }[];
  readonly list: readonly string[];
  readonly set: ReadonlySet<string>;
  readonly lower: string;
}

const asksInChinese =
  /什么时候|什么|哪一[个年位]|哪[个些里种位年]?|谁|何时|为什么|多少|怎么样?|怎样|如何|几|请问|[是的在了吗呢有被由和与？?，。、“”《》\s]/gu;

// What a Chinese question says, by its characters and their pairs, however its words are cut.
function charactersOf(question: string, passages: readonly Looked[]): Record<keyof typeof none, number> {
  const small = question.toLowerCase();
  const parts = small.replace(asksInChinese, " ").split(" ");
  const pairs = new Set(parts.flatMap((part) => Array.from({ length: Math.max(0, part.length - 1) }, (_, i) => part.slice(i, i + 2))));
  const plain = parts.join("");
  const characters = new Set(plain);
  const texts = passages.map(({ lower }) => lower);
  const shares = texts.map((text) => shareIn(pairs, text));
  const [first = 0, second = 0] = [...shares].sort((one, other) => other - one);
  const best = texts[shares.indexOf(first)] ?? "";
  const named = [...small.matchAll(/[a-z0-9]{2,}|(?<=[“《])[^”》]+(?=[”》])/gu)].map(([one]) => one);
  return {
    characters: first,
    ahead: first - second,
    unsaid: named.filter((one) => !best.includes(one)).length / Math.max(1, named.length),
    sentence: most(passages.flatMap(({ sentences }) => sentences.map(({ sentence }) => shareIn(pairs, visibleText(sentence.text).toLowerCase())))),
    singles: most(texts.map((text) => shareIn(characters, text))),
    length: Math.log(1 + plain.length),
  };
}

const most = (values: readonly number[]): number => values.reduce((best, value) => Math.max(best, value), 0);

const shareIn = (parts: ReadonlySet<string>, text: string): number =>
  [...parts].filter((part) => text.includes(part)).length / Math.max(1, parts.size);

function featuresOf(wanted: Weighted, passages: readonly Looked[]): Omit<EvidenceFeatures, keyof typeof none> {
  const windows = passages.flatMap(({ sentences }) =>
    sentences.map(({ terms }, i) => coverage(wanted, new Set([...(sentences[i - 1]?.terms ?? []), ...terms, ...(sentences[i + 1]?.terms ?? [])]))),
  );
  const scores = passages.map((passage) => saturated(wanted, passage.list)).sort((one, other) => other - one);
  const best = passages.reduce<Looked | undefined>(
    (top, one) => (top === undefined || saturated(wanted, one.list) > saturated(wanted, top.list) ? one : top),
    undefined,
  );
  const rarest = [...wanted.weight].sort((one, other) => other[1] - one[1]).slice(0, 3);
  const rareTotal = rarest.reduce((sum, [, weight]) => sum + weight, 0) || 1;
  return {
    window: most(windows),
    passage: most(passages.map((passage) => softCoverage(wanted, passage))),
    pairs: most(passages.map(({ list }) => pairShare(wanted.pairs, list))),
    lead: (scores[0] ?? 0) - (scores[1] ?? 0),
    rare: best === undefined ? 0 : rarest.reduce((sum, [term, weight]) => sum + (best.set.has(term) ? weight : 0), 0) / rareTotal,
  };
}

// As BM25 counts repeated words, by the weight of the whole question.
function saturated({ weight, total }: Weighted, list: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const term of list) if (weight.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  const norm = 0.3 + (0.9 * list.length) / 110;
  return [...counts].reduce((sum, [term, count]) => sum + (weight.get(term)! * 2.2 * count) / (count + norm), 0) / total;
}

// A word that is not there, but its parts are: a Chinese word by its pairs of characters, a long Latin one by its beginning.
function softCoverage({ terms, weight, total }: Weighted, { set, lower }: Looked): number {
  const part = (term: string): number => {
    if (set.has(term)) return 1;
    if (!han.test(term)) return term.length >= 6 && lower.includes(term.slice(0, 5)) ? 0.6 : 0;
    if (term.length < 2) return 0;
    const there = (size: number): number =>
      Array.from({ length: term.length + 1 - size }, (_, i) => term.slice(i, i + size)).filter((one) => lower.includes(one)).length;
    const pairs = there(2);
    return pairs > 0 ? (0.7 * pairs) / (term.length - 1) : (0.25 * there(1)) / term.length;
  };
  return terms.reduce((sum, term) => sum + part(term) * weight.get(term)!, 0) / total;
}

function pairShare(pairs: readonly string[], list: readonly string[]): number {
  if (pairs.length === 0) return 0;
  const there = new Set(list.slice(1).map((term, i) => `${list[i]} ${term}`));
  return pairs.filter((pair) => there.has(pair)).length / pairs.length;
}

// What is asked for by its kind: a number, a time, a person or a place.
function fitOfKind(question: string, sentence: string): number {
  if (
    /\bhow (?:many|much|long|old|far|often|large|big|high)\b|\bwhat (?:percentage|number|amount)\b|多少|几[个位年次种天]|多[长大高久远]/iu.test(
      question,
    )
  )
    return /\d|[一二三四五六七八九十百千万亿]{2,}/u.test(sentence) ? 0.15 : -0.1;
  if (/\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b|何时|什么时候|哪[一]?[年天日月]|几月/iu.test(question))
    return /\d{3,4}|\d+\s*(?:月|日|世纪|年)|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|century)\b/u.test(
      sentence,
    )
      ? 0.15
      : -0.1;
  if (/\bwho(?:m|se)?\b|谁|哪位/iu.test(question)) return /\p{Lu}\p{L}+\s+\p{Lu}|[·•・]|\p{Script=Han}{2,}/u.test(sentence) ? 0.05 : -0.05;
  return 0;
}
