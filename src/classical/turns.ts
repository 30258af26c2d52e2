// Work in short pieces on the event loop. Knows no work.
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "./long.ts";

/** Simple operations of a piece: some 10 ms. */
const OPERATIONS = 4_000_000;

/** Counts operations; gives the event loop its turn when there were enough, and looks at the signal then. */
export class Turns {
  #done = 0;
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    throwIfCancelled(signal);
  }

  /** Call it often, with how many operations there were. Errors: `E_CANCELLED`. */
  async pass(operations: number): Promise<void> {
    this.#done += operations;
    if (this.#done < OPERATIONS) return;
    this.#done = 0;
    await nextTurn();
    throwIfCancelled(this.#signal);
  }
}
