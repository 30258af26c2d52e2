// Norms along the last dimension.

import type { Kernels } from "../command.ts";
import { defineOp, expectShape, leadingRows, type Op, type Rows, scratchLike } from "../op.ts";
import type { Gradient } from "../tape/gradient.ts";
import { refusal } from "../tape/write.ts";
import type { Tensor } from "../tensor.ts";

/** Values of a block of rows whose gradients of gamma and beta are summed before the blocks are: what one thread takes at a time. */
const BLOCK_VALUES = 65_536;
const LEAST_ROWS = 16;

const rowsAndWidth = ({ shape, size }: Tensor) => {
  const width = shape[shape.length - 1] ?? 1;
  return { rows: width === 0 ? 0 : size / width, width };
};

function expectVector(operation: string, what: string, x: Tensor, vector: Tensor | undefined): void {
  const { width } = rowsAndWidth(x);
  if (vector) expectShape(vector.size === width, operation, () => ({ en: `${what} of ${width} values`, zh: `${width} 个值的 ${what}` }), vector);
}

interface Backward {
  readonly x: Tensor;
  readonly gamma: Tensor | undefined;
  readonly epsilon: number;
  readonly centered: boolean;
  readonly dy: Tensor;
  readonly dx: Gradient | undefined;
  readonly dgamma: Gradient | undefined;
  readonly dbeta: Gradient | undefined;
}

// One pass over the rows for dx and for the sums of each block of rows, then the sums of the blocks in their order.
function backward(run: Kernels, { x, gamma, epsilon, centered, dy, dx, dgamma, dbeta }: Backward): void {
  const { rows, width } = rowsAndWidth(x);
  const block = Math.max(LEAST_ROWS, Math.ceil(BLOCK_VALUES / Math.max(width, 1)));
  const blocks = Math.ceil(rows / block);
  const wanted = dgamma !== undefined || dbeta !== undefined;
  const partial = scratchLike(x, { shape: wanted ? [2 * blocks, width] : [0] });
  const flags = { hasGamma: gamma ? 1 : 0, hasPartial: wanted ? 1 : 0, centered };
  run.normGrad({ x, gamma: gamma ?? x, dy, partial, dx: dx ?? scratchLike(x, x), rows, width, epsilon, block, ...flags });
  if (dgamma) run.columnSums({ x: partial.rows(0, blocks), y: dgamma, rows: blocks, columns: width });
  if (dbeta) run.columnSums({ x: partial.rows(blocks, blocks), y: dbeta, rows: blocks, columns: width });
}

/**
 * y = x / sqrt(mean(x²) + epsilon) · weight over the last dimension; without a weight that factor is 1.
 * Shapes: x [..., C], weight [C] -> [..., C]. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Zhang & Sennrich 2019, arXiv:1910.07467.
 *
 * @example
 * rmsNorm(tensor([[3, 4]]), tensor([1, 1]), 0).dataSync(); // [0.8485, 1.1314]
 */
export const rmsNorm: Op<[x: Tensor, weight: Tensor | undefined, epsilon: number, options?: Rows]> = defineOp({
  name: "rmsNorm",
  shape: ([x, weight]) => {
    expectShape(x.shape.length > 0, "rmsNorm", { en: "x of at least one dimension", zh: "至少一维的 x" }, x);
    expectVector("rmsNorm", "a weight", x, weight);
    return x;
  },
  forward(run, [x, weight, epsilon, options], y) {
    const { width } = rowsAndWidth(x);
    const rows = leadingRows("rmsNorm", x, options);
    if (weight) run.rmsNorm({ x, weight, y, rows, width, epsilon });
    else run.norm({ x, gamma: x, beta: x, y, rows, width, epsilon, hasGamma: 0, hasBeta: 0, centered: false });
  },
  gradient(run, [x, gamma, epsilon, options], dy, [dx, dgamma]) {
    if (options?.rows !== undefined) throw refusal("rmsNorm", "only some of its rows are valid", "仅部分行有效");
    backward(run, { x, gamma, epsilon, centered: false, dy, dx, dgamma, dbeta: undefined });
  },
});

/**
 * y = (x - mean) / sqrt(variance + epsilon) · gamma + beta over the last dimension, variance = mean((x - mean)²); without gamma that factor is 1, without beta that term 0.
 * Shapes: x [..., C], gamma, beta [C] -> [..., C]. epsilon: default 1e-5, as PyTorch's. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
 *
 * @example
 * layerNorm(tensor([[1, 3]]), tensor([1, 2]), tensor([0, 5]), 0).dataSync(); // [-1, 7]
 */
export const layerNorm: Op<[x: Tensor, gamma?: Tensor, beta?: Tensor, epsilon?: number, options?: Rows]> = defineOp<
  [Tensor, Tensor?, Tensor?, number?, Rows?]
>({
  name: "layerNorm",
  shape: ([x, gamma, beta]) => {
    expectShape(x.shape.length > 0, "layerNorm", { en: "x of at least one dimension", zh: "至少一维的 x" }, x);
    expectVector("layerNorm", "gamma", x, gamma);
    expectVector("layerNorm", "beta", x, beta);
    return x;
  },
  forward(run, [x, gamma, beta, epsilon = 1e-5, options], y) {
    const has = { hasGamma: gamma ? 1 : 0, hasBeta: beta ? 1 : 0 };
    const { width } = rowsAndWidth(x);
    const rows = leadingRows("layerNorm", x, options);
    run.norm({ x, gamma: gamma ?? x, beta: beta ?? x, y, rows, width, epsilon, ...has, centered: true });
  },
  gradient(run, [x, gamma, , epsilon = 1e-5, options], dy, [dx, dgamma, dbeta]) {
    if (options?.rows !== undefined) throw refusal("layerNorm", "only some of its rows are valid", "仅部分行有效");
    backward(run, { x, gamma, epsilon, centered: true, dy, dx, dgamma, dbeta });
  },
});
