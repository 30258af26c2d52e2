// Norms along the last dimension.
import { defineOp, expectShape, type Op, type Rows, rowsOf } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/**
 * y = x / sqrt(mean(x²) + epsilon) · weight, row by row. Shapes: x [B, C], weight [C] -> [B, C]. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Zhang & Sennrich 2019, arXiv:1910.07467.
 *
 * @example
 * rmsNorm(tensor([[3, 4]]), tensor([1, 1]), 0).dataSync(); // [0.8485, 1.1314]
 */
export const rmsNorm: Op<[x: Tensor, weight: Tensor, epsilon: number, options?: Rows]> = defineOp({
  name: "rmsNorm",
  shape: ([x, weight]) => {
    expectShape(x.shape.length === 2, "rmsNorm", "x of two dimensions", x);
    expectShape(weight.size === x.shape[1], "rmsNorm", `a weight of ${x.shape[1]} values`, weight);
    return x;
  },
  forward: (run, [x, weight, epsilon, options], y) => run.rmsNorm({ x, weight, y, rows: rowsOf("rmsNorm", x, options), width: x.shape[1], epsilon }),
});
