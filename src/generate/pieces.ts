// Pieces of an answer on their way from one who has them to one who asks for them. Knows no engine.

/** When the producer is asked to wait, and how it is told. */
export interface PiecesOptions {
  /** Pieces that may wait here. */
  readonly most: number;
  /** So many wait. What comes all the same is kept. */
  readonly onFull: () => void;
  /** Only a quarter of them is left. */
  readonly onRoom: () => void;
}

/** A queue between a producer that calls and a consumer that iterates. What is not taken yet waits here. */
export class Pieces<T> {
  readonly #queue: T[] = [];
  readonly #options: PiecesOptions | undefined;
  #full = false;
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(options?: PiecesOptions) {
    this.#options = options;
  }

  push(piece: T): void {
    this.#queue.push(piece);
    this.#wake();
    if (this.#options === undefined || this.#full || this.#queue.length < this.#options.most) return;
    this.#full = true;
    this.#options.onFull();
  }

  /** No more will come. */
  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** No more will come, because of this; what is here already is still given out. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** For one consumer. Throws what `fail` was given. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#queue.length > 0) yield this.#take();
      if (this.#end !== undefined) break;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if ("error" in this.#end) throw this.#end.error;
  }

  #take(): T {
    const piece = this.#queue.shift() as T;
    if (this.#options !== undefined && this.#full && this.#queue.length <= this.#options.most / 4) {
      this.#full = false;
      this.#options.onRoom();
    }
    return piece;
  }
}
