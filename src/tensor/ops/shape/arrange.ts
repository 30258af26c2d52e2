// Operations that move elements: transposing, slicing, joining, repeating, turning round.
import { InkstoneError, type Phrase } from "../../../core/index.ts";
import type { Kernels } from "../../command.ts";
import { defineOp, type Op, scratchLike } from "../../op.ts";
import type { Gradient } from "../../tape/gradient.ts";
import type { Tensor } from "../../tensor.ts";
import { isCount, type Shape, sizeOf } from "../../types.ts";
import { axisOf, broadcastShape, padded, sameShape } from "./broadcast.ts";
import { type Movement, move, stridesOf } from "./movement.ts";

const refuse = (operation: string, expected: Phrase, got: Shape): never => {
  throw new InkstoneError("E_SHAPE", { operation, expected, got });
};

// The same movement from y to x.
const back = ({ ways, xStart, yStart }: Movement): Movement => ({
  ways: ways.map((way) => ({ ...way, x: way.y, y: way.x })),
  xStart: yStart,
  yStart: xStart,
});

const permuted: Op<[x: Tensor, order: Shape]> = defineOp<[Tensor, Shape]>({
  name: "transpose",
  shape: ([x, order]) => ({ shape: order.map((d) => x.shape[d]), type: x.type }),
  forward: (run, [x, order], y) => move(run, "transpose", x, y, permutation(x, order)),
  gradient(run, [x, order], dy, [dx]) {
    if (dx) move(run, "transpose", dy, dx, back(permutation(x, order)));
  },
});

function permutation(x: Tensor, order: Shape): Movement {
  const [from, to] = [stridesOf(x.shape), stridesOf(order.map((d) => x.shape[d]))];
  return { ways: order.map((d, i) => ({ size: x.shape[d], x: from[d], y: to[i] })) };
}

/**
 * Dimensions in another order: dimension i of the result is dimension order[i] of x. `order`: default all of them reversed. Types: f32, i32.
 * Errors: `E_SHAPE` unless the order names each dimension once.
 *
 * @example
 * transpose(tensor([[1, 2, 3], [4, 5, 6]])).dataSync(); // [1, 4, 2, 5, 3, 6]
 * transpose(zeros([2, 3, 4]), [1, 0, 2]).shape; // [3, 2, 4]
 */
export const transpose: Op<[x: Tensor, order?: readonly number[]]> = (x, order = x.shape.map((_, d) => x.shape.length - 1 - d)) => {
  const axes = order.map((axis) => axisOf("transpose", x.shape, axis));
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length)
    refuse("transpose", { en: `an order of ${x.shape.length} dimensions`, zh: `${x.shape.length} 个维度的排列` }, order);
  return permuted(x, axes);
};

interface Part {
  readonly begin: Shape;
  readonly shape: Shape;
}

function cut(x: Tensor, { begin, shape }: Part): Movement {
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const ways = shape.map((size, d) => ({ size, x: from[d], y: to[d] }));
  return { ways, xStart: begin.reduce((start, first, d) => start + first * from[d], 0) };
}

const part: Op<[x: Tensor, part: Part]> = defineOp<[Tensor, Part]>({
  name: "slice",
  shape: ([x, { shape }]) => ({ shape, type: x.type }),
  forward: (run, [x, piece], y) => move(run, "slice", x, y, cut(x, piece)),
  gradient(run, [x, piece], dy, [dx]) {
    // What lies outside has no gradient: zero, where nothing is yet.
    dx?.begin();
    if (dx) move(run, "slice", dy, dx, back(cut(x, piece)));
  },
});

/**
 * A part of x: from `begin` on, `size` elements of each dimension. A size of -1 is all that is left; dimensions that are not named are whole. Types: f32, i32.
 * Errors: `E_SHAPE` outside x. Rows of the first dimension alone come without a copy: `x.rows`.
 *
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [2, 2]).dataSync(); // [2, 3, 5, 6]
 * slice(tensor([1, 2, 3]), [1]).dataSync(); // [2, 3]
 */
export const slice: Op<[x: Tensor, begin: readonly number[], size?: readonly number[]]> = (x, begin, size = []) => {
  const first = x.shape.map((_, d) => begin[d] ?? 0);
  const shape = x.shape.map((length, d) => (size[d] === undefined || size[d] === -1 ? length - first[d] : size[d]));
  const fits = x.shape.every((length, d) => isCount(first[d]) && isCount(shape[d]) && first[d] + shape[d] <= length);
  if (!fits || begin.length > x.shape.length || size.length > x.shape.length)
    refuse("slice", { en: `a part of [${x.shape.join(", ")}]`, zh: `[${x.shape.join(", ")}] 之内的一部分` }, [...begin, ...size]);
  return part(x, { begin: first, shape });
};

// Where each of several lies in what they become: the movement from a part to the whole.
function placed(parts: readonly Tensor[], whole: Shape, axis: number): Movement[] {
  const to = stridesOf(whole);
  let start = 0;
  return parts.map(({ shape }) => {
    const from = stridesOf(shape);
    const movement = { ways: shape.map((size, d) => ({ size, x: from[d], y: to[d] })), yStart: start * to[axis] };
    start += shape[axis];
    return movement;
  });
}

const joinedShape = (parts: readonly Tensor[], axis: number): Shape =>
  parts[0].shape.map((size, d) => (d === axis ? parts.reduce((sum, { shape }) => sum + shape[d], 0) : size));

const joined: Op<[first: Tensor, others: readonly Tensor[], axis: number]> = defineOp<[Tensor, readonly Tensor[], number]>({
  name: "concatenate",
  shape: ([first, others, axis]) => ({ shape: joinedShape([first, ...others], axis), type: first.type }),
  forward(run, [first, others, axis], y) {
    const parts = [first, ...others];
    for (const [i, movement] of placed(parts, y.shape, axis).entries()) move(run, "concatenate", parts[i], y, movement);
  },
  gradient(run, [first, others, axis], dy, [dFirst, dOthers]) {
    const parts = [first, ...others];
    const into: readonly (Gradient | undefined)[] = [dFirst, ...(dOthers ?? [])];
    for (const [i, movement] of placed(parts, joinedShape(parts, axis), axis).entries()) {
      const d = into[i];
      if (d) move(run, "concatenate", dy, d, back(movement));
    }
  },
});

/**
 * Tensors one after the other along a dimension. `axis`: default 0. Types: f32, i32, all the same.
 * Errors: `E_SHAPE` of none, or where they differ in another dimension; `E_TENSOR_TYPE`.
 *
 * @example
 * concatenate([tensor([[1], [2]]), tensor([[3], [4]])], -1).dataSync(); // [1, 3, 2, 4]
 */
export function concatenate(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first, ...others] = tensors;
  if (first === undefined) return refuse("concatenate", { en: "at least one tensor", zh: "至少一个张量" }, []);
  const along = axisOf("concatenate", first.shape, axis);
  for (const { shape, type } of others) {
    const fits = shape.length === first.shape.length && shape.every((size, d) => d === along || size === first.shape[d]);
    if (!fits)
      refuse(
        "concatenate",
        { en: `shapes like [${first.shape.join(", ")}] but for dimension ${along}`, zh: `除第 ${along} 维外形如 [${first.shape.join(", ")}]` },
        shape,
      );
    if (type !== first.type)
      throw new InkstoneError("E_TENSOR_TYPE", {
        operation: "concatenate",
        operand: { en: "every tensor", zh: "每个张量" },
        expected: [first.type],
        got: type,
      });
  }
  return joined(first, others, along);
}

/**
 * Tensors of one shape side by side in a new dimension. `axis`: where that is in the result, default 0. Types: f32, i32. Errors: as `concatenate`.
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]).shape; // [2, 2]
 * stack([tensor([1, 2]), tensor([3, 4])], -1).dataSync(); // [1, 3, 2, 4]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) return refuse("stack", { en: "at least one tensor", zh: "至少一个张量" }, []);
  const at = axisOf("stack", first.shape, axis, first.shape.length + 1);
  for (const { shape } of tensors)
    if (!sameShape(shape, first.shape))
      refuse("stack", { en: `the shape [${first.shape.join(", ")}]`, zh: `形状 [${first.shape.join(", ")}]` }, shape);
  return concatenate(
    tensors.map((x) => x.reshape([...x.shape.slice(0, at), 1, ...x.shape.slice(at)])),
    at,
  );
}

const repeated: Op<[x: Tensor, shape: Shape]> = defineOp<[Tensor, Shape]>({
  name: "expand",
  shape: ([x, shape]) => ({ shape, type: x.type }),
  forward(run, [x, shape], y) {
    const own = padded(x.shape, shape.length);
    const [from, to] = [stridesOf(own), stridesOf(shape)];
    move(run, "expand", x, y, { ways: shape.map((size, d) => ({ size, x: own[d] === 1 ? 0 : from[d], y: to[d] })) });
  },
  gradient(run, [x, shape], dy, [dx]) {
    if (dx) sumRepeated(run, dy, dx, padded(x.shape, shape.length), shape);
  },
});

// Sums over each dimension that was repeated, the last first; the last sum goes where it belongs.
function sumRepeated(run: Kernels, dy: Tensor, dx: Gradient, own: Shape, shape: Shape): void {
  const over = shape.flatMap((size, d) => (own[d] === size ? [] : [d])).reverse();
  let [from, sizes] = [dy, [...shape]];
  for (const [i, d] of over.entries()) {
    const [outer, middle, inner] = [sizeOf(sizes.slice(0, d)), sizes[d], sizeOf(sizes.slice(d + 1))];
    const to = i === over.length - 1 ? dx : scratchLike(dy, { shape: [outer * inner] });
    run.reduceSum({ x: from, y: to, outer, middle, inner, scale: 1 });
    sizes = sizes.with(d, 1);
    if (!("written" in to)) from = to;
  }
}

/**
 * x repeated to a larger shape, as NumPy's broadcasting has it; a view of x where nothing is repeated. Types: f32, i32. Errors: `E_SHAPE`.
 *
 * @example
 * expand(tensor([[1], [2]]), [2, 3]).dataSync(); // [1, 1, 1, 2, 2, 2]
 */
export const expand: Op<[x: Tensor, shape: Shape]> = (x, shape) => {
  if (!sameShape(broadcastShape("expand", x.shape, shape), shape))
    refuse("expand", { en: `a shape that repeats [${x.shape.join(", ")}]`, zh: `由 [${x.shape.join(", ")}] 重复而成的形状` }, shape);
  return sameShape(padded(x.shape, shape.length), shape) ? x.reshape(shape) : repeated(x, shape);
};

const turned: Op<[x: Tensor, axis: number]> = defineOp<[Tensor, number]>({
  name: "reverse",
  shape: ([x]) => x,
  forward: (run, [x, axis], y) => move(run, "reverse", x, y, turning(x, axis)),
  gradient(run, [x, axis], dy, [dx]) {
    if (dx) move(run, "reverse", dy, dx, turning(x, axis));
  },
});

function turning(x: Tensor, axis: number): Movement {
  const strides = stridesOf(x.shape);
  return { ways: x.shape.map((size, d) => ({ size, x: strides[d], y: strides[d], backward: d === axis })) };
}

/**
 * One dimension from its end to its beginning. `axis`: default the last. Types: f32, i32. Errors: `E_SHAPE`.
 *
 * @example
 * reverse(tensor([[1, 2], [3, 4]])).dataSync(); // [2, 1, 4, 3]
 */
export const reverse: Op<[x: Tensor, axis?: number]> = (x, axis = -1) => turned(x, axisOf("reverse", x.shape, axis));
