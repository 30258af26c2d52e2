// Pieces of an answer on their way from one who has them to one who asks for them. Knows no engine.

/** A queue between a producer that calls and a consumer that iterates. What is not taken yet waits here. */
export class Pieces<T> {
  readonly #queue: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  push(piece: T): void {
    this.#queue.push(piece);
    this.#wake();
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
      while (this.#queue.length > 0) yield this.#queue.shift() as T;
      if (this.#end !== undefined) break;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if ("error" in this.#end) throw this.#end.error;
  }
}
