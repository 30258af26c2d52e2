// What the trainers of tokens share: settings, what was learnt, counted words, the alphabet. Twin: native/services/src/learn. Knows no texts.

/** A word in characters as code points (bytes for "bytes"), and how often it was met. */
export interface CountedWord {
  readonly codes: readonly number[];
  readonly count: number;
}

/** How it is learnt: `TrainerConfiguration`, read. */
export interface Settings {
  readonly kind: number;
  readonly size: number;
  readonly fewest: number;
  readonly alphabetLimit: number;
  readonly longest: number;
  readonly greatest: boolean;
  readonly coverage: number;
  readonly seeds: number;
  readonly initial: readonly number[];
  readonly specials: readonly Buffer[];
}

/** What was learnt. */
export interface Learned {
  readonly tokens: readonly Buffer[];
  readonly merges: readonly (readonly [number, number])[];
  readonly scores: readonly number[];
}

/** Characters and how often they stand: the most frequent first, among equals the lowest code. */
export function charactersOf(words: readonly CountedWord[]): [code: number, count: number][] {
  const counts = new Map<number, number>();
  for (const { codes, count } of words) for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/** Characters that become tokens, by code: those given, and the most frequent of the words. */
export function alphabetOf(words: readonly CountedWord[], { initial, alphabetLimit }: Settings): number[] {
  const given = new Set(initial);
  const others = charactersOf(words).flatMap(([code]) => (given.has(code) ? [] : [code]));
  return [...given, ...others].slice(0, Math.max(alphabetLimit, initial.length)).sort((a, b) => a - b);
}
