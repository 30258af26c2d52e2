// Operations of two tensors, element by element, with NumPy's broadcasting.
import { type BinaryFunction, binaryFunctions } from "../../native/index.ts";
import type { Kernels } from "../command.ts";
import { defineOp, elementsOf, expectTensor, type Op, type Rows, scratchLike } from "../op.ts";
import type { Gradient } from "../tape/gradient.ts";
import { noGrad } from "../tape/tracking.ts";
import { Tensor } from "../tensor.ts";
import type { Shape } from "../types.ts";
import { valueOn } from "./optimize.ts";
import { expand } from "./shape/arrange.ts";
import { broadcastShape, type Periods, periodsOf, sameShape } from "./shape/broadcast.ts";

interface Repeated extends Periods, Rows {
  readonly shape: Shape;
}

/** d (+)= scale · the sum of `full` over all but the middle. */
function sumToPeriods(run: Kernels, full: Tensor, d: Gradient, { outer, middle, inner }: Periods, scale = 1): void {
  if (outer === 1) run.reduceSum({ x: full, y: d, outer: middle, middle: inner, inner: 1, scale });
  else if (inner === 1) run.reduceSum({ x: full, y: d, outer: 1, middle: outer, inner: middle, scale });
  else {
    const rows = scratchLike(full, { shape: [outer * middle] });
    run.reduceSum({ x: full, y: rows, outer: outer * middle, middle: inner, inner: 1, scale });
    run.reduceSum({ x: rows, y: d, outer: 1, middle: outer, inner: middle, scale: 1 });
  }
}

/** Slopes that are the same everywhere. */
const signsOf: Partial<Record<BinaryFunction, readonly [number, number]>> = { add: [1, 1], subtract: [1, -1], subtractFrom: [-1, 1] };

// The operation where a is whole and b is repeated. What is added or taken away needs no products in its gradient.
function repeating(name: string, f: BinaryFunction): Op<[a: Tensor, b: Tensor, repeated: Repeated]> {
  const operation = binaryFunctions[f];
  const signs = signsOf[f];
  return defineOp<[Tensor, Tensor, Repeated]>({
    name,
    shape: ([, , { shape }]) => ({ shape }),
    forward(run, [a, b, { inner, middle, ...rows }], y) {
      const n = elementsOf(name, a, rows);
      if (f === "add" && b.size === a.size) return run.add({ a, b, y, n });
      run.binary({ a, b, y, n, operation, ...kernelPeriods(inner, middle) });
    },
    gradient(run, [a, b, periods], dy, [da, db]) {
      const n = a.size;
      const whole = b.size === n;
      const args = { a, b, dy, n, operation, ...kernelPeriods(periods.inner, periods.middle) };
      if (signs) {
        if (db && !whole) sumToPeriods(run, dy, db, periods, signs[1]);
        else if (signs[1] === 1) db?.take(dy);
        else if (db) run.spread({ x: dy, y: db, outer: n, middle: 1, inner: 1, scale: -1 });
        if (signs[0] === 1) da?.take(dy);
        else if (da) run.spread({ x: dy, y: da, outer: n, middle: 1, inner: 1, scale: -1 });
        return;
      }
      if (da) run.binaryGrad({ d: da, ...args });
      if (db && whole) run.binaryGrad({ d: db, second: true, ...args });
      else if (db) {
        const full = scratchLike(a, { shape: [n] });
        run.binaryGrad({ d: full, second: true, ...args });
        sumToPeriods(run, full, db, periods);
      }
    },
  });
}

// Of nothing there are periods, too.
const kernelPeriods = (inner: number, middle: number) => ({ inner: Math.max(inner, 1), middle: Math.max(middle, 1) });

/** An operation on two tensors, or on a tensor and a number, which stands for a tensor of nothing else. */
export type Pairwise = (a: Tensor | number, b: Tensor | number, options?: Rows) => Tensor;

function sideOf(name: string, side: Tensor | number, other: Tensor | number): Tensor {
  if (typeof side === "number" && other instanceof Tensor) return noGrad(() => valueOn(other, side).reshape([]));
  expectTensor(name, side);
  return side;
}

// Whichever side is whole comes first; where neither is, or one repeats on both sides of a dimension, it is laid out in memory.
function pairwise(name: string, f: BinaryFunction, turned: BinaryFunction): Pairwise {
  const straight = repeating(name, f);
  const reversed = turned === f ? straight : repeating(name, turned);
  return (first, second, { rows } = {}) => {
    const [a, b] = [sideOf(name, first, second), sideOf(name, second, first)];
    if (sameShape(a.shape, b.shape)) return straight(a, b, { shape: a.shape, outer: 1, middle: a.size, inner: 1, rows });
    const shape = broadcastShape(name, a.shape, b.shape);
    const whole = (x: Tensor) => sameShape(shape, x.shape);
    const periods = whole(a) ? periodsOf(shape, b.shape) : undefined;
    if (periods) return straight(a, b, { shape, rows, ...periods });
    const other = whole(b) ? periodsOf(shape, a.shape) : undefined;
    if (other) return reversed(b, a, { shape, rows, ...other });
    const [left, right] = [a, b].map((x) => (whole(x) ? x : expand(x, shape)));
    return straight(left, right, { shape, outer: 1, middle: left.size, inner: 1, rows });
  };
}

/**
 * y = a + b, element by element. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * add(tensor([1, 2]), tensor([3, 4])).dataSync(); // [4, 6]
 * add(tensor([1, 2]), 1).dataSync(); // [2, 3]
 * add(tensor([[1], [2]]), tensor([10, 20])).dataSync(); // [11, 21, 12, 22]
 */
export const add: Pairwise = pairwise("add", "add", "add");

/**
 * y = a - b, element by element. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * subtract(tensor([5, 7]), tensor(1)).dataSync(); // [4, 6]
 */
export const subtract: Pairwise = pairwise("subtract", "subtract", "subtractFrom");

/**
 * y = a · b, element by element. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * multiply(tensor([[1, 2], [3, 4]]), tensor([10, 100])).dataSync(); // [10, 200, 30, 400]
 */
export const multiply: Pairwise = pairwise("multiply", "multiply", "multiply");

/**
 * y = a / b, element by element. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * divide(tensor(1), tensor([2, 4])).dataSync(); // [0.5, 0.25]
 */
export const divide: Pairwise = pairwise("divide", "divide", "divideInto");

/**
 * y = the larger of a and b, NaN where either is; where they are equal each has half of the gradient. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * maximum(tensor([1, 5]), tensor([3, 4])).dataSync(); // [3, 5]
 */
export const maximum: Pairwise = pairwise("maximum", "maximum", "maximum");

/**
 * y = the smaller of a and b, NaN where either is; where they are equal each has half of the gradient. Shapes: NumPy's broadcasting. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * minimum(tensor([1, 5]), tensor([3, 4])).dataSync(); // [1, 4]
 */
export const minimum: Pairwise = pairwise("minimum", "minimum", "minimum");
