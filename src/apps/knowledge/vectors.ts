// Vectors of eight bits in one block, searched one by one: exact, no index to keep. Knows no texts.
import { InkstoneError } from "../../core/index.ts";
import { quantised } from "./packed.ts";

/** A vector that was found, with its cosine. */
export interface VectorHit {
  readonly id: number;
  readonly score: number;
}

// Vectors that are compared at once.
const TOGETHER = 4;

/**
 * Vectors by number, compared by cosine.
 *
 * @example
 * const rows = new VectorRows();
 * rows.set(0, quantised(Float32Array.of(1, 0)));
 * rows.set(1, quantised(Float32Array.of(1, 1)));
 * rows.search(Float32Array.of(0, 1), 1)[0].id; // 1
 */
export class VectorRows {
  #width = 0;
  #values: Int8Array = new Int8Array(0);
  #scales: Float32Array = new Float32Array(0);
  #size = 0;

  /** Numbers in a vector; 0 as long as there is none. */
  get width(): number {
    return this.#width;
  }

  /** Puts a vector at a number. Errors: E_KNOWLEDGE_VECTORS for another width than the first one's. */
  set(id: number, { scale, values }: { scale: number; values: Int8Array }): void {
    if (this.#width === 0) this.#width = values.length;
    this.#need(values.length);
    if (id >= this.#scales.length) {
      const rows = Math.max(1024, TOGETHER * Math.ceil(((id + 1) * 1.5) / TOGETHER));
      const [grown, scales] = [new Int8Array(rows * this.#width), new Float32Array(rows)];
      grown.set(this.#values);
      scales.set(this.#scales);
      [this.#values, this.#scales] = [grown, scales];
    }
    this.#values.set(values, id * this.#width);
    this.#scales[id] = scale;
    this.#size = Math.max(this.#size, id + 1);
  }

  /** Takes a vector out. */
  remove(id: number): void {
    if (id < this.#size) this.#scales[id] = 0;
  }

  /** The nearest `limit` vectors, best first. Errors: E_KNOWLEDGE_VECTORS. */
  search(query: Float32Array, limit: number, accept?: (id: number) => boolean): VectorHit[] {
    this.#need(query.length);
    const { scale, values } = quantised(query);
    const [all, scales, width] = [this.#values, this.#scales, this.#width];
    const best: VectorHit[] = [];
    let least = Number.NEGATIVE_INFINITY;
    const wanted = Int32Array.from(values);
    const sums = new Int32Array(TOGETHER);
    for (let first = 0; first < this.#size; first += TOGETHER) {
      products(all, first * width, wanted, sums);
      for (let i = 0; i < TOGETHER; i++) {
        const id = first + i;
        const score = sums[i] * scales[id] * scale;
        if (scales[id] === 0 || score <= least || (accept !== undefined && !accept(id))) continue;
        best.push({ id, score });
        if (best.length >= 4 * limit + 64) least = narrow(best, limit);
      }
    }
    narrow(best, limit);
    return best;
  }

  #need(width: number): void {
    if (this.#width !== 0 && width !== this.#width)
      throw new InkstoneError("E_KNOWLEDGE_VECTORS", {
        why: { en: `width ${width} instead of ${this.#width}`, zh: `维数为 ${width}，应为 ${this.#width}` },
      });
  }
}

// Of four vectors with one: a number of that one is read once for all four. Plain variables: taken out of an array they cost as much as the product.
function products(all: Int8Array, at: number, wanted: Int32Array, sums: Int32Array): void {
  const width = wanted.length;
  const second = at + width;
  const third = second + width;
  const fourth = third + width;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < width; i++) {
    const value = wanted[i];
    a = (a + Math.imul(all[at + i], value)) | 0;
    b = (b + Math.imul(all[second + i], value)) | 0;
    c = (c + Math.imul(all[third + i], value)) | 0;
    d = (d + Math.imul(all[fourth + i], value)) | 0;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

function narrow(hits: VectorHit[], limit: number): number {
  hits.sort((one, other) => other.score - one.score || one.id - other.id);
  if (hits.length > limit) hits.length = limit;
  return hits.length < limit ? Number.NEGATIVE_INFINITY : hits[limit - 1].score;
}
