// chrF and chrF++ as sacrebleu computes them: F-scores of character (and word) n-grams.
import { needOption, needText, needWhole } from "../checks.ts";
import { sum } from "../numbers.ts";
import { type WalkOptions, walkRows } from "../walk.ts";
import { ngrams, shared, splitWords, tally, withoutSpaces } from "./plain.ts";
import { needCorpus, type References, referencesOf } from "./references.ts";

/** Options of chrF. */
export interface ChrfOptions {
  /** Longest character n-gram. Default 6. */
  readonly characterOrder?: number;
  /** Longest word n-gram: 0 (default) is chrF, 2 is chrF++. */
  readonly wordOrder?: number;
  /** How much more recall counts than precision. Default 2. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Keep white space in character n-grams. */
  readonly whitespace?: boolean;
  /** 1e-16 for every score of 0, and the mean over all orders, as in Popović's script; default: orders that do not occur are left out. */
  readonly epsilonSmoothing?: boolean;
}

/** chrF of a corpus or a sentence. */
export interface ChrfScore {
  /** From 0 to 100. */
  readonly score: number;
  /** sacrebleu's name: "chrF2", "chrF2++". */
  readonly name: string;
  readonly signature: string;
}

type Settings = Required<ChrfOptions>;
const EPSILON = 1e-16;
const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

function settle(options: ChrfOptions): Settings {
  const settings = { characterOrder: 6, wordOrder: 0, beta: 2, lowercase: false, whitespace: false, epsilonSmoothing: false, ...options };
  needWhole("characterOrder", settings.characterOrder, 1, 100);
  needWhole("wordOrder", settings.wordOrder, 0, 100);
  needOption("beta", settings.beta, settings.beta > 0 && Number.isFinite(settings.beta), { en: "numbers above 0", zh: "大于 0 的数" });
  return settings;
}

// One punctuation mark comes off the end of a word, else off its beginning: "(hi)" is "(hi" and ")".
function wordsOf(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = [...word];
    if (characters.length === 1) return [word];
    if (punctuation.has(characters.at(-1)!)) return [characters.slice(0, -1).join(""), characters.at(-1)!];
    return punctuation.has(characters[0]) ? [characters[0], characters.slice(1).join("")] : [word];
  });
}

function allNgrams(raw: string, { characterOrder, wordOrder, lowercase, whitespace }: Settings): Map<string, number>[] {
  const text = lowercase ? raw.toLowerCase() : raw;
  const characters = [...(whitespace ? text : withoutSpaces(text))];
  const words = wordOrder > 0 ? wordsOf(text) : [];
  return [
    ...Array.from({ length: characterOrder }, (_, i) => tally(ngrams(characters, i + 1, ""))),
    ...Array.from({ length: wordOrder }, (_, i) => tally(ngrams(words, i + 1, " "))),
  ];
}

const size = (counts: ReadonlyMap<string, number>): number => sum([...counts.values()]);

// For each order: n-grams of the hypothesis (none where the reference has none), of the reference, and shared.
type Counts = readonly (readonly number[])[];

function countPair(own: readonly ReadonlyMap<string, number>[], other: readonly ReadonlyMap<string, number>[]): Counts {
  return own.map((counts, i) => [other[i].size === 0 ? 0 : size(counts), size(other[i]), shared(counts, other[i])]);
}

function fScore(counts: Counts, { beta, epsilonSmoothing }: Settings): number {
  const factor = beta * beta;
  let [score, precisions, recalls, orders] = [0, 0, 0, 0];
  for (const [own, other, match] of counts) {
    const precision = own > 0 ? match / own : EPSILON;
    const recall = other > 0 ? match / other : EPSILON;
    const divisor = factor * precision + recall;
    score += divisor > 0 ? ((1 + factor) * precision * recall) / divisor : EPSILON;
    if (own === 0 || other === 0) continue;
    precisions += precision;
    recalls += recall;
    orders++;
  }
  if (epsilonSmoothing) return (100 * score) / counts.length;
  if (precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / orders, recalls / orders];
  return (100 * (1 + factor) * precision * recall) / (factor * precision + recall);
}

// The counts against the reference of highest score; of equal ones the first.
function countRow(hypothesis: string, references: readonly string[], settings: Settings): Counts {
  const own = allNgrams(hypothesis, settings);
  const counts = references.map((reference) => countPair(own, allNgrams(reference, settings)));
  const scores = counts.map((one) => fScore(one, settings));
  return counts[scores.indexOf(Math.max(...scores))];
}

function result(score: number, settings: Settings, references: readonly (readonly string[])[]): ChrfScore {
  const counts = new Set(references.map((list) => list.length));
  const yes = (value: boolean) => (value ? "yes" : "no");
  const signature = [
    `nrefs:${counts.size === 1 ? [...counts][0] : "var"}`,
    `case:${settings.lowercase ? "lc" : "mixed"}`,
    `eff:${yes(!settings.epsilonSmoothing)}`,
    `nc:${settings.characterOrder}`,
    `nw:${settings.wordOrder}`,
    `space:${yes(settings.whitespace)}`,
    "version:2.6.0",
  ].join("|");
  return { score, name: `chrF${settings.beta}${"+".repeat(settings.wordOrder)}`, signature };
}

/**
 * chrF of a corpus, from 0 to 100: F2 of character n-grams up to 6, counts added up over rows; `wordOrder: 2` makes it chrF++. Suits Chinese without segmentation.
 *
 * Equals sacrebleu 2.6.0 and carries its signature.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`; `E_OPTION`; the reason of `signal`. Source: Popović 2015, doi:10.18653/v1/W15-3049, and 2017 (chrF++).
 *
 * @example
 * const { score } = await chrf(["The dog bit the man."], ["The dog had bit the man."]); // 67.6471
 */
export async function chrf(
  hypotheses: readonly string[],
  references: readonly References[],
  options: ChrfOptions & WalkOptions = {},
): Promise<ChrfScore> {
  const settings = settle(options);
  const lists = needCorpus(hypotheses, references);
  let sums: Counts = Array.from({ length: settings.characterOrder + settings.wordOrder }, () => [0, 0, 0]);
  const add = (i: number) => {
    const counts = countRow(hypotheses[i], lists[i], settings);
    sums = sums.map((row, order) => row.map((value, at) => value + counts[order][at]));
  };
  await walkRows(lists.length, add, options);
  return result(fScore(sums, settings), settings, lists);
}

/**
 * chrF of one sentence.
 *
 * Errors: `E_METRIC_ROW`; `E_OPTION`. Source: as `chrf`.
 *
 * @example
 * sentenceChrf("今天天气好", "今天天气很好", { wordOrder: 2 }).name; // "chrF2++"
 */
export function sentenceChrf(hypothesis: string, references: References, options: ChrfOptions = {}): ChrfScore {
  const settings = settle(options);
  needText("hypothesis", 0, hypothesis);
  const list = referencesOf("references", 0, references);
  return result(fScore(countRow(hypothesis, list, settings), settings), settings, [list]);
}
