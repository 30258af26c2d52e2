// Ranks of a training within one process: what they give is exchanged once all of them have called.
import type { World } from "#train";

/** So many ranks that train together. */
export function ranksHere(size: number): World[] {
  let waiting: { readonly rank: number; readonly given: unknown; take(all: readonly unknown[]): void }[] = [];
  const exchange = <T>(rank: number, given: T): Promise<readonly T[]> =>
    new Promise((take) => {
      waiting.push({ rank, given, take: take as (all: readonly unknown[]) => void });
      if (waiting.length < size) return;
      const all = waiting.sort((a, b) => a.rank - b.rank);
      waiting = [];
      for (const one of all) one.take(all.map(({ given }) => given));
    });
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    sum: async (values) => {
      const all = await exchange(rank, values);
      return values.map((_value, i) => all.reduce((total, { [i]: value }) => Math.fround(total + value), 0));
    },
    sumNumbers: async (values) => {
      const all = await exchange(rank, values);
      return values.map((_value, i) => all.reduce((total, { [i]: value }) => total + value, 0));
    },
    tell: async <T>(value: T | undefined) => {
      const [first] = await exchange(rank, value === undefined ? undefined : JSON.stringify(value));
      return JSON.parse(first as string) as T;
    },
    end: async () => void (await exchange(rank, undefined)),
  }));
}
