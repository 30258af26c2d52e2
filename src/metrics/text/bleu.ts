// BLEU as sacrebleu computes it: of a corpus, of a sentence, and from sums of counts (which is what resampling adds up).
import { InkstoneError } from "../../core/index.ts";
import { needOption, needText, needWhole } from "../checks.ts";
import { type WalkOptions, walkRows } from "../walk.ts";
import { type BleuTokenizer, bleuTokenizers, bleuWords } from "./bleu-tokenizers.ts";
import { ngrams, shared, tally, trimEnd } from "./plain.ts";
import { needCorpus, type References, referencesOf } from "./references.ts";

/** What stands for a precision of 0: a halving series (NIST), a small count, k more of everything, or nothing. */
export type BleuSmoothing = "exp" | "floor" | "add-k" | "none";

/** Options of BLEU. */
export interface BleuOptions {
  /** Default "13a"; Chinese wants "zh". */
  readonly tokenizer?: BleuTokenizer;
  readonly lowercase?: boolean;
  /** Default "exp". */
  readonly smoothing?: BleuSmoothing;
  /** Of "floor" (default 0.1) and "add-k" (default 1). */
  readonly smoothingValue?: number;
  /** Longest n-gram. Default 4. */
  readonly maxOrder?: number;
  /** Leave out orders beyond the length of the text. Default: false for a corpus, true for a sentence. */
  readonly effectiveOrder?: boolean;
}

/** Counts of a row, or the sums of many: numbers that add up. */
export interface BleuCounts {
  /** n-grams that a reference has too, by order from 1. */
  readonly matches: readonly number[];
  /** n-grams of the hypothesis. */
  readonly totals: readonly number[];
  readonly hypothesisLength: number;
  /** Of the reference nearest in length; of two, the shorter. */
  readonly referenceLength: number;
}

/** BLEU with its parts. Score and precisions run from 0 to 100. */
export interface BleuScore extends BleuCounts {
  readonly score: number;
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** How it was computed, in sacrebleu's words: equal signatures can be compared. */
  readonly signature: string;
}

const defaultValues: { readonly [name in BleuSmoothing]: number | undefined } = { exp: undefined, floor: 0.1, "add-k": 1, none: undefined };

type Settings = Required<BleuOptions>;

// Chinese has no spaces between words: with "13a" a sentence would be one word, and equal ones would score 0.
function usualTokenizer(references: readonly (readonly string[])[]): BleuTokenizer {
  let [chinese, others] = [0, 0];
  for (const list of references)
    for (const text of list) {
      const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
      chinese += han;
      others += (text.match(/\p{L}/gu)?.length ?? 0) - han;
    }
  return chinese > others ? "zh" : "13a";
}

function settle(options: BleuOptions, effectiveOrder: boolean, references: readonly (readonly string[])[] = []): Settings {
  const { tokenizer = usualTokenizer(references), smoothing = "exp", maxOrder = 4 } = options;
  const oneOf = (option: string, value: string, allowed: readonly string[]) => {
    if (!allowed.includes(value)) throw new InkstoneError("E_OPTION", { option, value, allowed });
  };
  oneOf("tokenizer", tokenizer, bleuTokenizers);
  oneOf("smoothing", smoothing, Object.keys(defaultValues));
  needWhole("maxOrder", maxOrder, 1, 100);
  const smoothingValue = options.smoothingValue ?? defaultValues[smoothing] ?? 0;
  needOption("smoothingValue", smoothingValue, smoothingValue >= 0, { en: "numbers from 0 on", zh: "不小于 0 的数" });
  return { lowercase: false, effectiveOrder, ...options, tokenizer, smoothing, maxOrder, smoothingValue };
}

function allNgrams(text: string, { lowercase, tokenizer, maxOrder }: Settings): { counts: Map<string, number>[]; length: number } {
  const words = bleuWords(trimEnd(lowercase ? text.toLowerCase() : text), tokenizer);
  return { counts: Array.from({ length: maxOrder }, (_, i) => tally(ngrams(words, i + 1, " "))), length: words.length };
}

function countRow(hypothesis: string, references: readonly string[], settings: Settings): BleuCounts {
  const own = allNgrams(hypothesis, settings);
  const others = references.map((reference) => allNgrams(reference, settings));
  const matches = own.counts.map((counts, order) => {
    if (others.length === 1) return shared(counts, others[0].counts[order]);
    let total = 0;
    for (const [ngram, count] of counts) total += Math.min(count, Math.max(...others.map((other) => other.counts[order].get(ngram) ?? 0)));
    return total;
  });
  const nearest = others
    .map(({ length }) => length)
    .reduce((best, length) => {
      const [gap, bestGap] = [Math.abs(own.length - length), Math.abs(own.length - best)];
      return gap < bestGap || (gap === bestGap && length < best) ? length : best;
    });
  const totals = own.counts.map((_, order) => Math.max(0, own.length - order));
  return { matches, totals, hypothesisLength: own.length, referenceLength: nearest };
}

function addCounts(rows: readonly BleuCounts[]): BleuCounts {
  const add = (name: "matches" | "totals") => rows[0][name].map((_, order) => rows.reduce((all, row) => all + row[name][order], 0));
  return {
    matches: add("matches"),
    totals: add("totals"),
    hypothesisLength: rows.reduce((all, row) => all + row.hypothesisLength, 0),
    referenceLength: rows.reduce((all, row) => all + row.referenceLength, 0),
  };
}

// Precisions of 0 … 100 with their smoothing, up to the first order without n-grams; and how many orders count.
function smoothed({ matches, totals }: BleuCounts, { smoothing, smoothingValue, maxOrder, effectiveOrder }: Settings) {
  const precisions = new Array<number>(maxOrder).fill(0);
  let orders = maxOrder;
  let zeros = 0;
  for (let i = 0; i < maxOrder; i++) {
    const more = smoothing === "add-k" && i > 0 ? smoothingValue : 0;
    const [match, total] = [matches[i] + more, totals[i] + more];
    if (total === 0) break;
    if (effectiveOrder) orders = i + 1;
    if (match === 0) zeros++;
    if (match > 0) precisions[i] = (100 * match) / total;
    else if (smoothing === "exp") precisions[i] = 100 / (2 ** zeros * total);
    else if (smoothing === "floor") precisions[i] = (100 * smoothingValue) / total;
  }
  return { precisions, orders };
}

function scoreOf(counts: BleuCounts, settings: Settings): Omit<BleuScore, "signature"> {
  const { hypothesisLength: own, referenceLength: other } = counts;
  const brevityPenalty = own >= other ? 1 : own > 0 ? Math.exp(1 - other / own) : 0;
  if (counts.matches.every((match) => match === 0)) return { ...counts, score: 0, precisions: counts.matches.map(() => 0), brevityPenalty };
  const { precisions, orders } = smoothed(counts, settings);
  const used = precisions.slice(0, orders);
  const logs = used.reduce((all, precision) => all + Math.log(precision), 0);
  return { ...counts, score: brevityPenalty * Math.exp(logs / orders), precisions, brevityPenalty };
}

function signatureOf(settings: Settings, references: readonly (readonly string[])[]): string {
  const counts = new Set(references.map((list) => list.length));
  const value = defaultValues[settings.smoothing] === undefined ? "" : `[${settings.smoothingValue.toFixed(2)}]`;
  return [
    `nrefs:${counts.size === 1 ? [...counts][0] : "var"}`,
    `case:${settings.lowercase ? "lc" : "mixed"}`,
    `eff:${settings.effectiveOrder ? "yes" : "no"}`,
    `tok:${settings.tokenizer}`,
    `smooth:${settings.smoothing}${value}`,
    "version:2.6.0",
  ].join("|");
}

/**
 * BLEU of a corpus, from 0 to 100: brevity penalty · exp(mean of ln n-gram precisions), counts added up over all rows. A row has one reference or several.
 *
 * Equals sacrebleu 2.6.0 to the last digits, and carries its signature. An empty hypothesis counts as one of length 0.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW` (a row without reference, or that is no text); `E_OPTION`; the reason of `signal`.
 * Source: Papineni et al. 2002, doi:10.3115/1073083.1073135; Post 2018, arXiv:1804.08771; smoothing: Chen & Cherry 2014.
 *
 * @example
 * const { score } = await bleu(["The dog bit the man.", "It wasn't surprising."], ["The dog bit the man.", "It was not unexpected."]); // 63.9817
 */
export async function bleu(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions & WalkOptions = {},
): Promise<BleuScore> {
  const lists = needCorpus(hypotheses, references);
  const settings = settle(options, false, lists);
  const rows: BleuCounts[] = [];
  await walkRows(lists.length, (i) => rows.push(countRow(hypotheses[i], lists[i], settings)), options);
  return { ...scoreOf(addCounts(rows), settings), signature: signatureOf(settings, lists) };
}

/**
 * BLEU of one sentence, with `effectiveOrder` unless told otherwise.
 *
 * Errors: `E_METRIC_ROW`; `E_OPTION`. Source: as `bleu`.
 *
 * @example
 * sentenceBleu("The cat sat.", "The cat sat on the mat.").score; // 30.1815
 */
export function sentenceBleu(hypothesis: string, references: References, options: BleuOptions = {}): BleuScore {
  needText("hypothesis", 0, hypothesis);
  const list = referencesOf("references", 0, references);
  const settings = settle(options, true, [list]);
  return { ...scoreOf(countRow(hypothesis, list, settings), settings), signature: signatureOf(settings, [list]) };
}

/**
 * The counts of each row, for resampling: draw rows, give them to `bleuOfCounts`.
 *
 * Errors: as `bleu`.
 *
 * @example
 * const [row] = await bleuCounts(["a b c"], ["a b d"]); // { matches: [2, 1, 0, 0], totals: [3, 2, 1, 0], hypothesisLength: 3, referenceLength: 3 }
 */
export async function bleuCounts(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions & WalkOptions = {},
): Promise<BleuCounts[]> {
  const lists = needCorpus(hypotheses, references);
  const settings = settle(options, false, lists);
  const rows: BleuCounts[] = [];
  await walkRows(lists.length, (i) => rows.push(countRow(hypotheses[i], lists[i], settings)), options);
  return rows;
}

/**
 * BLEU of rows whose counts are known. Errors: `E_METRIC_EMPTY`; `E_OPTION`.
 *
 * @example
 * bleuOfCounts(await bleuCounts(["The cat sat on the mat."], ["The cat sat on a mat."])).toFixed(4); // "48.8923"
 */
export function bleuOfCounts(rows: readonly BleuCounts[], options: BleuOptions = {}): number {
  if (rows.length === 0) throw new InkstoneError("E_METRIC_EMPTY", { what: "rows" });
  const settings = settle({ maxOrder: rows[0].matches.length, ...options }, false);
  return scoreOf(addCounts(rows), settings).score;
}
