// Work that takes many steps. The engine gives each task one step in turn, so that several go on side by side.
import type { CausalModel } from "../../models/index.ts";
import type { Slot } from "./slots.ts";

/** A task on a slot. */
export interface Task<T> {
  /** Does a little; the answer when it is done. */
  step(): T | undefined;
}

/** Rows of a step: as fast as more (791 beside 817 tokens a second for 256), and others wait a quarter as long. */
const MANY = 64;
const FEW = 8;
/** Aim for the length of a step. */
const STEP_MS = 200;

/** How many tokens a step takes at once, by how long those before took: cancelling is seen at any time, but new messages only between steps. */
export class Pace {
  #msPerToken = 0;

  /** Tokens of the next step. */
  get rows(): number {
    return this.#msPerToken * MANY <= STEP_MS ? MANY : FEW;
  }

  /** Runs a step of `count` tokens and learns from it. */
  run<T>(count: number, work: () => T): T {
    const began = performance.now();
    const result = work();
    if (count >= FEW) this.#msPerToken = (performance.now() - began) / count;
    return result;
  }
}

/** Appends ids to a slot; what was appended when it fails on the way counts. Errors: as `CausalModel.run`. */
export function append(model: CausalModel, slot: Slot, ids: readonly number[], control: Int32Array): void {
  const before = slot.sequence.length;
  try {
    model.run(slot.sequence, ids, { control });
  } finally {
    slot.ids.push(...ids.slice(0, slot.sequence.length - before));
  }
}
