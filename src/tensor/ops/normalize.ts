// Softmax along the last dimension.
import { defineOp, expectShape, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const rowsAndWidth = ({ shape, size }: Tensor) => {
  const width = shape[shape.length - 1];
  return { rows: width === 0 ? 0 : size / width, width };
};

const softmaxOp = (name: string, logarithm: boolean): Op<[x: Tensor]> =>
  defineOp({
    name,
    shape: ([x]) => {
      expectShape(x.shape.length > 0, name, { en: "x of at least one dimension", zh: "至少一维的 x" }, x);
      return x;
    },
    forward: (run, [x], y) => run.softmax({ x, y, ...rowsAndWidth(x), logarithm }),
    keepsResults: true,
    gradient(run, _args, dy, [dx], y) {
      if (dx) run.softmaxGrad({ y, dy, dx, ...rowsAndWidth(y), logarithm });
    },
  });

/**
 * y = exp(x) / sum exp(x) over the last dimension, the largest x taken out first. Shapes: any -> the same. Types: f32. Errors: `E_SHAPE` for a single value.
 *
 * @example
 * softmax(tensor([[0, 0], [0, Math.log(3)]])).dataSync(); // [0.5, 0.5, 0.25, 0.75]
 */
export const softmax: Op<[x: Tensor]> = softmaxOp("softmax", false);

/**
 * y = x - log(sum exp(x)) over the last dimension: the logarithm of `softmax` without its rounding. Shapes: any -> the same. Types: f32. Errors: `E_SHAPE` for a single value.
 *
 * @example
 * logSoftmax(tensor([[0, 0]])).dataSync(); // [-0.6931, -0.6931]
 */
export const logSoftmax: Op<[x: Tensor]> = softmaxOp("logSoftmax", true);
