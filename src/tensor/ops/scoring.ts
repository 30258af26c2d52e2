// What is read from logits.
import type { Scalar } from "../../native/index.ts";
import { tensor } from "../create.ts";
import { defineOp, expectShape, leadingRows, type Op, type Rows, rowsOf } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { isCount, sizeOf } from "../types.ts";

/**
 * One row of a matrix: x[row]. Shapes: x [B, C] -> [1, C]. Errors: `E_SHAPE`; `E_KERNEL` "index" for a row outside x.
 *
 * @example
 * selectRow(tensor([[1, 2], [3, 4]]), 1).dataSync(); // [3, 4]
 */
export const selectRow: Op<[x: Tensor, row: Scalar]> = defineOp({
  name: "selectRow",
  shape: ([x]) => {
    expectShape(x.shape.length === 2, "selectRow", { en: "x of two dimensions", zh: "二维的 x" }, x);
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
    expectShape(logits.shape.length === 2, "negativeLogLikelihood", { en: "logits of two dimensions", zh: "二维的 logits" }, logits);
    expectShape(
      targets.size === logits.shape[0],
      "negativeLogLikelihood",
      () => ({ en: `${logits.shape[0]} targets`, zh: `${logits.shape[0]} 个目标` }),
      targets,
    );
    return targets.shape.length === 1 ? { shape: targets.shape } : { shape: [targets.size] };
  },
  forward: (run, [logits, targets, options], nll) =>
    run.negativeLogLikelihood({ logits, targets, nll, rows: rowsOf("negativeLogLikelihood", logits, options), vocabulary: logits.shape[1] }),
});

/** The largest of each row: values [..., count], indices [..., count] i32, normalizer [...] = log(sum exp(scale · x)). */
export interface Candidates {
  readonly [name: string]: Tensor;
  readonly values: Tensor;
  readonly indices: Tensor;
  readonly normalizer: Tensor;
}

/** Options of `topCandidates`. */
export interface CandidateOptions extends Rows {
  /** f32, for each row 1 / temperature, for its normalizer. Default 1. */
  readonly scales?: Tensor;
}

/**
 * Of each row the `count` largest values in falling order, ties by rising index; probability of values[i] is exp(scale · values[i] - normalizer).
 * Shapes: logits [..., V] -> [..., count]. Errors: `E_SHAPE` for a count of none or above the values; `E_KERNEL` "numeric" when one of them is not a number.
 *
 * @example
 * topCandidates(tensor([1, 3, 2]), 2).indices.dataSync(); // [1, 2]
 * topCandidates(tensor([[1, 3, 2], [9, 8, 7]]), 1).indices.dataSync(); // [1, 0]
 */
export function topCandidates(logits: Tensor, count: number, { scales, rows }: CandidateOptions = {}): Candidates {
  const all = sizeOf(logits.shape.slice(0, -1));
  return likeliest(logits, scales ?? tensor(new Float32Array(all).fill(1), undefined, { device: logits.device }), count, { rows });
}

const likeliest: Op<[logits: Tensor, scales: Tensor, count: number, options: Rows], Candidates> = defineOp<
  [Tensor, Tensor, number, Rows],
  Candidates
>({
  name: "topCandidates",
  shape: ([logits, scales, count]) => {
    const width = logits.shape.at(-1) ?? 0;
    const lead = logits.shape.slice(0, -1);
    expectShape(
      isCount(count) && count >= 1 && count <= width,
      "topCandidates",
      () => ({ en: `at least ${count} values, and at least one asked for`, zh: `至少 ${count} 个值，且至少请求一个` }),
      logits,
    );
    expectShape(scales.size === sizeOf(lead), "topCandidates", () => ({ en: `${sizeOf(lead)} scales`, zh: `${sizeOf(lead)} 个缩放值` }), scales);
    return { values: { shape: [...lead, count] }, indices: { shape: [...lead, count], type: "i32" }, normalizer: { shape: lead } };
  },
  forward: (run, [logits, scales, count, options], results) =>
    run.topCandidates({ logits, scales, ...results, rows: leadingRows("topCandidates", logits, options), n: logits.shape.at(-1) ?? 0, count }),
});
