// What the tape keeps of a storage: the steps that made its values, or that a gradient is wanted for it. Knows no tensors and no kernels.
import type { Storage, Tracking } from "../storage.ts";

export type { Step, Tracking } from "../storage.ts";

let mode = true;
let order = 0;

/** What the tape knows of a storage; undefined where that is nothing. */
export function trackingOf(storage: Storage): Tracking | undefined {
  return storage.tracking;
}

/** The same, made where there is nothing yet. */
export function track(storage: Storage): Tracking {
  storage.tracking ??= { leaf: false, steps: [], gradient: undefined };
  return storage.tracking;
}

/** Whether gradients go through a storage. */
export function isTracked(storage: Storage): boolean {
  const found = storage.tracking;
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
