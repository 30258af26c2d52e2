// Paged key-value cache: one pool of pages, committed by the system only when touched; sequences hold pages of 256 positions. Knows no tokens.
// A page of the cache is a page of the pool for each layer, side by side: so short texts touch little, and what is read together lies on large pages.
import { InkstoneError } from "../core/index.ts";
import type { ElementType } from "../native/index.ts";
import { type Device, type KeyValueCache as LayerCache, PAGE_POSITIONS, type Shape, type Tensor, zeros } from "../tensor/index.ts";

/** Sizes of a cache. */
export interface CacheOptions {
  readonly layers: number;
  /** Key-value heads, and the width of each. */
  readonly heads: number;
  readonly width: number;
  /** Pages in the pool. */
  readonly pages: number;
  /** f32 for exact results; bf16 halves the memory that attention reads. */
  readonly type: "f32" | "bf16";
}

/**
 * Keys and values of all layers, shared by all sequences.
 *
 * @example
 * const cache = new KeyValueCache(cpu(), { layers: 1, heads: 2, width: 16, pages: 2, type: "bf16" });
 * cache.layers[0].values.shape; // [2, 2, 256, 16]
 */
export class KeyValueCache {
  readonly layers: readonly LayerCache[];
  /** Of each layer: logical pages of the sequence that is at work to pages of the pool, [layers, pages]. */
  readonly #table: Tensor;
  readonly #pages: number;
  readonly #free: number[];
  readonly #tensors: Tensor[] = [];
  #atWork: readonly number[] = [];

  /** Errors: `E_MEMORY`; then nothing is left of it. */
  constructor(device: Device, { layers, heads, width, pages, type }: CacheOptions) {
    const make = (shape: Shape, as: ElementType, dense: boolean) => {
      const made = zeros(shape, { type: as, device, dense });
      this.#tensors.push(made);
      return made;
    };
    try {
      const table = make([layers, pages], "i32", false);
      const keys = make([pages * layers, heads, PAGE_POSITIONS / 16, width, 16], type, true);
      const values = make([pages * layers, heads, PAGE_POSITIONS, width], type, true);
      this.#table = table;
      this.layers = Array.from({ length: layers }, (_, layer) => ({ keys, values, pages: table.rows(layer, 1) }));
      this.#tensors.push(...this.layers.map((each) => each.pages));
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#pages = pages;
    this.#free = Array.from({ length: pages }, (_, i) => pages - 1 - i);
  }

  /** Takes a page out of the pool. The pool is made for all sequences at their full length, so one is there. */
  take(): number {
    const page = this.#free.pop();
    if (page === undefined) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: PAGE_POSITIONS, capacity: 0 });
    return page;
  }

  give(page: number): void {
    this.#free.push(page);
  }

  /** Makes these the pages that the next run works on. */
  use(pages: readonly number[]): void {
    if (pages.length === this.#atWork.length && pages.every((page, i) => page === this.#atWork[i])) return;
    const count = this.layers.length;
    const table = new Int32Array(count * this.#pages);
    for (let layer = 0; layer < count; layer++) for (const [i, page] of pages.entries()) table[layer * this.#pages + i] = page * count + layer;
    this.#table.write(table);
    this.#atWork = [...pages];
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor.dispose();
  }
}

/**
 * One sequence of a cache: how many positions it has, and the pages they lie in.
 *
 * @example
 * const cache = new KeyValueCache(cpu(), { layers: 1, heads: 2, width: 16, pages: 2, type: "bf16" });
 * const sequence = new CachedSequence(cache, 300);
 * sequence.reserve(300);
 * sequence.advance(300);
 * sequence.truncate(7);
 * sequence.length; // 7
 * sequence.reserve(294); // throws E_SEQUENCE_FULL
 */
export class CachedSequence {
  readonly cache: KeyValueCache;
  readonly capacity: number;
  #length = 0;
  readonly #pages: number[] = [];

  constructor(cache: KeyValueCache, capacity: number) {
    this.cache = cache;
    this.capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more positions and puts its pages to work. Errors: `E_SEQUENCE_FULL`. */
  reserve(count: number): void {
    const end = this.#length + count;
    if (end > this.capacity) throw new InkstoneError("E_SEQUENCE_FULL", { length: this.#length, more: count, capacity: this.capacity });
    while (this.#pages.length * PAGE_POSITIONS < end) this.#pages.push(this.cache.take());
    this.cache.use(this.#pages);
  }

  /** Counts positions that have been written. */
  advance(count: number): void {
    this.#length += count;
  }

  /** Forgets all positions from `length` on; whole pages go back to the pool. */
  truncate(length: number): void {
    this.#length = Math.max(0, Math.min(this.#length, length));
    const kept = Math.ceil(this.#length / PAGE_POSITIONS);
    for (const page of this.#pages.splice(kept)) this.cache.give(page);
  }
}
