// What finds the chunks of a base, in memory: terms by BM25, vectors by cosine, fused. Follows the base in the store, document by document. Knows no files.
import { setImmediate as breath } from "node:timers/promises";
import { Bm25 } from "../../classical/index.ts";
import type { Knowledge, KnowledgeDocument } from "../../store/index.ts";
import { unpackTerms, unpackVectors } from "./packed.ts";
import { VectorRows } from "./vectors.ts";

/** A chunk of a document by its place, with how well it fits. */
export interface IndexHit {
  readonly document: number;
  readonly ordinal: number;
  readonly score: number;
}

/** How a base is searched. */
export interface IndexQuery {
  readonly terms: readonly string[];
  readonly vector?: Float32Array;
  readonly limit: number;
  /** Only chunks of these documents. */
  readonly documents?: ReadonlySet<number>;
}

// How many of each list take part in the fusion, and how much a rank counts (Cormack, Clarke & Büttcher 2009: 60).
const fusion = { depth: 100, constant: 60 };

/**
 * The index of a base. `follow` brings it to what the store has now; a document that came or went costs its own chunks only.
 */
export class BaseIndex {
  readonly #knowledge: Knowledge;
  readonly #base: number;
  readonly #bm25 = new Bm25();
  readonly #vectors = new VectorRows();
  // By chunk number: its document and its ordinal there.
  readonly #documentOf: number[] = [];
  readonly #ordinalOf: number[] = [];
  readonly #chunksOf = new Map<number, { first: number; count: number }>();
  #documents: ReadonlyMap<number, KnowledgeDocument> = new Map();
  #version = -1;
  #turn: Promise<void> = Promise.resolve();

  constructor(knowledge: Knowledge, base: number) {
    this.#knowledge = knowledge;
    this.#base = base;
  }

  /** How many chunks can be found. */
  get size(): number {
    return this.#bm25.size;
  }

  /** How many chunks have each of these terms. */
  frequencies(terms: readonly string[]): Map<string, number> {
    return new Map(terms.map((term) => [term, this.#bm25.frequency(term)]));
  }

  /** The documents by their numbers, as of the last `follow`. */
  get documents(): ReadonlyMap<number, KnowledgeDocument> {
    return this.#documents;
  }

  /** Reads what has changed in the store since the last time. */
  follow(signal?: AbortSignal): Promise<void> {
    const mine = this.#turn.then(() => this.#follow(signal));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #follow(signal?: AbortSignal): Promise<void> {
    const version = (await this.#knowledge.version(this.#base)) ?? -2;
    if (version === this.#version) return;
    const there = new Map((await this.#knowledge.documents(this.#base)).map((document) => [document.number, document]));
    for (const [document, { first, count }] of this.#chunksOf) {
      if (there.has(document)) continue;
      this.#forget(first, first + count);
      this.#chunksOf.delete(document);
    }
    for (const document of there.keys()) if (!this.#chunksOf.has(document)) await this.#take(document, signal);
    this.#documents = there;
    this.#version = version;
  }

  // A document that could not be taken whole is found by none of its chunks, and taken anew the next time.
  async #take(document: number, signal?: AbortSignal): Promise<void> {
    const first = this.#documentOf.length;
    try {
      await this.#takeSegments(document, signal);
    } catch (error) {
      this.#forget(first, this.#documentOf.length);
      throw error;
    }
    this.#chunksOf.set(document, { first, count: this.#documentOf.length - first });
  }

  #forget(from: number, to: number): void {
    for (let id = from; id < to; id++) {
      this.#bm25.remove(id);
      this.#vectors.remove(id);
    }
  }

  async #takeSegments(document: number, signal?: AbortSignal): Promise<void> {
    let ordinal = 0;
    for (const { terms, vectors } of await this.#knowledge.segments(document)) {
      signal?.throwIfAborted();
      const begin = this.#documentOf.length;
      for (const counts of unpackTerms(terms)) {
        this.#bm25.addCounted(counts);
        this.#documentOf.push(document);
        this.#ordinalOf.push(ordinal++);
      }
      if (vectors !== undefined) for (const [i, vector] of unpackVectors(vectors).vectors.entries()) this.#vectors.set(begin + i, vector);
      await breath();
    }
  }

  /** The best chunks. With a vector, ranks by terms and by vectors are fused: score = Σ 1 / (60 + rank); without one it is BM25's. Errors: E_KNOWLEDGE_VECTORS. */
  search({ terms, vector, limit, documents }: IndexQuery): IndexHit[] {
    const accept = documents === undefined ? undefined : (id: number) => documents.has(this.#documentOf[id]);
    const depth = Math.max(limit, fusion.depth);
    const byTerms = this.#bm25.search(terms, vector === undefined ? limit : depth, accept);
    const hits = vector === undefined || this.#vectors.width === 0 ? byTerms : fused([byTerms, this.#vectors.search(vector, depth, accept)]);
    return hits.slice(0, limit).map(({ id, score }) => ({ document: this.#documentOf[id], ordinal: this.#ordinalOf[id], score }));
  }
}

function fused(lists: readonly (readonly { id: number; score: number }[])[]): { id: number; score: number }[] {
  const sums = new Map<number, number>();
  for (const list of lists) for (const [rank, { id }] of list.entries()) sums.set(id, (sums.get(id) ?? 0) + 1 / (fusion.constant + rank + 1));
  return [...sums].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score || one.id - other.id);
}
