// Texts that are nearly the same: sketches in bands, so that only likely pairs are compared. Remembers sketches, not texts.
// Source: Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", section 3.4 (locality-sensitive hashing of MinHash signatures).
import { InkstoneError, refuseUnknown } from "../../core/index.ts";
import { agreement, mix, type ShingleOptions, shingles, sketch } from "./minhash.ts";
import type { CleanStep } from "./step.ts";

/** How near is near, and how much is remembered. */
export interface NearDuplicateOptions extends ShingleOptions {
  /** Least estimated Jaccard similarity of a duplicate, above 0 and at most 1 (default 0.8). */
  readonly threshold?: number;
  /** Size of a sketch: 32, 64, 128 (default) or 256. The estimate's standard error is about √(J (1 - J) / size). */
  readonly permutations?: number;
  /** Which hashes are used (default 0). */
  readonly seed?: number;
  /** Texts that are remembered (default 100,000: some 80 MB with 128); older ones are forgotten. */
  readonly capacity?: number;
}

/** A match of `NearDuplicateIndex.add`. */
export interface NearDuplicate {
  /** Number of the earlier text, counted from 0 in the order of adding. */
  readonly of: number;
  /** Estimated Jaccard similarity of their shingles. */
  readonly similarity: number;
}

interface Settings {
  readonly threshold: number;
  readonly permutations: number;
  readonly seed: number;
  readonly capacity: number;
  readonly shingle: ShingleOptions;
}

const refuse = (option: string, value: unknown, allowed: { en: string; zh: string }): never => {
  throw new InkstoneError("E_OPTION", { option, value, allowed });
};

function checked({ threshold = 0.8, permutations = 128, seed = 0, capacity = 100_000, unit, size }: NearDuplicateOptions): Settings {
  if (!(threshold > 0 && threshold <= 1)) refuse("threshold", threshold, { en: "above 0 and at most 1", zh: "大于 0 且不超过 1" });
  if (![32, 64, 128, 256].includes(permutations)) refuse("permutations", permutations, { en: "32, 64, 128, 256", zh: "32、64、128、256" });
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 24) refuse("capacity", capacity, { en: "1 to 16,777,216", zh: "1 到 16777216" });
  if (size !== undefined && !(Number.isInteger(size) && size >= 1 && size <= 64)) refuse("size", size, { en: "1 to 64", zh: "1 到 64" });
  if (!Number.isSafeInteger(seed) || seed < 0) refuse("seed", seed, { en: "whole numbers from 0", zh: "从 0 起的整数" });
  return { threshold, permutations, seed, capacity, shingle: { unit, size } };
}

// The longest bands with which a pair at the threshold meets in at least one of them with a probability of 95 %: 1 - (1 - t^rows)^bands.
function rowsOf(threshold: number, permutations: number): number {
  let rows = 1;
  while (rows < permutations && 1 - (1 - threshold ** (rows + 1)) ** Math.floor(permutations / (rows + 1)) >= 0.95) rows++;
  return rows;
}

/** Most earlier texts of one bucket that are compared. */
const chainLimit = 64;

/**
 * Finds for each text an earlier one that is nearly the same. Memory is bounded: when `capacity` texts are in, a new one takes the place of the oldest.
 * Pairs at the threshold are found with a probability of about 95 %, more alike ones nearly always; the same seed finds the same ones. Errors: E_OPTION.
 *
 * @example
 * const index = new NearDuplicateIndex({ threshold: 0.5 });
 * index.add("Grind the ink slowly, with little water."); // undefined
 * index.add("Grind the ink slowly, with a little water.")?.of; // 0
 */
export class NearDuplicateIndex {
  readonly #settings: Settings;
  readonly #rows: number;
  readonly #bands: number;
  /** Slots in use; text n is in slot n modulo room. */
  #room: number;
  #sketches: Uint32Array = new Uint32Array(0);
  /** For each slot and band: the number + 1 of the next older text of its bucket (0: none). Buckets share places now and then; agreement decides in the end. */
  #older: Uint32Array = new Uint32Array(0);
  /** For each band and place: the number + 1 of the youngest text. */
  #heads: Uint32Array = new Uint32Array(0);
  #places = 0;
  #count = 0;

  constructor(options: NearDuplicateOptions = {}) {
    refuseUnknown<NearDuplicateOptions>("NearDuplicateIndex", options, {
      unit: true,
      size: true,
      threshold: true,
      permutations: true,
      seed: true,
      capacity: true,
    });
    this.#settings = checked(options);
    const { threshold, permutations, capacity } = this.#settings;
    this.#rows = rowsOf(threshold, permutations);
    this.#bands = Math.floor(permutations / this.#rows);
    this.#room = Math.min(256, capacity);
    this.#makeRoom();
  }

  /** Texts that were added. */
  get size(): number {
    return this.#count;
  }

  /** Adds a text; the most alike of the earlier ones that are near, or undefined. An empty text is near nothing. */
  add(text: string): NearDuplicate | undefined {
    const number = this.#count++;
    if (number >= this.#room && this.#room < this.#settings.capacity) this.#grow(number);
    const numbers = shingles(text, this.#settings.shingle);
    const own = this.#sketchOf(number);
    sketch(numbers, own, this.#settings.seed);
    if (numbers.length === 0) return undefined;
    const found = this.#nearest(own, number);
    this.#enter(own, number);
    return found;
  }

  #sketchOf(number: number): Uint32Array {
    const { permutations } = this.#settings;
    const slot = number % this.#room;
    return this.#sketches.subarray(slot * permutations, (slot + 1) * permutations);
  }

  // Where the head of a band's bucket is.
  #headAt(own: Uint32Array, band: number): number {
    let h = band;
    for (let i = band * this.#rows; i < (band + 1) * this.#rows; i++) h = mix(Math.imul(h, 31) ^ own[i]);
    return band * this.#places + (h & (this.#places - 1));
  }

  #nearest(own: Uint32Array, number: number): NearDuplicate | undefined {
    const seen = new Set<number>();
    let best: NearDuplicate | undefined;
    for (let band = 0; band < this.#bands; band++) {
      let other = this.#heads[this.#headAt(own, band)] - 1;
      // The slot of an older one than these belongs to another text by now.
      for (let hops = 0; other >= 0 && other > number - this.#room && hops < chainLimit; hops++) {
        if (!seen.has(other)) {
          seen.add(other);
          const similarity = agreement(own, this.#sketchOf(other));
          if (similarity >= this.#settings.threshold && similarity > (best?.similarity ?? 0)) best = { of: other, similarity };
        }
        other = this.#older[(other % this.#room) * this.#bands + band] - 1;
      }
    }
    return best;
  }

  #enter(own: Uint32Array, number: number): void {
    for (let band = 0; band < this.#bands; band++) {
      const head = this.#headAt(own, band);
      this.#older[(number % this.#room) * this.#bands + band] = this.#heads[head];
      this.#heads[head] = number + 1;
    }
  }

  // Until capacity is reached the slot of a text is its number, so slots keep their places.
  #grow(entered: number): void {
    this.#room = Math.min(this.#settings.capacity, this.#room * 2);
    const sketches = this.#sketches;
    this.#makeRoom();
    this.#sketches.set(sketches);
    for (let number = 0; number < entered; number++) this.#enter(this.#sketchOf(number), number);
  }

  #makeRoom(): void {
    this.#places = 2 ** Math.ceil(Math.log2(this.#room * 2));
    this.#sketches = new Uint32Array(this.#room * this.#settings.permutations);
    this.#older = new Uint32Array(this.#room * this.#bands);
    this.#heads = new Uint32Array(this.#places * this.#bands);
  }
}

/**
 * Drops a text that is nearly the same as an earlier one (`NearDuplicateIndex`); the first of a group stays. One change a dropped text. Dropped texts are compared with as well.
 *
 * @example
 * cleanTexts(["The ink is black today.", "The ink is black today!", "Paper."], [nearDuplicates({ threshold: 0.7 })]); // ["The ink is black today.", "Paper."]
 */
export function nearDuplicates(options: NearDuplicateOptions = {}): CleanStep {
  checked(options);
  return {
    name: options.threshold === undefined ? "near-duplicates" : `near-duplicates:${options.threshold}`,
    open: () => {
      const index = new NearDuplicateIndex(options);
      return (text) => {
        const near = index.add(text) !== undefined;
        return { text: near ? undefined : text, changes: near ? 1 : 0 };
      };
    },
  };
}
