// Where random operations stand: seed, step, and a number for each operation of a step. Knows no kernels.
import type { Scalar } from "../native/index.ts";

/** What a random operation draws from: values are a function of these and of the element, so threads, order and resumes cannot change them. */
export interface RandomStream {
  readonly seed: number;
  /** The training step: usually a register. */
  readonly step: Scalar;
  /** Which random operation of the step. */
  readonly operation: number;
}

interface State {
  readonly seed: number;
  readonly step: Scalar;
  next: number;
}

let state: State = { seed: 0, step: 0, next: 0 };

/**
 * The stream of the next random operation.
 *
 * @example
 * withRandom({ seed: 1, step: 2 }, () => nextRandom()); // { seed: 1, step: 2, operation: 0 }
 */
export function nextRandom(): RandomStream {
  return { seed: state.seed, step: state.step, operation: state.next++ };
}

function withState<T>(made: State, fn: () => T): T {
  const held = state;
  state = made;
  try {
    return fn();
  } finally {
    state = held;
  }
}

/**
 * Runs `fn` with random operations drawing from this seed and step; they are counted from 0.
 *
 * @example
 * const x = tensor([1, 2, 3, 4]);
 * const draw = () => withRandom({ seed: 1, step: 7 }, () => dropout(x, 0.5).dataSync().join());
 * draw() === draw(); // true
 */
export function withRandom<T>({ seed, step }: { readonly seed: number; readonly step: Scalar }, fn: () => T): T {
  return withState({ seed, step, next: 0 }, fn);
}

/**
 * From here on random operations outside `withRandom` draw from this seed, counted from 0. PyTorch's `manual_seed`.
 *
 * @example
 * manualSeed(7);
 * const first = dropout(tensor([1, 2, 3, 4]), 0.5).dataSync().join();
 * manualSeed(7);
 * dropout(tensor([1, 2, 3, 4]), 0.5).dataSync().join() === first; // true
 */
export function manualSeed(seed: number): void {
  state = { seed, step: 0, next: 0 };
}

/** A way to run functions with random operations drawing what they would draw now. */
export function resumeRandom(): <T>(fn: () => T) => T {
  const { seed, step, next } = state;
  return (fn) => withState({ seed, step, next }, fn);
}
