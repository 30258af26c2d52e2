// Translation edit rate as sacrebleu (after Tercom) computes it: insertions, deletions, substitutions, and shifts of whole runs of words.
import { needCells, needText } from "../checks.ts";
import { type WalkOptions, walkRows } from "../walk.ts";
import { trimEnd } from "./plain.ts";
import { needCorpus, type References, referencesOf } from "./references.ts";
import { type Alignment, EditTable } from "./ter-distance.ts";
import { type TerWords, terWords } from "./ter-tokenizer.ts";

/** TER with its parts. */
export interface TerScore {
  /** 100 · edits / reference words: 0 is best, above 100 is possible. */
  readonly score: number;
  readonly edits: number;
  /** Words of the references, each row the mean of its own. */
  readonly referenceLength: number;
  readonly signature: string;
}

// Tercom's limits: longest run shifted, farthest shift, and how many shifts are tried for one pair.
const LONGEST_RUN = 10;
const FARTHEST = 50;
const MOST_TRIED = 1000;
// Up to a thousand tables of this size are filled, each within the beam: sentences and paragraphs, not books.
const MOST_TER_CELLS = 1e6;

interface Shift {
  readonly gain: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  readonly words: Int32Array;
}

// Most gained first, then the longest run, the earliest run, the earliest target.
const better = (a: Shift, b: Shift): boolean => (a.gain - b.gain || a.length - b.length || b.from - a.from || b.to - a.to) > 0;

function shifted(words: Int32Array, from: number, length: number, to: number): Int32Array {
  const all = [...words];
  const run = all.splice(from, length);
  all.splice(to < from ? to : to > from + length ? to - length : to, 0, ...run);
  return Int32Array.from(all);
}

// Runs of the hypothesis that the reference has too, shorter ones first.
function* sharedRuns(words: Int32Array, reference: Int32Array): Generator<readonly [from: number, at: number, length: number]> {
  for (let from = 0; from < words.length; from++) {
    for (let at = Math.max(0, from - FARTHEST); at < Math.min(reference.length, from + FARTHEST + 1); at++) {
      for (let length = 1; length <= LONGEST_RUN && from + length <= words.length && at + length <= reference.length; length++) {
        if (words[from + length - 1] !== reference[at + length - 1]) break;
        yield [from, at, length];
      }
    }
  }
}

// Where a run may go: before the first word, or behind the word at which the reference has what comes before. Each place once in a row.
function targets({ places }: Alignment, at: number, length: number): number[] {
  const found: number[] = [];
  for (let offset = -1; offset < length && at + offset < places.length; offset++) {
    const to = at + offset === -1 ? 0 : places[at + offset] + 1;
    if (to !== found.at(-1)) found.push(to);
  }
  return found;
}

// A run is worth a shift when it stands wrong, is missing where it should stand, and would not go into itself.
function worth({ wrong, wrongInReference, places }: Alignment, from: number, at: number, length: number): boolean {
  const any = (flags: Uint8Array, start: number) => flags.subarray(start, start + length).includes(1);
  return any(wrong, from) && any(wrongInReference, at) && !(from <= places[at] && places[at] < from + length);
}

function bestShift(words: Int32Array, reference: Int32Array, table: EditTable, tried: { count: number }): Shift | undefined {
  const alignment = table.align(words);
  let best: Shift | undefined;
  for (const [from, at, length] of sharedRuns(words, reference)) {
    if (!worth(alignment, from, at, length)) continue;
    for (const to of targets(alignment, at, length)) {
      const moved = shifted(words, from, length, to);
      const candidate = { gain: alignment.distance - table.distance(moved), length, from, to, words: moved };
      tried.count++;
      if (best === undefined || better(candidate, best)) best = candidate;
    }
    if (tried.count >= MOST_TRIED) break;
  }
  return best;
}

function editsBetween(hypothesis: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0) return hypothesis.length;
  const ids = new Map([...new Set([...reference, ...hypothesis])].map((word, id) => [word, id]));
  const number = (word: string) => ids.get(word)!;
  const target = Int32Array.from(reference, number);
  let words = Int32Array.from(hypothesis, number);
  const table = new EditTable(target);
  const tried = { count: 0 };
  for (let shifts = 0; ; shifts++) {
    const best = bestShift(words, target, table, tried);
    if (best === undefined || best.gain <= 0 || tried.count >= MOST_TRIED) return shifts + table.distance(words);
    words = best.words as Int32Array<ArrayBuffer>;
  }
}

interface RowEdits {
  readonly edits: number;
  readonly length: number;
}

function countRow(hypothesis: string, references: readonly string[], options: TerWords, row: number): RowEdits {
  const words = terWords(trimEnd(hypothesis), options);
  const others = references.map((reference) => terWords(trimEnd(reference), options));
  for (const other of others) needCells("hypotheses", row, words.length, other.length, MOST_TER_CELLS);
  return {
    edits: Math.min(...others.map((other) => editsBetween(words, other))),
    length: others.reduce((all, other) => all + other.length, 0) / others.length,
  };
}

function result(rows: readonly RowEdits[], options: TerWords, references: readonly (readonly string[])[]): TerScore {
  const edits = rows.reduce((all, row) => all + row.edits, 0);
  const referenceLength = rows.reduce((all, row) => all + row.length, 0);
  const counts = new Set(references.map((list) => list.length));
  const yes = (value: boolean | undefined) => (value ? "yes" : "no");
  const signature = [
    `nrefs:${counts.size === 1 ? [...counts][0] : "var"}`,
    `case:${options.caseSensitive ? "mixed" : "lc"}`,
    "tok:tercom",
    `norm:${yes(options.normalized)}`,
    `punct:${yes(!options.noPunctuation)}`,
    `asian:${yes(options.asian)}`,
    "version:2.6.0",
  ].join("|");
  return { score: 100 * (referenceLength > 0 ? edits / referenceLength : edits > 0 ? 1 : 0), edits, referenceLength, signature };
}

/**
 * Translation edit rate of a corpus: 100 · fewest edits / mean reference words. A shift of a run of words is one edit. Texts are lowered, split at white space.
 *
 * Equals sacrebleu 2.6.0 and carries its signature.
 * Errors: `E_METRIC_LENGTH`, `E_METRIC_EMPTY`, `E_METRIC_ROW`; the reason of `signal`.
 * Source: Snover et al. 2006, "A study of translation edit rate with targeted human annotation".
 *
 * @example
 * const { score } = await ter(["a b c d"], ["c d a b"]); // 25
 */
export async function ter(hypotheses: readonly string[], references: readonly References[], options: TerWords & WalkOptions = {}): Promise<TerScore> {
  const lists = needCorpus(hypotheses, references);
  const rows: RowEdits[] = [];
  await walkRows(lists.length, (i) => rows.push(countRow(hypotheses[i], lists[i], options, i)), options);
  return result(rows, options, lists);
}

/**
 * Translation edit rate of one sentence.
 *
 * Errors: `E_METRIC_ROW` (no text; more than 1,000 words against 1,000). Source: as `ter`.
 *
 * @example
 * sentenceTer("the cat sat", "the cat sat down").edits; // 1
 */
export function sentenceTer(hypothesis: string, references: References, options: TerWords = {}): TerScore {
  needText("hypothesis", 0, hypothesis);
  const list = referencesOf("references", 0, references);
  return result([countRow(hypothesis, list, options, 0)], options, [list]);
}
