// The boundary of the "logistic" service. Twins: native/services/src/logistic.rs and reference/logistic.ts. Knows no optimiser and no penalty.
import type { SparseMatrix } from "../core/index.ts";
import { packArrays } from "./arrays.ts";

/**
 * Methods of the "logistic" service. `evaluate`: input are the parameters, for each column a coefficient a score, then the intercepts;
 * output is the loss, then its gradient in the same order. Losses are summed, not averaged.
 */
export const logisticMethods = { evaluate: 0 } as const;

/** Rows with the number of their class and their weight. */
export interface LogisticConfiguration {
  readonly x: SparseMatrix;
  readonly labels: Uint32Array;
  readonly weights: Float64Array;
  /** Scores a row: 1 for two classes (that of the second), else as many as classes. */
  readonly scores: number;
}

/** Configuration as bytes: words (columns, scores), labels, weights, matrix. */
export function packLogistic({ x, labels, weights, scores }: LogisticConfiguration): Uint8Array {
  return packArrays([Uint32Array.of(x.columns, scores), labels, weights, x.starts, x.indices, x.values]);
}
