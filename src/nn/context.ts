// What a forward pass knows beside its activations: rows of any sequences over a cache, or whole sequences side by side.
import type { Scalar } from "../native/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { KeyValueCache } from "./key-value-cache.ts";

/** A pass over T rows of one or more sequences, whose keys and values go into a cache: generation. */
export interface CachedPass {
  /** Valid rows. */
  readonly rows: Scalar;
  /** i32 [T]: the position of each row in its sequence. */
  readonly places: Tensor;
  /** i32 [n, 3]: (first row, position of it, slot) of each run of rows of one sequence. */
  readonly runs: Tensor;
  /** How many of the runs are valid. */
  readonly runCount: Scalar;
  readonly cache: KeyValueCache;
}

/** A pass over whole sequences of equal length, row after row, without a cache: training. */
export interface WholePass {
  readonly rows?: undefined;
  readonly cache?: undefined;
  /** Sequences, and positions of each. */
  readonly batch: number;
  readonly length: number;
  /** i32 [batch · length]: the position of each row, where positions are learned. */
  readonly places?: Tensor;
  /** i32 [batch, length]: positions see each other only within a segment; -1 is padding. Default: all of a sequence is one. */
  readonly segments?: Tensor;
  /** Share of the attention weights that is dropped. Default 0. */
  readonly dropout?: number;
  /** Whether blocks keep only their inputs and are computed again for their gradients: less memory, a third more time. Default false. */
  readonly recompute?: boolean;
}

/** Context of a pass. */
export type Context = CachedPass | WholePass;
