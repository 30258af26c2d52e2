// Okapi BM25: which of many texts speaks of these terms. Terms in, ranks out: what a term is, is the caller's affair.
import { InkstoneError, refuseUnknown } from "../core/index.ts";

/** How BM25 weighs. */
export interface Bm25Options {
  /** How fast repeating a term stops counting; 1.2 by default. */
  readonly k1?: number;
  /** How much longer texts are held back, 0 to 1; 0.75 by default. */
  readonly b?: number;
}

/** A text that was found. */
export interface Bm25Hit {
  readonly id: number;
  readonly score: number;
}

// Terms of all texts, term after term: postings of term t are from starts[t] to starts[t + 1].
interface Compiled {
  readonly starts: Int32Array;
  readonly texts: Int32Array;
  readonly counts: Uint16Array;
}

const mostCount = 65_535;
// So many numbers wait at least before they are brought into the table.
const mostFresh = 3_000_000;

/**
 * Ranks texts by Okapi BM25: score = Σ ln(1 + (N − n + ½)/(n + ½)) · f (k1 + 1) / (f + k1 (1 − b + b · length / mean length)), over the terms of the query, n of N texts having
 * the term, f times in this one. Texts get the numbers 0, 1, 2 … and keep them; removed ones count no more.
 *
 * Errors: E_OPTION for k1 below 0 or b outside 0 to 1. Source: Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with Lucene's idf.
 *
 * @example
 * const index = new Bm25();
 * index.add(["black", "ink"]); // 0
 * index.add(["ink", "stone", "stone"]); // 1
 * index.search(["stone"], 5); // [{ id: 1, score: 0.9023 }]
 */
export class Bm25 {
  readonly #k1: number;
  readonly #b: number;
  readonly #terms = new Map<string, number>();
  readonly #removed = new Set<number>();
  #lengths: Float32Array = new Float32Array(1024);
  #size = 0;
  #total = 0;
  // What has come since the last search: (text, term, count) triples.
  #fresh: Int32Array = new Int32Array(3 * 1024);
  #filled = 0;
  #compiled: Compiled = { starts: new Int32Array(1), texts: new Int32Array(0), counts: new Uint16Array(0) };
  #stale = false;
  #scores: Float64Array = new Float64Array(0);

  constructor(options: Bm25Options = {}) {
    refuseUnknown<Bm25Options>("Bm25", options, { k1: true, b: true });
    const { k1 = 1.2, b = 0.75 } = options;
    if (!(k1 >= 0 && k1 < Number.POSITIVE_INFINITY))
      throw new InkstoneError("E_OPTION", { option: "k1", value: k1, allowed: { en: "0 or more", zh: "不小于 0" } });
    if (!(b >= 0 && b <= 1)) throw new InkstoneError("E_OPTION", { option: "b", value: b, allowed: { en: "0 to 1", zh: "0 到 1" } });
    this.#k1 = k1;
    this.#b = b;
  }

  /** How many texts it holds, removed ones not counted. */
  get size(): number {
    return this.#size - this.#removed.size;
  }

  /** Adds a text by its terms, repeated ones repeated; gives its number. */
  add(terms: readonly string[]): number {
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    return this.addCounted(counts, terms.length);
  }

  /** Adds a text by its terms and how often each stands in it. `length`: how many terms it has, the sum of the counts by default. */
  addCounted(counts: Iterable<readonly [string, number]>, length?: number): number {
    const id = this.#size++;
    let sum = 0;
    for (const [term, count] of counts) {
      let number = this.#terms.get(term);
      if (number === undefined) {
        number = this.#terms.size;
        this.#terms.set(term, number);
      }
      this.#put(id, number, Math.min(count, mostCount));
      sum += count;
    }
    if (this.#filled > Math.max(mostFresh, 3 * this.#compiled.texts.length)) this.#compile();
    if (id >= this.#lengths.length) {
      const grown = new Float32Array(this.#lengths.length * 2);
      grown.set(this.#lengths);
      this.#lengths = grown;
    }
    this.#lengths[id] = length ?? sum;
    this.#total += this.#lengths[id];
    return id;
  }

  /** Takes a text out. Its number is not used again. */
  remove(id: number): void {
    if (id < 0 || id >= this.#size || this.#removed.has(id)) return;
    this.#removed.add(id);
    this.#total -= this.#lengths[id];
    this.#stale = true;
  }

  /** How many texts have a term. */
  frequency(term: string): number {
    this.#compile();
    const number = this.#terms.get(term);
    return number === undefined ? 0 : this.#compiled.starts[number + 1] - this.#compiled.starts[number];
  }

  /** The best `limit` texts that have any of the terms, best first, equal scores by number. `accept`: only these. */
  search(terms: readonly string[], limit: number, accept?: (id: number) => boolean): Bm25Hit[] {
    this.#compile();
    if (this.#scores.length < this.#size) this.#scores = new Float64Array(this.#lengths.length);
    const touched: number[] = [];
    const weights = new Map<number, number>();
    for (const term of terms) {
      const number = this.#terms.get(term);
      if (number !== undefined) weights.set(number, (weights.get(number) ?? 0) + 1);
    }
    for (const [number, weight] of weights) this.#score(number, weight, touched);
    return this.#best(touched, limit, accept);
  }

  #put(id: number, term: number, count: number): void {
    if (this.#filled + 3 > this.#fresh.length) {
      const grown = new Int32Array(this.#fresh.length * 2);
      grown.set(this.#fresh);
      this.#fresh = grown;
    }
    this.#fresh[this.#filled++] = id;
    this.#fresh[this.#filled++] = term;
    this.#fresh[this.#filled++] = count;
  }

  #score(term: number, weight: number, touched: number[]): void {
    const { starts, texts, counts } = this.#compiled;
    const [from, to] = [starts[term], starts[term + 1]];
    const [n, count, k1, b] = [to - from, this.size, this.#k1, this.#b];
    const idf = weight * Math.log(1 + (count - n + 0.5) / (n + 0.5)) * (k1 + 1);
    const perLength = (k1 * b) / (this.#total / Math.max(1, count) || 1);
    const [scores, lengths] = [this.#scores, this.#lengths];
    for (let i = from; i < to; i++) {
      const [id, f] = [texts[i], counts[i]];
      if (scores[id] === 0) touched.push(id);
      scores[id] += (idf * f) / (f + k1 * (1 - b) + perLength * lengths[id]);
    }
  }

  // A small heap would do; a sorted window of `limit` is as fast for the few that are asked for.
  #best(touched: readonly number[], limit: number, accept?: (id: number) => boolean): Bm25Hit[] {
    const best: Bm25Hit[] = [];
    const scores = this.#scores;
    let least = 0;
    for (const id of touched) {
      const score = scores[id];
      scores[id] = 0;
      if (best.length >= limit && score < least) continue;
      if (accept !== undefined && !accept(id)) continue;
      best.push({ id, score });
      if (best.length >= 4 * limit + 64) least = narrow(best, limit);
    }
    narrow(best, limit);
    return best;
  }

  // Brings what has come and gone since the last search into one table, term after term.
  #compile(): void {
    if (this.#filled === 0 && !this.#stale) return;
    const { starts, texts, counts } = this.#compiled;
    const fresh = this.#fresh.subarray(0, this.#filled);
    const gone = this.#removed;
    const sizes = new Int32Array(this.#terms.size + 1);
    for (let term = 0; term + 1 < starts.length; term++)
      for (let i = starts[term]; i < starts[term + 1]; i++) if (!gone.has(texts[i])) sizes[term + 1]++;
    for (let i = 0; i < fresh.length; i += 3) if (!gone.has(fresh[i])) sizes[fresh[i + 1] + 1]++;
    for (let term = 1; term < sizes.length; term++) sizes[term] += sizes[term - 1];
    const places = sizes.slice();
    const made: Compiled = { starts: sizes, texts: new Int32Array(sizes[sizes.length - 1]), counts: new Uint16Array(sizes[sizes.length - 1]) };
    const put = (text: number, term: number, count: number): void => {
      if (gone.has(text)) return;
      const at = places[term]++;
      made.texts[at] = text;
      made.counts[at] = count;
    };
    for (let term = 0; term + 1 < starts.length; term++) for (let i = starts[term]; i < starts[term + 1]; i++) put(texts[i], term, counts[i]);
    for (let i = 0; i < fresh.length; i += 3) put(fresh[i], fresh[i + 1], fresh[i + 2]);
    this.#compiled = made;
    this.#fresh = new Int32Array(3 * 1024);
    this.#filled = 0;
    this.#stale = false;
  }
}

// Keeps the best of them, sorted; gives the least score that is still in.
function narrow(hits: Bm25Hit[], limit: number): number {
  hits.sort((one, other) => other.score - one.score || one.id - other.id);
  if (hits.length > limit) hits.length = limit;
  return hits.length < limit ? 0 : (hits[limit - 1]?.score ?? 0);
}
