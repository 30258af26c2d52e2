// Vectors of eight bits in one block, searched one by one: exact, no index to keep. Knows no texts.
import { InkstoneError } from "../../core/index.ts";
import { quantised } from "./packed.ts";

/** A vector that was found, with its cosine. */
export interface VectorHit {
  readonly id: number;
  readonly score: number;
}

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
      const rows = Math.max(1024, Math.ceil((id + 1) * 1.5));
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
    for (let id = 0; id < this.#size; id++) {
      if (scales[id] === 0) continue;
      const score = dot(all, id * width, values) * scales[id] * scale;
      if (score <= least || (accept !== undefined && !accept(id))) continue;
      best.push({ id, score });
      if (best.length >= 4 * limit + 64) least = narrow(best, limit);
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

// Four sums side by side: a processor adds them at once.
function dot(all: Int8Array, at: number, values: Int8Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  let i = 0;
  for (; i < end; i += 4) {
    a = (a + all[at + i] * values[i]) | 0;
    b = (b + all[at + i + 1] * values[i + 1]) | 0;
    c = (c + all[at + i + 2] * values[i + 2]) | 0;
    d = (d + all[at + i + 3] * values[i + 3]) | 0;
  }
  for (; i < values.length; i++) a = (a + all[at + i] * values[i]) | 0;
  return a + b + c + d;
}

function narrow(hits: VectorHit[], limit: number): number {
  hits.sort((one, other) => other.score - one.score || one.id - other.id);
  if (hits.length > limit) hits.length = limit;
  return hits.length < limit ? Number.NEGATIVE_INFINITY : hits[limit - 1].score;
}
