// What the tape keeps of a storage: the steps that made its values, or that a gradient is wanted for it. Knows no tensors and no kernels.
import type { Storage } from "../storage.ts";

/** One operation that has run, as a backward pass finds it. */
export interface Step {
  /** Rises with every operation of the program: gradients go through steps in falling order. */
  readonly order: number;
  readonly operation: string;
  /** The graph goes on through these. */
  readonly inputs: readonly Storage[];
  readonly results: readonly Storage[];
  /** Adds the gradients of the inputs. Errors: `E_GRADIENT`. `sums` are `GradientSums`. */
  backward(sums: object): void;
  /** Lets go of its tensors; from then on `backward` is refused. */
  release(): void;
}

/** What the tape knows of a storage. */
export interface Tracking {
  /** A parameter or an input whose gradient is wanted. */
  leaf: boolean;
  /** Steps that made or changed its values, in their order. */
  readonly steps: Step[];
  /** Of a leaf: its whole gradient, kept from one `backward` to the next. */
  gradient: Storage | undefined;
}

const tracked = new WeakMap<Storage, Tracking>();
let mode = true;
let order = 0;

/** What the tape knows of a storage; undefined where that is nothing. */
export function trackingOf(storage: Storage): Tracking | undefined {
  return tracked.get(storage);
}

/** The same, made where there is nothing yet. */
export function track(storage: Storage): Tracking {
  const found = tracked.get(storage);
  if (found) return found;
  const made: Tracking = { leaf: false, steps: [], gradient: undefined };
  tracked.set(storage, made);
  return made;
}

/** Whether gradients go through a storage. */
export function isTracked(storage: Storage): boolean {
  const found = tracked.get(storage);
  return found !== undefined && (found.leaf || found.steps.length > 0);
}

/** Whether operations on tracked tensors are written down. */
export function gradientsWanted(): boolean {
  return mode;
}

/** The place of the next step in the order of all. */
export function nextOrder(): number {
  return order++;
}

/** Runs `fn` with the tape on or off. */
export function withGradients<T>(on: boolean, fn: () => T): T {
  const held = mode;
  mode = on;
  try {
    return fn();
  } finally {
    mode = held;
  }
}

/**
 * Runs `fn` without a tape: what it computes is a constant for gradients. `fn` is not to wait for anything: what comes after an `await` runs outside.
 *
 * @example
 * const x = tensor([1, 2]).requireGrad();
 * noGrad(() => add(x, x)).requiresGrad; // false
 */
export function noGrad<T>(fn: () => T): T {
  return withGradients(false, fn);
}

/** Runs a backward pass from a loss; `tape/backward.ts` sets it, so that a tensor need not know kernels. */
export const pass: { backward?: (loss: unknown, seed: unknown) => void } = {};
