// Long work on data in pieces between turns of the event loop. Knows no data.

const PIECE_MS = 10;

/** Gives the event loop its turn whenever enough time has passed since the last one. */
export class Turns {
  #since: number = performance.now();

  /** To be waited for between pieces of well below 10 ms. */
  async rest(): Promise<void> {
    if (performance.now() - this.#since < PIECE_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
