// The sums of all storages that a backward pass reaches. Knows no order of steps.
import type { Storage } from "../storage.ts";
import type { Tensor } from "../tensor.ts";
import { Gradient, type Moves, Sum } from "./gradient.ts";
import { isTracked, trackingOf } from "./tracking.ts";

/** What a backward pass wants. */
export interface Wishes {
  /** Leaves whose gradient is wanted. */
  wants(leaf: Storage): boolean;
  /** Whether a storage's gradient is still asked for when the pass is over. */
  keeps(storage: Storage): boolean;
  /** A gradient that is there before, and is added to. */
  before(storage: Storage): Storage | undefined;
}

/** Sums by storage. */
export class GradientSums {
  readonly wishes: Wishes;
  readonly #moves: Moves;
  readonly #sums = new Map<Storage, Sum>();

  constructor(wishes: Wishes, moves: Moves) {
    this.wishes = wishes;
    this.#moves = moves;
  }

  /** Whether anything came back to a storage. */
  has(storage: Storage): boolean {
    return this.#sums.get(storage)?.written === true;
  }

  /** The gradient of a result; undefined where nothing came back to it. */
  of(result: Tensor): Tensor | undefined {
    return this.has(result.storage) ? this.sum(result.storage).part(result) : undefined;
  }

  /** Where the gradient of an input of a step with these results goes; undefined where none is wanted. */
  into(input: Tensor, results: readonly Tensor[]): Gradient | undefined {
    const { storage } = input;
    const made = (trackingOf(storage)?.steps.length ?? 0) > 0;
    if (!isTracked(storage) || !(made || this.wishes.wants(storage))) return undefined;
    const free = results.filter((result) => result.storage !== storage && !this.wishes.keeps(result.storage));
    return new Gradient(
      this.sum(storage),
      input,
      free.flatMap((result) => this.#sums.get(result.storage) ?? []),
    );
  }

  sum(storage: Storage): Sum {
    const found = this.#sums.get(storage);
    if (found) return found;
    const made = new Sum(storage, this.#moves, this.wishes.before(storage));
    this.#sums.set(storage, made);
    return made;
  }

  /** Takes a storage's sum out. */
  take(storage: Storage): Sum | undefined {
    const sum = this.#sums.get(storage);
    this.#sums.delete(storage);
    return sum;
  }

  storages(): Storage[] {
    return [...this.#sums.keys()];
  }
}
