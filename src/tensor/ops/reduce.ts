// One number of many: sums, means, largest values, over all or along one dimension.
import { InkstoneError, knownOptions } from "../../core/index.ts";
import { defineOp, expectTensor, type Like, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import type { Shape } from "../types.ts";
import { around, axisOf, type Periods } from "./shape/broadcast.ts";

/** Options of reductions. */
export interface ReduceOptions {
  /** The dimension that goes, counted from the end where it is negative. Default: all of them. */
  readonly axis?: number;
  /** What goes stays as dimensions of 1. Default false. */
  readonly keepDimensions?: boolean;
}

const names = ["axis", "keepDimensions"];

interface Reduction extends Periods {
  readonly shape: Shape;
}

function reductionOf(operation: string, x: Tensor, options: ReduceOptions): Reduction {
  expectTensor(operation, x);
  knownOptions(operation, options, names);
  const { axis, keepDimensions = false } = options;
  if (axis === undefined) return { outer: 1, middle: x.size, inner: 1, shape: keepDimensions ? x.shape.map(() => 1) : [] };
  const found = axisOf(operation, x.shape, axis);
  return { shape: x.shape.flatMap((size, i) => (i === found ? (keepDimensions ? [1] : []) : [size])), ...around(x.shape, found) };
}

const summed: Op<[x: Tensor, over: Reduction, factor: number]> = defineOp<[Tensor, Reduction, number]>({
  name: "sum",
  shape: ([, { shape }]) => ({ shape }),
  forward: (run, [x, { outer, middle, inner }, scale], y) => run.reduceSum({ x, y, outer, middle, inner, scale }),
  gradient(run, [, { outer, middle, inner }, scale], dy, [dx]) {
    if (dx) run.spread({ x: dy, y: dx, outer, middle, inner, scale });
  },
});

/**
 * Sum of all values, or along one dimension; of none: 0. Types: f32. Errors: `E_SHAPE` for a dimension that is not there.
 *
 * @example
 * sum(tensor([[1, 2], [3, 4]])).dataSync(); // [10]
 * sum(tensor([[1, 2], [3, 4]]), { axis: 0 }).dataSync(); // [4, 6]
 */
export const sum: Op<[x: Tensor, options?: ReduceOptions]> = (x, options = {}) => summed(x, reductionOf("sum", x, options), 1);

/**
 * Mean of all values, or along one dimension; of none: NaN. Types: f32. Errors: `E_SHAPE` for a dimension that is not there.
 *
 * @example
 * mean(tensor([[1, 2], [3, 4]]), { axis: 1 }).dataSync(); // [1.5, 3.5]
 */
export const mean: Op<[x: Tensor, options?: ReduceOptions]> = (x, options = {}) => {
  const over = reductionOf("mean", x, options);
  // 0 · Infinity: a mean of nothing is not a number.
  return summed(x, over, over.middle === 0 ? Number.POSITIVE_INFINITY : 1 / over.middle);
};

/** The largest values, and where they are. */
export interface Largest {
  readonly [name: string]: Tensor;
  readonly values: Tensor;
  readonly indices: Tensor;
}

const largest: Op<[x: Tensor, over: Reduction], Largest> = defineOp<[Tensor, Reduction], Largest>({
  name: "max",
  shape: ([x, { middle, shape }]): { values: Like; indices: Like } => {
    if (middle === 0)
      throw new InkstoneError("E_SHAPE", { operation: "max", expected: { en: "at least one value", zh: "至少一个值" }, got: x.shape });
    return { values: { shape }, indices: { shape, type: "i32" } };
  },
  forward: (run, [x, { outer, middle, inner }], { values, indices }) => run.reduceMax({ x, y: values, index: indices, outer, middle, inner }),
  gradient(run, [, { outer, middle, inner }], { values: dy }, [dx], { indices }) {
    if (dx && dy) run.reduceMaxGrad({ index: indices, dy, dx, outer, middle, inner });
  },
  keepsResults: true,
});

/**
 * The largest of all values, or along one dimension; NaN where one of them is. Its gradient goes to the first of equals. Types: f32.
 * Errors: `E_SHAPE` for a dimension that is not there, or of no values.
 *
 * @example
 * max(tensor([[1, 2], [4, 3]]), { axis: 1 }).dataSync(); // [2, 4]
 */
export const max: Op<[x: Tensor, options?: ReduceOptions]> = (x, options = {}) => largest(x, reductionOf("max", x, options)).values;

/**
 * Where the largest of all values is, or those along one dimension: the first of equals. Types: f32 -> i32. Errors: as `max`.
 *
 * @example
 * argMax(tensor([[1, 2], [4, 3]]), { axis: 1 }).dataSync(); // [1, 0]
 */
export const argMax: Op<[x: Tensor, options?: ReduceOptions]> = (x, options = {}) => largest(x, reductionOf("argMax", x, options)).indices;
