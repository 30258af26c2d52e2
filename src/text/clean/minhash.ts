// Sketches of sets, whose agreement estimates how alike the sets are. Knows numbers only.
import { refuseUnknown } from "../../core/index.ts";
// Sources: Broder 1997, "On the resemblance and containment of documents"; Li, Owen & Zhang 2012, "One permutation hashing"; Shrivastava 2017, "Optimal densification".

/** Mixes 32 bits well (the finaliser of MurmurHash3). */
export function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** How a text is cut into the pieces that are compared. */
export interface ShingleOptions {
  /** Runs of characters (default; for every language) or of words. */
  readonly unit?: "characters" | "words";
  /** Characters (default 5) or words (default 3) of a piece. */
  readonly size?: number;
}

/**
 * A 32-bit number for each shingle of a text, upper and lower case and white space being the same. A text shorter than one shingle is one shingle. An empty one has none.
 *
 * @example
 * [shingles("Red  ink").length, shingles("red ink").length]; // [3, 3]
 */
export function shingles(text: string, options: ShingleOptions = {}): Uint32Array {
  refuseUnknown<ShingleOptions>("shingles", options, { unit: true, size: true });
  const { unit = "characters", size = unit === "words" ? 3 : 5 } = options;
  const folded = text.toLowerCase().replace(/\s+/g, " ").trim();
  return unit === "words" ? overWords(folded, size) : overUnits(folded, size);
}

// One rolling hash over UTF-16 units: h = Σ unit · B^(size - 1 - i), modulo 2^32.
const base = 0x01000193;

function overUnits(text: string, size: number): Uint32Array {
  if (text === "") return new Uint32Array(0);
  const width = Math.min(size, text.length);
  let power = 1;
  for (let i = 1; i < width; i++) power = Math.imul(power, base);
  const found = new Uint32Array(text.length - width + 1);
  let h = 0;
  for (let i = 0; i < text.length; i++) {
    if (i >= width) h = (h - Math.imul(text.charCodeAt(i - width), power)) | 0;
    h = (Math.imul(h, base) + text.charCodeAt(i)) | 0;
    if (i >= width - 1) found[i - width + 1] = h >>> 0;
  }
  return found;
}

function overWords(text: string, size: number): Uint32Array {
  const words = Array.from(text.matchAll(/[\p{L}\p{N}\p{M}]+/gu), ([word]) => overUnits(word, word.length)[0]);
  if (words.length === 0) return overUnits(text, text.length);
  const width = Math.min(size, words.length);
  const found = new Uint32Array(words.length - width + 1);
  for (let i = 0; i < found.length; i++) {
    let h = 0;
    for (let j = 0; j < width; j++) h = (Math.imul(h, base) + mix(words[i + j])) | 0;
    found[i] = h >>> 0;
  }
  return found;
}

const empty = 0xffffffff;

/**
 * The sketch of a set of numbers: every number falls into one of `bins.length` bins, each bin keeps its least; an empty bin borrows from one that the seed chooses.
 * The share of bins in which two sketches agree estimates |A ∩ B| / |A ∪ B|. Written into `bins`, whose length is a power of two. Time: numbers + bins.
 */
export function sketch(numbers: Uint32Array, bins: Uint32Array, seed: number): void {
  bins.fill(empty);
  const shift = 32 - Math.log2(bins.length);
  const salt = mix(seed ^ Math.floor(seed / 2 ** 32));
  for (const number of numbers) {
    const h = mix(number ^ salt);
    const bin = h >>> shift;
    const value = mix(h ^ 0x9e3779b9) & 0x7fffffff;
    if (value < bins[bin]) bins[bin] = value;
  }
  if (numbers.length > 0) borrow(bins, salt);
}

function borrow(bins: Uint32Array, salt: number): void {
  const full = bins.slice();
  for (let bin = 0; bin < bins.length; bin++)
    for (let attempt = 1, from = bin; bins[bin] === empty; attempt++) {
      bins[bin] = full[from];
      from = mix(mix(bin ^ salt) + attempt) & (bins.length - 1);
    }
}

/** The share of equal bins. */
export function agreement(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}
