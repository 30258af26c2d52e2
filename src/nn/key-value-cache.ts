// Paged key-value cache: one pool of pages, committed by the system only when touched; sequences hold pages of 256 positions, and may share them. Knows no tokens.
// A page of the cache is a page of the pool for each layer, side by side: so short texts touch little, and what is read together lies on large pages.
import { InkstoneError } from "../core/index.ts";
import type { ElementType } from "../native/index.ts";
import { type KeyValueCache as CacheTensors, type Device, PAGE_POSITIONS, type Shape, type Tensor, zeros } from "../tensor/index.ts";

/** Sizes of a cache. */
export interface CacheOptions {
  readonly layers: number;
  /** Key-value heads, and the width of each. */
  readonly heads: number;
  readonly width: number;
  /** Pages in the pool. */
  readonly pages: number;
  /** Sequences that have a place in the table; default 1. */
  readonly slots?: number;
  /** Most pages of a sequence; default all. */
  readonly slotPages?: number;
  /** f32 for exact results; bf16 halves the memory that attention reads. */
  readonly type: "f32" | "bf16";
}

/**
 * Keys and values of all layers, shared by all sequences.
 *
 * @example
 * const cache = new KeyValueCache(cpu(), { layers: 1, heads: 2, width: 16, pages: 2, type: "bf16" });
 * cache.tensors.values.shape; // [2, 2, 256, 16]
 */
export class KeyValueCache {
  /** Pool and table, for every layer the same. */
  readonly tensors: CacheTensors;
  readonly layers: number;
  readonly slots: number;
  readonly #slotPages: number;
  readonly #free: number[];
  /** How many sequences hold a page. */
  readonly #holders: Int32Array;
  readonly #made: Tensor[] = [];

  /** Errors: `E_MEMORY`; then nothing is left of it. */
  constructor(device: Device, { layers, heads, width, pages, slots = 1, slotPages = pages, type }: CacheOptions) {
    const make = (shape: Shape, as: ElementType, dense: boolean) => {
      const made = zeros(shape, { type: as, device, dense });
      this.#made.push(made);
      return made;
    };
    try {
      const table = make([slots, slotPages], "i32", false);
      const keys = make([pages * layers, heads, PAGE_POSITIONS / 16, width, 16], type, true);
      const values = make([pages * layers, heads, PAGE_POSITIONS, width], type, true);
      this.tensors = { keys, values, table };
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.layers = layers;
    this.slots = slots;
    this.#slotPages = slotPages;
    this.#free = Array.from({ length: pages }, (_, i) => pages - 1 - i);
    this.#holders = new Int32Array(pages);
  }

  /** Pages that nobody holds. */
  get free(): number {
    return this.#free.length;
  }

  /** Takes a page out of the pool. Errors: `E_SEQUENCE_FULL` where none is left. */
  take(): number {
    const page = this.#free.pop();
    if (page === undefined) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: PAGE_POSITIONS, capacity: 0 });
    this.#holders[page] = 1;
    return page;
  }

  /** One more holds a page. */
  share(page: number): void {
    this.#holders[page]++;
  }

  /** Whether more than one sequence holds a page: then nobody writes into it. */
  shared(page: number): boolean {
    return this.#holders[page] > 1;
  }

  /** One less holds a page; the last gives it back to the pool. */
  give(page: number): void {
    if (--this.#holders[page] === 0) this.#free.push(page);
  }

  /** Writes into the table: page number `at` of a slot. */
  put(slot: number, at: number, page: number): void {
    this.tensors.table.write([page], slot * this.#slotPages + at);
  }

  dispose(): void {
    for (const tensor of this.#made) tensor.dispose();
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
  /** Its row of the table. */
  readonly slot: number;
  #length = 0;
  readonly #pages: number[] = [];

  constructor(cache: KeyValueCache, capacity: number, slot = 0) {
    this.cache = cache;
    this.capacity = capacity;
    this.slot = slot;
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` more positions. Errors: `E_SEQUENCE_FULL`. */
  reserve(count: number): void {
    const end = this.#length + count;
    if (end > this.capacity) throw new InkstoneError("E_SEQUENCE_FULL", { length: this.#length, more: count, capacity: this.capacity });
    while (this.#pages.length * PAGE_POSITIONS < end) this.#hold(this.cache.take());
  }

  /** Counts positions that have been written. */
  advance(count: number): void {
    this.#length += count;
  }

  /**
   * Forgets all positions from `length` on; whole pages go back to the pool. A page that others hold as well is not written into:
   * where `length` lies within one, that whole page is forgotten.
   */
  truncate(length: number): void {
    this.#length = Math.max(0, Math.min(this.#length, length));
    const last = this.#pages[Math.floor(this.#length / PAGE_POSITIONS)];
    if (this.#length % PAGE_POSITIONS !== 0 && this.cache.shared(last)) this.#length -= this.#length % PAGE_POSITIONS;
    const kept = Math.ceil(this.#length / PAGE_POSITIONS);
    for (const page of this.#pages.splice(kept)) this.cache.give(page);
  }

  /** Becomes the first `length` positions of another sequence, as far as they are whole pages: its own pages, held by both. */
  adopt(other: CachedSequence, length: number): void {
    this.truncate(0);
    const pages = Math.floor(Math.min(length, other.length, this.capacity) / PAGE_POSITIONS);
    for (const page of other.#pages.slice(0, pages)) {
      this.cache.share(page);
      this.#hold(page);
    }
    this.#length = pages * PAGE_POSITIONS;
  }

  #hold(page: number): void {
    this.cache.put(this.slot, this.#pages.length, page);
    this.#pages.push(page);
  }
}
