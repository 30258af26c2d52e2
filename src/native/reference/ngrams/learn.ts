// Ends the learning of a vocabulary: prunes it, sorts it by code points, renumbers the rows. Twin: native/services/src/ngrams/learn.rs.
import { byCodePoints } from "../../../core/index.ts";

/** Texts that a feature must and may occur in, and how many features are kept at most. */
export interface Limits {
  readonly fewest: number;
  readonly most: number;
  readonly features: number;
}

type Row = ReadonlyMap<number, number>;

/** The vocabulary that stays, numbered from 0, and the rows by its numbers. */
export function finish(
  learnt: ReadonlyMap<string, number>,
  rows: readonly Row[],
  { fewest, most, features }: Limits,
): { vocabulary: Map<string, number>; rows: Map<number, number>[] } {
  const texts = new Float64Array(learnt.size);
  const totals = new Float64Array(learnt.size);
  for (const row of rows) {
    for (const [id, count] of row) {
      texts[id]++;
      totals[id] += count;
    }
  }
  const frequent = [...learnt].filter(([, id]) => texts[id] >= fewest && texts[id] <= most).sort(([a], [b]) => byCodePoints(a, b));
  const kept =
    frequent.length <= features
      ? frequent
      : // Ties go to the earlier name: sorting is stable.
        new Set([...frequent].sort(([, a], [, b]) => totals[b] - totals[a]).slice(0, Math.trunc(features)));
  const numbers = new Map<number, number>();
  const vocabulary = new Map<string, number>();
  for (const entry of frequent) {
    if (kept instanceof Set && !kept.has(entry)) continue;
    numbers.set(entry[1], vocabulary.size);
    vocabulary.set(entry[0], vocabulary.size);
  }
  const renumbered = (row: Row) =>
    new Map(
      [...row].flatMap(([id, count]): [number, number][] => {
        const number = numbers.get(id);
        return number === undefined ? [] : [[number, count]];
      }),
    );
  return { vocabulary, rows: rows.map(renumbered) };
}
