// The boundary of the "linear-svm" service. Twins: native/services/src/linear_svm and reference/linear-svm.ts. Knows no labels beyond their numbers.
import type { SparseMatrix } from "../core/index.ts";
import { packArrays } from "./arrays.ts";

/** Methods of the "linear-svm" service. `solve`: no input; output: for each column a coefficient a problem, then intercepts, then rounds, all numbers. */
export const linearSvmMethods = { solve: 0 } as const;

/** Problems that share their rows: one class against the rest each. Values of rows are taken in single precision, everything else in double. */
export interface LinearSvmConfiguration {
  readonly x: SparseMatrix;
  /** Number of each row's class. */
  readonly labels: Uint32Array;
  /** Class that is positive in the first problem; that of each other is one more. */
  readonly firstLabel: number;
  /** C of the positive and negative examples of each problem. */
  readonly positiveCosts: Float64Array;
  readonly negativeCosts: Float64Array;
  /** Value of the column that every row has beside its own; 0 for none. */
  readonly bias: number;
  readonly tolerance: number;
  readonly mostRounds: number;
  readonly seed: number;
}

/** Configuration as bytes: words (columns, problems, first label, most rounds, seed low, seed high), numbers (tolerance, bias), costs, labels, matrix. */
export function packLinearSvm(made: LinearSvmConfiguration): Uint8Array {
  const { x } = made;
  const words = Uint32Array.of(
    x.columns,
    made.positiveCosts.length,
    made.firstLabel,
    made.mostRounds,
    made.seed >>> 0,
    Math.floor(made.seed / 2 ** 32),
  );
  const numbers = Float64Array.of(made.tolerance, made.bias);
  return packArrays([words, numbers, made.positiveCosts, made.negativeCosts, made.labels, x.starts, x.indices, x.values]);
}
