// Work in short pieces on the event loop, cancelled with a word of this room. Knows no work.
import { Pieces } from "../core/index.ts";
import { throwIfCancelled } from "./long.ts";

/** Gives the event loop its turn when some milliseconds are over, and looks at the signal. */
export class Turns {
  readonly #pieces: Pieces = new Pieces();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    throwIfCancelled(signal);
  }

  /** Call it often, with how many simple operations there were. Errors: `E_CANCELLED`. */
  async pass(operations: number): Promise<void> {
    await this.#pieces.pass(operations);
    throwIfCancelled(this.#signal);
  }
}
