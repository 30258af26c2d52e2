// Shapes that meet as NumPy has them meet: which shape comes of two, and how a smaller one is repeated in a larger. Knows no kernels.
import { InkstoneError } from "../../../core/index.ts";
import { type Shape, sizeOf } from "../../types.ts";

/** A smaller tensor seen as the middle of [outer, middle, inner]: its element for element i of the larger is floor(i / inner) mod middle. */
export interface Periods {
  readonly outer: number;
  readonly middle: number;
  readonly inner: number;
}

/**
 * The shape that two shapes become: aligned at their last dimensions, a dimension of 1 repeats. Errors: `E_SHAPE`.
 *
 * @example
 * broadcastShape("add", [4, 1], [3]); // [4, 3]
 */
export function broadcastShape(operation: string, a: Shape, b: Shape): Shape {
  const dimensions = Math.max(a.length, b.length);
  return padded(a, dimensions).map((size, i) => {
    const other = padded(b, dimensions)[i];
    if (size !== other && size !== 1 && other !== 1) {
      throw new InkstoneError("E_SHAPE", {
        operation,
        expected: { en: `a shape that goes with [${a.join(", ")}]`, zh: `可与 [${a.join(", ")}] 广播的形状` },
        got: b,
      });
    }
    return size === 1 ? other : size;
  });
}

/** How `small` is repeated in `whole`; undefined where it is so on both sides of one of its dimensions. */
export function periodsOf(whole: Shape, small: Shape): Periods | undefined {
  const sizes = padded(small, whole.length);
  const own = (i: number) => sizes[i] !== 1 || whole[i] === 1;
  let first = 0;
  while (first < whole.length && !own(first)) first++;
  let end = whole.length;
  while (end > first && !own(end - 1)) end--;
  for (let i = first; i < end; i++) if (sizes[i] !== whole[i]) return undefined;
  const product = (from: number, to: number) => sizeOf(whole.slice(from, to));
  return { outer: product(0, first), middle: product(first, end), inner: product(end, whole.length) };
}

/** A shape with 1s before it. */
export function padded(shape: Shape, dimensions: number): Shape {
  return [...new Array<number>(Math.max(0, dimensions - shape.length)).fill(1), ...shape];
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The number of a dimension, counted from the end where it is negative. Errors: `E_SHAPE`. */
export function axisOf(operation: string, shape: Shape, axis: number, dimensions: number = shape.length): number {
  const found = axis < 0 ? axis + dimensions : axis;
  if (!(Number.isInteger(found) && found >= 0 && found < dimensions)) {
    throw new InkstoneError("E_SHAPE", { operation, expected: { en: `a dimension ${axis}`, zh: `存在第 ${axis} 维` }, got: shape });
  }
  return found;
}

/** A shape as [outer, middle, inner] around one dimension. */
export function around(shape: Shape, axis: number): Periods {
  return { outer: sizeOf(shape.slice(0, axis)), middle: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}
