// Long work on the event loop in short pieces: others get their turn in between, and a signal is looked at. Knows no work.
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds after which others get their turn. */
const PIECE = 15;

/**
 * Counts operations. When there were enough for the clock to be worth a look, and some 15 ms are over, it gives the event loop its turn and looks at the signal.
 *
 * @example
 * const turns = new Pieces();
 * for (let i = 0; i < 3; i++) await turns.pass(1000);
 */
export class Pieces {
  readonly #signal: AbortSignal | undefined;
  readonly #enough: number;
  #done = 0;
  #began = performance.now();

  /** `enough`: operations between looks at the clock, 250,000 by default. Errors: the signal's reason. */
  constructor(signal?: AbortSignal, enough: number = 250_000) {
    signal?.throwIfAborted();
    this.#signal = signal;
    this.#enough = enough;
  }

  /** Call it often, with how many operations there were since. Errors: the signal's reason. */
  async pass(operations: number): Promise<void> {
    this.#done += operations;
    if (this.#done < this.#enough) return;
    this.#done = 0;
    if (performance.now() - this.#began < PIECE) return;
    await nextTurn();
    this.#began = performance.now();
    this.#signal?.throwIfAborted();
  }
}
