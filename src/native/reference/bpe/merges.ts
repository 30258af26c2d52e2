// The merge table and the merging of one piece: always the best pair, the leftmost of equals. Twin: native/services/src/bpe/merges.rs.

/** Pieces up to this many symbols are merged by looking through all pairs each time; longer ones with a heap, in O(n log n). */
const SHORT = 48;

/** Pairs of token ids, their rank (0 is best) and the token that they become: open addressing on two ids. */
export class MergeTable {
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly lefts: Int32Array;
  private readonly rights: Int32Array;
  private readonly ranks: Int32Array;
  private readonly products: Int32Array;
  private count = 0;
  // Drawn anew for each table: no file can be made whose pairs all meet in one slot.
  private readonly leftFactor: number = Math.floor(Math.random() * 2 ** 31) * 2 + 1;
  private readonly rightFactor: number = Math.floor(Math.random() * 2 ** 31) * 2 + 1;

  /** Room for so many merges. */
  constructor(merges: number) {
    this.lefts = new Int32Array(merges);
    this.rights = new Int32Array(merges);
    this.ranks = new Int32Array(merges);
    this.products = new Int32Array(merges);
    this.mask = 2 ** Math.ceil(Math.log2(Math.max(2, merges * 2))) - 1;
    this.slots = new Int32Array(this.mask + 1).fill(-1);
  }

  /** Adds a merge; of equal pairs the first stays. */
  add(left: number, right: number, rank: number, product: number): void {
    const slot = this.find(left, right);
    if (this.slots[slot] >= 0) return;
    this.slots[slot] = this.count;
    this.lefts[this.count] = left;
    this.rights[this.count] = right;
    this.ranks[this.count] = rank;
    this.products[this.count++] = product;
  }

  private find(left: number, right: number): number {
    const hash = Math.imul(left, this.leftFactor) ^ Math.imul(right, this.rightFactor);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const merge = this.slots[slot];
      if (merge < 0 || (this.lefts[merge] === left && this.rights[merge] === right)) return slot;
      slot = (slot + 1) & this.mask;
    }
  }

  /** Rank of a pair, -1 where there is none. */
  rank(left: number, right: number): number {
    const merge = this.slots[this.find(left, right)];
    return merge < 0 ? -1 : this.ranks[merge];
  }

  private product(left: number, right: number): number {
    return this.products[this.slots[this.find(left, right)]];
  }

  /** Merges a piece in place; returns how many ids are left at its front. */
  merge(ids: Int32Array, count: number): number {
    return count <= SHORT ? this.mergeShort(ids, count) : this.mergeLong(ids, count);
  }

  private mergeShort(ids: Int32Array, count: number): number {
    let left = count;
    while (left > 1) {
      let best = -1;
      let at = 0;
      for (let i = 0; i + 1 < left; i++) {
        const rank = this.rank(ids[i], ids[i + 1]);
        if (rank >= 0 && (best < 0 || rank < best)) {
          best = rank;
          at = i;
        }
      }
      if (best < 0) break;
      ids[at] = this.product(ids[at], ids[at + 1]);
      ids.copyWithin(at + 1, at + 2, left);
      left--;
    }
    return left;
  }

  // A list of living symbols and a heap of rank * 2^32 + position. A popped pair counts only if the pair at its position still has its rank.
  private mergeLong(ids: Int32Array, count: number): number {
    const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
    const heap: number[] = [];
    const rankAt = (at: number) => (at >= 0 && ids[at] >= 0 && next[at] >= 0 ? this.rank(ids[at], ids[next[at]]) : -1);
    const offer = (at: number) => {
      const rank = rankAt(at);
      if (rank >= 0) push(heap, rank * 2 ** 32 + at);
    };
    for (let i = 0; i + 1 < count; i++) offer(i);
    while (heap.length > 0) {
      const top = pop(heap);
      const rank = Math.floor(top / 2 ** 32);
      const at = top % 2 ** 32;
      if (rankAt(at) !== rank) continue;
      const gone = next[at];
      ids[at] = this.product(ids[at], ids[gone]);
      ids[gone] = -1;
      next[at] = next[gone];
      if (next[at] >= 0) previous[next[at]] = at;
      offer(previous[at]);
      offer(at);
    }
    let left = 0;
    for (let i = 0; i < count; i++) if (ids[i] >= 0) ids[left++] = ids[i];
    return left;
  }
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent] <= value) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): number {
  const top = heap[0];
  const last = heap.pop() as number;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= last) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return top;
}
