// What a forward pass knows beside its activations: which rows are valid, where they stand, and the cache.
import type { Scalar } from "../native/index.ts";
import type { KeyValueCache } from "./key-value-cache.ts";

/** Context of a pass over T rows of one sequence. */
export interface Context {
  /** Valid rows. */
  readonly rows: Scalar;
  /** Position of the first row in its sequence. */
  readonly start: Scalar;
  readonly cache: KeyValueCache;
}
