// Choosing and gathering values, running sums, powers, casts, and what is made of them: spreads, largest values.
import { InkstoneError, knownOptions } from "../../../core/index.ts";
import { tensor } from "../../create.ts";
import { defineOp, expectShape, type Op } from "../../op.ts";
import { noGrad } from "../../tape/tracking.ts";
import type { Tensor } from "../../tensor.ts";
import { isCount, type Shape } from "../../types.ts";
import { subtract } from "../binary.ts";
import { scale, sqrt, square, toFloat } from "../pointwise.ts";
import { mean, type ReduceOptions, sum } from "../reduce.ts";
import { expand } from "./arrange.ts";
import { around, axisOf, broadcastShape, sameShape } from "./broadcast.ts";

const chosen: Op<[a: Tensor, b: Tensor, condition: Tensor]> = defineOp<[Tensor, Tensor, Tensor]>({
  name: "where",
  shape: ([a]) => a,
  forward: (run, [a, b, condition], y) => run.select({ condition, a, b, y, n: y.size }),
  gradient(run, [, , condition], dy, [da, db]) {
    if (da) run.selectGrad({ condition, dy, d: da, n: dy.size });
    if (db) run.selectGrad({ condition, dy, d: db, n: dy.size, second: true });
  },
});

/**
 * y = a where condition is not 0, else b, element by element. PyTorch's `torch.where`. What is not chosen has no gradient, whatever it is.
 * Shapes: NumPy's broadcasting of all three. Types: condition f32 or i32, a and b f32. Errors: `E_SHAPE`.
 *
 * @example
 * where(tensor([1, 0]), tensor([1, 2]), tensor(9)).dataSync(); // [1, 9]
 */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape("where", broadcastShape("where", a.shape, b.shape), condition.shape);
  const whole = (x: Tensor) => (sameShape(x.shape, shape) ? x : expand(x, shape));
  const asked = noGrad(() => whole(condition.type === "i32" ? toFloat(condition) : condition));
  return chosen(whole(a), whole(b), asked);
}

interface Along {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

// How x and indices of the same number of dimensions lie around one of them.
function along(operation: string, x: Tensor, ids: Tensor, axis: number): Along {
  const found = axisOf(operation, x.shape, axis);
  const fits = ids.shape.length === x.shape.length && ids.shape.every((size, i) => i === found || size === x.shape[i]);
  expectShape(
    fits,
    operation,
    () => ({ en: `indices like [${x.shape.join(", ")}] but along dimension ${axis}`, zh: `除第 ${axis} 维外形如 [${x.shape.join(", ")}] 的索引` }),
    ids,
  );
  const { outer, middle, inner } = around(x.shape, found);
  return { outer, size: middle, inner };
}

const countOf = (ids: Tensor, { outer, inner }: Along) => (outer * inner === 0 ? 0 : ids.size / (outer * inner));

const gathered: Op<[x: Tensor, ids: Tensor, places: Along]> = defineOp<[Tensor, Tensor, Along]>({
  name: "gather",
  shape: ([, ids]) => ({ shape: ids.shape }),
  forward: (run, [x, ids, places], y) => run.gather({ x, ids, y, ...places, count: countOf(ids, places) }),
  gradient(run, [, ids, places], dy, [dx]) {
    if (dx) run.gatherGrad({ ids, dy, dx, ...places, count: countOf(ids, places) });
  },
});

/**
 * Values of x by index along one dimension: y[i][j] = x[i][ids[i][j]] for the last. PyTorch's `torch.gather`, whose other dimensions are equal here.
 * Shapes: x [..., N, ...], ids [..., K, ...] -> as ids. Types: x f32, ids i32. Errors: `E_SHAPE`; `E_KERNEL` "index" for one outside [0, N).
 *
 * @example
 * gather(tensor([[1, 2], [3, 4]]), tensor(Int32Array.of(1, 0), [2, 1])).dataSync(); // [2, 3]
 */
export const gather: Op<[x: Tensor, ids: Tensor, axis?: number]> = (x, ids, axis = -1) => gathered(x, ids, along("gather", x, ids, axis));

const scattered: Op<[x: Tensor, values: Tensor, ids: Tensor, places: Along]> = defineOp<[Tensor, Tensor, Tensor, Along]>({
  name: "scatterAdd",
  shape: ([x]) => x,
  forward(run, [x, values, ids, places], y) {
    run.copy({ x, y, n: x.size });
    run.gatherGrad({ ids, dy: values, dx: y, ...places, count: countOf(ids, places), accumulate: true });
  },
  gradient(_run, [, , ids, places], dy, [dx, dvalues]) {
    dvalues?.take(gathered(dy, ids, places));
    dx?.take(dy);
  },
});

/**
 * x with values added to it by index along one dimension: y[i][ids[i][j]] += values[i][j] for the last; values of the same place are summed in their order.
 * PyTorch's `scatter_add`, but x itself stays. Shapes: x [..., N, ...], ids and values [..., K, ...] -> as x. Types: f32, ids i32. Errors: as `gather`.
 *
 * @example
 * scatterAdd(tensor([0, 0, 0]), tensor(Int32Array.of(2, 2)), tensor([1, 5])).dataSync(); // [0, 0, 6]
 */
export const scatterAdd: Op<[x: Tensor, ids: Tensor, values: Tensor, axis?: number]> = (x, ids, values, axis = -1) => {
  expectShape(
    sameShape(values.shape, ids.shape),
    "scatterAdd",
    () => ({ en: `a value for each of [${ids.shape.join(", ")}]`, zh: `与 [${ids.shape.join(", ")}] 一一对应的值` }),
    values,
  );
  return scattered(x, values, ids, along("scatterAdd", x, ids, axis));
};

const counted: Op<[x: Tensor, places: Along, reverse: boolean]> = defineOp<[Tensor, Along, boolean]>({
  name: "cumulativeSum",
  shape: ([x]) => x,
  forward: (run, [x, places, reverse], y) => run.cumulate({ x, y, ...places, reverse }),
  gradient(run, [, places, reverse], dy, [dx]) {
    if (dx) run.cumulate({ x: dy, y: dx, ...places, reverse: !reverse });
  },
});

/**
 * Running sums along one dimension. PyTorch's `torch.cumsum`. Shapes: any -> the same. Types: f32 (sums in f64). Errors: `E_SHAPE`.
 *
 * @example
 * cumsum(tensor([1, 2, 3])).dataSync(); // [1, 3, 6]
 */
export const cumsum: Op<[x: Tensor, axis?: number]> = (x, axis = -1) => {
  const { outer, middle, inner } = around(x.shape, axisOf("cumsum", x.shape, axis));
  return counted(x, { outer, size: middle, inner }, false);
};

/**
 * A row of zeros with a 1 at each id. Shapes: ids [...] -> [..., classes]. Types: i32 -> f32. Errors: `E_KERNEL` "index" for an id outside [0, classes).
 *
 * @example
 * oneHot(tensor(Int32Array.of(1, 0)), 2).dataSync(); // [0, 1, 1, 0]
 */
export const oneHot: Op<[ids: Tensor, classes: number]> = defineOp<[Tensor, number]>({
  name: "oneHot",
  shape: ([ids, classes]) => ({ shape: [...ids.shape, classes] }),
  forward: (run, [ids, classes], y) => run.oneHot({ ids, y, count: ids.size, classes }),
});

/**
 * Whole numbers: the fraction is cut off, as in PyTorch's `int()`. Shapes: any -> the same. Types: f32 -> i32. Errors: `E_KERNEL` "numeric" with the first place that no i32 holds.
 *
 * @example
 * toInt(tensor([1.9, -1.9])).dataSync(); // [1, -1]
 */
export const toInt: Op<[x: Tensor]> = defineOp<[Tensor]>({
  name: "toInt",
  shape: ([x]) => ({ shape: x.shape, type: "i32" }),
  forward: (run, [x], y) => run.toInteger({ x, y, n: x.size }),
});

/**
 * x to the power of a number. PyTorch's `torch.pow`; of a negative x only whole powers are numbers. Shapes: any -> the same. Types: f32.
 *
 * @example
 * pow(tensor([2, -3]), 3).dataSync(); // [8, -27]
 */
export const pow: Op<[x: Tensor, exponent: number]> = defineOp<[Tensor, number]>({
  name: "pow",
  shape: ([x]) => x,
  forward: (run, [x, alpha], y) => run.power({ x, y, n: x.size, alpha }),
  gradient(run, [x, alpha], dy, [dx]) {
    if (dx) run.powerGrad({ x, dy, dx, n: x.size, alpha });
  },
});

/** Options of `variance` and `std`. */
export interface SpreadOptions extends ReduceOptions {
  /** Taken from the count that the sum of squares is divided by. Default 1, as in PyTorch; 0 for the spread of a whole population, as in NumPy. */
  readonly correction?: number;
}

/**
 * Mean squared distance from the mean, of all values or along one dimension. PyTorch's `torch.var`. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * variance(tensor([1, 2, 3])).dataSync(); // [1]
 */
export const variance: Op<[x: Tensor, options?: SpreadOptions]> = (x, given = {}) => {
  knownOptions("variance", given, ["axis", "keepDimensions", "correction"]);
  const { correction = 1, ...options } = given;
  const count = options.axis === undefined ? x.size : x.shape[axisOf("variance", x.shape, options.axis)];
  const squares = square(subtract(x, mean(x, { ...options, keepDimensions: true })));
  return scale(sum(squares, options), 1 / Math.max(count - correction, 0));
};

/**
 * Root of `variance`. PyTorch's `torch.std`. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * std(tensor([1, 3]), { correction: 0 }).dataSync(); // [1]
 */
export const std: Op<[x: Tensor, options?: SpreadOptions]> = (x, options) => sqrt(variance(x, options));

/** Results of `topk`. */
export interface TopK {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * The k largest values of each row, in falling order, and their places; ties by rising place. PyTorch's `torch.topk` along the last dimension. The values have gradients.
 * Not within a recording: it reads what is there. Shapes: x [..., C] -> [..., k] both. Types: f32, i32. Errors: `E_OPTION` unless 1 <= k <= C.
 *
 * @example
 * topk(tensor([3, 1, 2]), 2).indices.dataSync(); // [0, 2]
 */
export function topk(x: Tensor, k: number): TopK {
  const width = x.shape.at(-1) ?? 0;
  if (!(isCount(k) && k >= 1 && k <= width)) {
    throw new InkstoneError("E_OPTION", { option: "k", value: k, allowed: { en: `1 to ${width}`, zh: `1 到 ${width}` } });
  }
  const values = x.dataSync();
  const rows = values.length / width;
  const found = new Int32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    const at = (i: number) => values[row * width + i];
    const order = Array.from({ length: width }, (_, i) => i).sort((a, b) => at(b) - at(a) || a - b);
    found.set(order.slice(0, k), row * k);
  }
  const shape: Shape = [...x.shape.slice(0, -1), k];
  const indices = tensor(found, shape, { device: x.device });
  return { values: gather(x, indices), indices };
}
