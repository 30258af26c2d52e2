// How many rows a step takes, so that others are seen in time. Knows no tasks.

/** Rows of prompts in a step: as fast as more (791 beside 817 tokens a second for 256), and others wait a quarter as long. */
const MANY = 64;
const FEW = 8;
/** Aim for the length of a step. */
const STEP_MS = 200;

/** How many rows of prompts a step takes at once, by how long those before took. */
export class Pace {
  #msPerRow = 0;

  /** Rows of the next step. */
  get rows(): number {
    return this.#msPerRow * MANY <= STEP_MS ? MANY : FEW;
  }

  /** Runs a step of so many rows and learns from it. */
  run<T>(rows: number, work: () => T): T {
    const began = performance.now();
    const result = work();
    if (rows >= FEW) this.#msPerRow = (performance.now() - began) / rows;
    return result;
  }
}
