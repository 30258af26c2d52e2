// Pairs that may be merged, the best first: a heap whose order is given from outside. Twin: native/services/src/learn/queue.rs. Knows no words.

/** A pair, how often it stood somewhere when that was looked up, and in which words. */
export interface Candidate {
  count: number;
  readonly first: number;
  readonly second: number;
  readonly places: readonly number[];
}

/** The heap. `before`: whether the first comes before the second. */
export class Queue {
  readonly #heap: Candidate[] = [];
  readonly #before: (a: Candidate, b: Candidate) => boolean;

  constructor(before: (a: Candidate, b: Candidate) => boolean) {
    this.#before = before;
  }

  push(candidate: Candidate): void {
    const heap = this.#heap;
    let at = heap.push(candidate) - 1;
    while (at > 0 && this.#before(heap[at], heap[(at - 1) >> 1])) {
      const up = (at - 1) >> 1;
      [heap[at], heap[up]] = [heap[up], heap[at]];
      at = up;
    }
  }

  pop(): Candidate | undefined {
    const heap = this.#heap;
    const best = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return best;
    heap[0] = last;
    for (let at = 0; ; ) {
      let first = at;
      for (const below of [2 * at + 1, 2 * at + 2]) if (below < heap.length && this.#before(heap[below], heap[first])) first = below;
      if (first === at) return best;
      [heap[at], heap[first]] = [heap[first], heap[at]];
      at = first;
    }
  }
}
