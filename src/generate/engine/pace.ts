// How many rows a step takes, so that others are seen in time. Knows no tasks.

/** Rows of prompts in a step: as fast as more (791 beside 817 tokens a second for 256), and others wait a quarter as long. */
const MANY = 64;
const FEW = 8;
/** Aim for the length of a step. A step of twice the rows is tried where it would be over it by a fifth at most. */
const STEP_MS = 200;
const TRIED_MS = 1.2 * STEP_MS;

/**
 * How many rows of prompts a step takes at once: as many as fit into its time, by how long steps of so many took. Shorter steps tell nothing of longer ones: where weights
 * are unpacked for each step, eight rows take nearly as long as sixty-four.
 */
export class Pace {
  #rows = MANY;

  /** Rows of the next step. */
  get rows(): number {
    return this.#rows;
  }

  /** Runs a step of so many rows and learns from it. */
  run<T>(rows: number, work: () => T): T {
    const began = performance.now();
    const result = work();
    this.learn(rows, performance.now() - began);
    return result;
  }

  /** A step of so many rows took so long. */
  learn(rows: number, ms: number): void {
    if (rows < this.#rows / 2) return;
    if (ms > TRIED_MS) this.#rows = Math.max(FEW, 2 ** Math.floor(Math.log2((Math.min(rows, MANY) * STEP_MS) / ms)));
    else if (rows >= this.#rows && 2 * ms <= TRIED_MS) this.#rows = Math.min(MANY, 2 * this.#rows);
  }
}
