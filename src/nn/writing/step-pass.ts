// What one step of writing knows beside its activations: a row for each text that is being written, all at one position. Knows no ids.
import type { Scalar } from "../../native/index.ts";
import type { History, Tensor } from "../../tensor/index.ts";
import type { KeyValueCache } from "../key-value-cache.ts";

/** What a layer keeps from step to step. */
export interface LayerState {
  /** Keys and values of all positions, of layers that attend to what is written. */
  readonly history?: History;
  /** f32 [rows, C], of layers with a state that is carried on. */
  readonly carried?: Tensor;
}

/** What was read: keys and values of every layer, a slot for each text. */
export interface ReadMemory {
  readonly cache: KeyValueCache;
  /** i32 [rows, 3]: (row, last position, slot) of each row. */
  readonly runs: Tensor;
}

/** A step. */
export interface StepPass {
  /** Valid rows. */
  readonly rows: Scalar;
  /** The position that all rows write. */
  readonly position: Scalar;
  /** f32 []: 0 at the first position, else 1. */
  readonly started: Tensor;
  /** i32 [rows, positions]: in which row each row has its past, position by position. */
  readonly ancestors: Tensor;
  /** i32 [rows]: which row of the step before each row goes on from. */
  readonly parents: Tensor;
  /** A state for each layer. */
  readonly states: readonly LayerState[];
  readonly memory: ReadMemory;
}

/** Rows of what was read, which a layer's keys and values are made of. */
export interface MemoryRows {
  readonly cache: KeyValueCache;
  /** i32 [n, 3]: (first row, 0, slot) of each text. */
  readonly runs: Tensor;
  /** How many texts and how many rows are valid. Default: all. */
  readonly runCount?: Scalar;
  readonly rows?: Scalar;
}
