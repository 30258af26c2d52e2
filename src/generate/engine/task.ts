// Work that takes many steps of a model: it says what it wants of the next one, and takes what came of it. Knows no other tasks.
import type { StepResult, Want } from "../../models/index.ts";
import type { Slot } from "./slots.ts";

/** What a task wants of a step: these ids on its slot, and what is asked behind them. */
export interface Demand {
  readonly ids: readonly number[];
  readonly want?: Want;
}

/** A task on a slot. */
export interface Task<T> {
  readonly slot: Slot;
  /** Its control word: set when it is no longer wanted. */
  readonly control: Int32Array;
  /** Ids that wait to be computed: 1 while it writes, more while it reads. */
  readonly pending: number;
  /** Its part of the next step, at most `rows` ids. */
  wants(rows: number): Demand;
  /** Takes what its part gave; the answer when it is done. */
  take(result: StepResult, ids: readonly number[]): T | undefined;
  /** The answer where it is no longer wanted. Errors: `E_CANCELLED`, where there is no such answer. */
  cancelled(): T;
  /** What a failed step means to it. */
  failure(error: unknown): unknown;
  /** It has ended: what it holds beside its slot is given back. */
  dispose?(): void;
}
