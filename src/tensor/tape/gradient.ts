// Sums of gradients: one for each storage, handed to gradient kernels as views. Knows no operations.
import type { Storage } from "../storage.ts";
import { Tensor } from "../tensor.ts";

/** What sums do with memory: kernels of the tape. */
export interface Moves {
  allocate(like: Storage): Storage;
  zero(storage: Storage): void;
  /** to (+)= from. */
  copy(from: Tensor, to: Gradient): void;
}

/** The gradient of a whole storage while it is summed: f32, an element for each of the storage's. */
export class Sum {
  readonly size: number;
  readonly #like: Storage;
  readonly #moves: Moves;
  #memory: Storage | undefined;
  /** Whether it holds anything yet: if not, the next kernel overwrites. */
  written: boolean;
  /** Its memory has become another's sum, too: nobody else may take it. */
  given = false;

  /** `memory`: a gradient that is there already and is added to. */
  constructor(like: Storage, moves: Moves, memory?: Storage) {
    this.size = like.bytes / 4;
    this.#like = like;
    this.#moves = moves;
    this.#memory = memory;
    this.written = memory !== undefined;
    memory?.retain();
  }

  get memory(): Storage {
    if (this.#memory === undefined) {
      this.#memory = this.#moves.allocate(this.#like);
      this.#memory.retain();
    }
    return this.#memory;
  }

  /** Takes the memory of another in place of a copy; false where something is there already, it is of another size, or has been taken. */
  adopt(other: Sum): boolean {
    if (this.#memory !== undefined || other.size !== this.size || other.given || !other.written) return false;
    other.given = true;
    this.#memory = other.memory;
    this.#memory.retain();
    this.written = true;
    return true;
  }

  /** Takes a tensor's memory; false where something is there already, or the tensor is not the whole of its storage. */
  own({ storage, size, offset }: Tensor): boolean {
    if (this.#memory !== undefined || size !== this.size || offset !== 0 || storage.bytes !== this.size * 4) return false;
    this.#memory = storage;
    storage.retain();
    this.written = true;
    return true;
  }

  /** Zeros where nothing is yet. */
  begin(): void {
    if (!this.written) this.#moves.zero(this.memory);
    this.written = true;
  }

  add(from: Tensor, to: Gradient): void {
    this.#moves.copy(from, to);
  }

  /** The part that is the gradient of a view. */
  part(like: Tensor): Tensor {
    return new Tensor(this.memory, like.shape, "f32", like.offset);
  }

  release(): void {
    this.#memory?.release();
  }
}

/**
 * Where the gradient of one argument goes: given to a kernel in place of the tensor that it updates. The first kernel overwrites, later ones add.
 * Operations get it; nobody else needs it.
 */
export class Gradient {
  readonly #sum: Sum;
  readonly #like: Tensor;
  /** Sums of results that may be taken whole: after this step nobody reads them. */
  readonly #free: readonly Sum[];

  constructor(sum: Sum, like: Tensor, free: readonly Sum[]) {
    this.#sum = sum;
    this.#like = like;
    this.#free = free;
  }

  /** The view that a kernel writes. */
  get tensor(): Tensor {
    return this.#sum.part(this.#like);
  }

  get written(): boolean {
    return this.#sum.written;
  }
  set written(written: boolean) {
    this.#sum.written = written;
  }

  /** Whether it is a part of a storage's gradient: a kernel that overwrites it would leave the rest undefined. */
  get partial(): boolean {
    return this.#like.size !== this.#sum.size;
  }

  /** Zeros where nothing is yet. */
  begin(): void {
    this.#sum.begin();
  }

  /**
   * Makes a tensor of the operation's own, which nobody else reads any more, this gradient, without a copy: what is written to the tensor afterwards is the gradient.
   * False, and nothing happens, where that cannot be: something is there already.
   */
  give(own: Tensor): boolean {
    return !this.partial && this.#sum.own(own);
  }

  /** Adds the gradient of the result as it is; without a copy where nobody else needs that. To be called last, after all kernels that read it. */
  take(gradient: Tensor): void {
    const whole = this.#free.find(({ memory, size }) => memory === gradient.storage && size === gradient.size);
    if (!this.partial && whole && this.#sum.adopt(whole)) return;
    this.#sum.add(gradient, this);
  }
}
