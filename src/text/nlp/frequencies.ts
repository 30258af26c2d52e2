// How often each thing occurs. Knows no text.

/**
 * Counts of things, with NLTK's names. Things are told apart as keys of a Map.
 *
 * @example
 * const counts = new FreqDist(["ink", "pen", "ink"]);
 * counts.mostCommon(1); // [["ink", 2]]
 * counts.freq("ink"); // 0.667
 */
export class FreqDist<T = string> {
  readonly #counts = new Map<T, number>();
  #total = 0;

  constructor(samples: Iterable<T> = []) {
    for (const sample of samples) this.add(sample);
  }

  /** Counts one more (or `count` more). */
  add(sample: T, count = 1): void {
    this.#counts.set(sample, this.get(sample) + count);
    this.#total += count;
  }

  /** How often; 0 when never. */
  get(sample: T): number {
    return this.#counts.get(sample) ?? 0;
  }

  /** Everything counted together (NLTK's N). */
  get total(): number {
    return this.#total;
  }

  /** How many different ones (NLTK's B). */
  get size(): number {
    return this.#counts.size;
  }

  /** Share of one: count / total; 0 when nothing is counted. */
  freq(sample: T): number {
    return this.#total === 0 ? 0 : this.get(sample) / this.#total;
  }

  /** The n most frequent (default: all), most frequent first; among equals the one seen first. */
  mostCommon(n: number = this.#counts.size): [T, number][] {
    return [...this.#counts].sort((a, b) => b[1] - a[1]).slice(0, n);
  }

  /** The most frequent one; undefined when nothing is counted. */
  max(): T | undefined {
    return this.mostCommon(1)[0]?.[0];
  }

  /** Those that occur once, in the order in which they came. */
  hapaxes(): T[] {
    return [...this.#counts].filter(([, count]) => count === 1).map(([sample]) => sample);
  }

  /** All with their counts, in the order in which they came. */
  [Symbol.iterator](): IterableIterator<[T, number]> {
    return this.#counts.entries();
  }
}
