// The boundary of the "ngrams" service: its configuration and methods. Twins: native/services/src/ngrams and reference/ngrams. Knows no weights.
import { packArrays, packStrings } from "./arrays.ts";

/** What n-grams are made of, by number: runs of letters, numbers and "_"; characters; characters of each word between two blanks; tokens cut before. */
export const ngramKinds = { word: 0, char: 1, char_wb: 2, tokens: 3 } as const;

/**
 * Methods of the "ngrams" service. Input of `learn`, `count` and `hash`: `packNgramTexts`. They add rows to those that are there, and give four words, as does `finish`:
 * rows, entries, features, bytes of their names.
 *
 * `learn` counts and takes new n-grams for features; `finish` prunes and sorts them by code points (input: fewest texts, most texts, most features, as numbers) and makes
 * them final; `count` counts known features only; `hash` counts by MurmurHash3. `names`: byte lengths, then bytes. `starts`, `indices` (words) and `counts` (numbers)
 * give the rows so far, columns ascending (except between `learn` and `finish`); `clear` forgets the rows.
 */
export const ngramMethods = { learn: 0, finish: 1, names: 2, starts: 3, indices: 4, counts: 5, count: 6, hash: 7, clear: 8 } as const;

/** What an "ngrams" service is made of. */
export interface NgramConfiguration {
  readonly kind: keyof typeof ngramKinds;
  readonly range: readonly [least: number, most: number];
  /** Least characters of a word. */
  readonly shortest: number;
  readonly stopWords: readonly string[];
  /** Features in order; without it, they are learnt. */
  readonly vocabulary?: readonly string[];
  /** Every count is 1. */
  readonly binary: boolean;
  /** Features of hashing; 0 for none. */
  readonly hashed: number;
  readonly alternateSign: boolean;
}

/** Configuration as bytes: words (kind, least, most, shortest, fixed, binary, hashed, alternate), stop words, vocabulary. */
export function packNgrams(made: NgramConfiguration): Uint8Array {
  const flags = [made.vocabulary ? 1 : 0, made.binary ? 1 : 0, made.hashed, made.alternateSign ? 1 : 0];
  const words = Uint32Array.of(ngramKinds[made.kind], ...made.range, made.shortest, ...flags);
  return packArrays([words, ...packStrings(made.stopWords), ...packStrings(made.vocabulary ?? [])]);
}

/** A batch: texts, or the tokens of each text. Arrays: byte lengths of texts; for tokens their number in each text and then all their byte lengths; bytes. */
export function packNgramTexts(texts: readonly string[] | readonly (readonly string[])[]): Uint8Array {
  if (typeof texts[0] === "string" || texts.length === 0) {
    const [lengths, bytes] = packStrings(texts as readonly string[]);
    return packArrays([lengths, new Uint32Array(0), bytes]);
  }
  const rows = texts as readonly (readonly string[])[];
  const [lengths, bytes] = packStrings(rows.flat());
  const [ends, counts] = [new Uint32Array(rows.length), new Uint32Array(rows.length + lengths.length)];
  let at = 0;
  for (const [i, row] of rows.entries()) {
    counts[i] = row.length;
    for (let j = 0; j < row.length; j++) ends[i] += lengths[at++];
  }
  counts.set(lengths, rows.length);
  return packArrays([ends, counts, bytes]);
}
