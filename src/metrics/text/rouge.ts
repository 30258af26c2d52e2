// ROUGE-N, ROUGE-L and ROUGE-Lsum as rouge-score computes them; for Chinese over characters.

import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { porterStem } from "../../text/index.ts";
import { needCells, needText } from "../checks.ts";
import { type WalkOptions, walkRows } from "../walk.ts";
import { ngrams, shared, tally } from "./plain.ts";
import { needCorpus, type References, referencesOf } from "./references.ts";

/** The kinds: overlap of words, of pairs of words, longest common subsequence of the text, and of its lines. */
export type RougeType = "rouge1" | "rouge2" | "rougeL" | "rougeLsum";

/** Options of ROUGE. */
export interface RougeOptions {
  /** What is compared. "english", as rouge-score: runs of a-z and 0-9, lowered, all else dropped. "chinese" (default): the same, and every Chinese character for itself; texts without any score alike. */
  readonly language?: "english" | "chinese";
  /** Porter's stems of English words of four letters or more. Default false. */
  readonly stemmer?: boolean;
}

/** Precision, recall and F of one kind, from 0 to 1. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

/** All kinds. */
export type RougeScores = { readonly [type in RougeType]: RougeScore };

const words = { english: /[a-z0-9]+/g, chinese: /[a-z0-9]+|\p{Script=Han}/gu };

function wordsOf(text: string, { language = "chinese", stemmer = false }: RougeOptions): string[] {
  const found = text.toLowerCase().match(words[language]) ?? [];
  return stemmer ? found.map((word) => (/^[a-z0-9]{4,}$/.test(word) ? porterStem(word) : word)) : [...found];
}

function scoreOf(hits: number, predicted: number, reference: number): RougeScore {
  const precision = predicted === 0 ? 0 : hits / predicted;
  const recall = reference === 0 ? 0 : hits / reference;
  return { precision, recall, f: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0 };
}

function overlap(reference: readonly string[], predicted: readonly string[], n: number): RougeScore {
  const [theirs, ours] = [ngrams(reference, n, " "), ngrams(predicted, n, " ")];
  return scoreOf(shared(tally(theirs), tally(ours)), ours.length, theirs.length);
}

// The length of the longest common subsequence. `left(i, j)` is told each cell whose longer neighbour is the one to its left.
function subsequenceLength(a: readonly string[], b: readonly string[], left?: (i: number, j: number) => void): number {
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      if (row[j] > above[j + 1]) left?.(i, j);
      row[j + 1] = a[i] === b[j] ? above[j] + 1 : Math.max(above[j + 1], row[j]);
    }
    [above, row] = [row, above];
  }
  return above[b.length];
}

// Which words of `a` are in one longest common subsequence: rouge-score's choice among equally long ones. One bit a cell tells the way back.
function subsequencePlaces(a: readonly string[], b: readonly string[]): number[] {
  const bits = new Uint8Array(Math.ceil((a.length * b.length) / 8));
  const bit = (i: number, j: number) => i * b.length + j;
  subsequenceLength(a, b, (i, j) => {
    bits[Math.floor(bit(i, j) / 8)] |= 1 << (bit(i, j) % 8);
  });
  const found: number[] = [];
  for (let [i, j] = [a.length - 1, b.length - 1]; i >= 0 && j >= 0; ) {
    if (a[i] === b[j]) {
      found.push(i--);
      j--;
    } else if ((bits[Math.floor(bit(i, j) / 8)] >> (bit(i, j) % 8)) & 1) j--;
    else i--;
  }
  return found;
}

// For each line of the reference the words that any line of the prediction has in common with it, no word more often than both texts have it.
function linesInCommon(reference: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): RougeScore {
  const left = [reference, predicted].map((lines) => tally(lines.flat()));
  let hits = 0;
  for (const line of reference) {
    const places = new Set(predicted.flatMap((other) => subsequencePlaces(line, other)));
    for (const word of [...places].sort((a, b) => a - b).map((place) => line[place])) {
      if (left.some((counts) => (counts.get(word) ?? 0) === 0)) continue;
      for (const counts of left) counts.set(word, counts.get(word)! - 1);
      hits++;
    }
  }
  return scoreOf(hits, predicted.flat().length, reference.flat().length);
}

function scorePair(prediction: string, reference: string, options: RougeOptions, row: number): RougeScores {
  const [theirs, ours] = [wordsOf(reference, options), wordsOf(prediction, options)];
  needCells("predictions", row, ours.length, theirs.length);
  const lines = (text: string) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => wordsOf(line, options));
  return {
    rouge1: overlap(theirs, ours, 1),
    rouge2: overlap(theirs, ours, 2),
    rougeL: scoreOf(subsequenceLength(theirs, ours), ours.length, theirs.length),
    rougeLsum: linesInCommon(lines(reference), lines(prediction)),
  };
}

function scoreRow(prediction: string, references: readonly string[], options: RougeOptions, row: number): RougeScores {
  const scores = references.map((reference) => scorePair(prediction, reference, options, row));
  const best = (type: RougeType) => scores.map((one) => one[type]).reduce((top, one) => (one.f > top.f ? one : top));
  return { rouge1: best("rouge1"), rouge2: best("rouge2"), rougeL: best("rougeL"), rougeLsum: best("rougeLsum") };
}

function needLanguage({ language = "chinese" }: RougeOptions): void {
  if (!Object.hasOwn(words, language)) throw new InkstoneError("E_OPTION", { option: "language", value: language, allowed: Object.keys(words) });
}

/**
 * ROUGE of one text. Of several references, each kind takes the one of highest F. Lines (\n) are the sentences of ROUGE-Lsum.
 *
 * Chinese characters are compared one by one, beside Latin words and numbers: scores of other splittings cannot be compared with it. `language: "english"` drops them, as rouge-score does:
 * two equal Chinese texts then score 0.
 * Errors: `E_METRIC_ROW` (no text; so many words that they would take 10^8 comparisons); `E_OPTION`. Source: Lin 2004, "ROUGE: a package for automatic evaluation of summaries"; Google's rouge-score 0.1.2.
 *
 * @example
 * rougeScores("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog").rougeL; // { precision: 0.625, recall: 0.5556, f: 0.5882 }
 */
export function rougeScores(prediction: string, references: References, options: RougeOptions = {}): RougeScores {
  refuseUnknown<RougeOptions>("rougeScores", options, { language: true, stemmer: true });
  needLanguage(options);
  needText("prediction", 0, prediction);
  return scoreRow(prediction, referencesOf("references", 0, references), options, 0);
}

/** ROUGE of many texts: the means, and each row. */
export interface RougeCorpus extends RougeScores {
  readonly rows: readonly RougeScores[];
}

/**
 * ROUGE of many texts: the mean of precision, recall and F over rows.
 *
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`; `E_OPTION`; the reason of `signal`. Source: as `rougeScores`.
 *
 * @example
 * const { rouge1 } = await rouge(["今天天气好"], ["今天天气很好"], { language: "chinese" }); // { precision: 1, recall: 0.8333, f: 0.9091 }
 */
export async function rouge(
  predictions: readonly string[],
  references: readonly References[],
  options: RougeOptions & WalkOptions = {},
): Promise<RougeCorpus> {
  needLanguage(options);
  const lists = needCorpus(predictions, references);
  const rows: RougeScores[] = [];
  await walkRows(lists.length, (i) => rows.push(scoreRow(predictions[i], lists[i], options, i)), options);
  const mean = (type: RougeType): RougeScore => {
    const over = (name: keyof RougeScore) => rows.reduce((all, row) => all + row[type][name], 0) / rows.length;
    return { precision: over("precision"), recall: over("recall"), f: over("f") };
  };
  return { rouge1: mean("rouge1"), rouge2: mean("rouge2"), rougeL: mean("rougeL"), rougeLsum: mean("rougeLsum"), rows };
}
