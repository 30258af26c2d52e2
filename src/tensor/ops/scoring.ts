// What is read from logits.
import type { Scalar } from "../../native/index.ts";
import { defineOp, expectShape, type Op, type Rows, rowsOf } from "../op.ts";
import { currentSink } from "../sink.ts";
import type { Tensor } from "../tensor.ts";
import { isCount } from "../types.ts";

/**
 * One row of a matrix: x[row]. Shapes: x [B, C] -> [1, C]. Errors: `E_SHAPE`; `E_KERNEL` "index" for a row outside x.
 *
 * @example
 * selectRow(tensor([[1, 2], [3, 4]]), 1).dataSync(); // [3, 4]
 */
export const selectRow: Op<[x: Tensor, row: Scalar]> = defineOp({
  name: "selectRow",
  shape: ([x]) => {
    expectShape(x.shape.length === 2, "selectRow", "x of two dimensions", x);
    return { shape: [1, x.shape[1]] };
  },
  forward: (run, [x, row], y) => run.selectRow({ x, y, rows: x.shape[0], width: x.shape[1], row }),
});

/**
 * nll[i] = log(sum exp(logits[i])) - logits[i][targets[i]]. Shapes: logits [B, V], targets [B] i32 -> [B].
 * Errors: `E_SHAPE`; `E_KERNEL` "index" for a target outside [0, V), "numeric" when a logit is not a number.
 *
 * @example
 * negativeLogLikelihood(tensor([[0, 0]]), tensor(Int32Array.of(1))).dataSync(); // [0.6931]
 */
export const negativeLogLikelihood: Op<[logits: Tensor, targets: Tensor, options?: Rows]> = defineOp({
  name: "negativeLogLikelihood",
  shape: ([logits, targets]) => {
    expectShape(logits.shape.length === 2, "negativeLogLikelihood", "logits of two dimensions", logits);
    expectShape(targets.size === logits.shape[0], "negativeLogLikelihood", `${logits.shape[0]} targets`, targets);
    return targets.shape.length === 1 ? { shape: targets.shape } : { shape: [targets.size] };
  },
  forward: (run, [logits, targets, options], nll) =>
    run.negativeLogLikelihood({ logits, targets, nll, rows: rowsOf("negativeLogLikelihood", logits, options), vocabulary: logits.shape[1] }),
});

/** The largest of a row: values [count], indices [count] i32, normalizer [1] = log(sum exp(scale · x)). */
export interface Candidates {
  readonly [name: string]: Tensor;
  readonly values: Tensor;
  readonly indices: Tensor;
  readonly normalizer: Tensor;
}

/** Options of `topCandidates`. */
export interface CandidateOptions {
  /** 1 / temperature, for the normalizer; often a register. Default 1. */
  readonly scale?: Scalar;
}

/**
 * The `count` largest of all values in falling order, ties by rising index; probability of values[i] is exp(scale · values[i] - normalizer).
 * Errors: `E_SHAPE` for a count of none or above the values; `E_KERNEL` "numeric" when one of them is not a number.
 *
 * @example
 * topCandidates(tensor([1, 3, 2]), 2).indices.dataSync(); // [1, 2]
 */
export const topCandidates: Op<[logits: Tensor, count: number, options?: CandidateOptions], Candidates> = defineOp<
  [Tensor, number, CandidateOptions?],
  Candidates
>({
  name: "topCandidates",
  shape: ([logits, count]) => {
    expectShape(
      isCount(count) && count >= 1 && count <= logits.size,
      "topCandidates",
      `at least ${count} values, and at least one asked for`,
      logits,
    );
    return { values: { shape: [count] }, indices: { shape: [count], type: "i32" }, normalizer: { shape: [1] } };
  },
  forward: (run, [logits, count, { scale = 1 } = {}], results) =>
    run.topCandidates({ logits, ...results, n: logits.size, count, scale: currentSink().times(scale, 1) }),
});
