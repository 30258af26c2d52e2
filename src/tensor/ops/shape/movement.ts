// One strided copy, planned: dimensions that run on in both tensors become one, and the last is one that lies together. Knows no operations.
import { InkstoneError } from "../../../core/index.ts";
import type { Kernels } from "../../command.ts";
import { tidy } from "../../scope.ts";
import { Gradient } from "../../tape/gradient.ts";
import { Tensor } from "../../tensor.ts";
import type { Shape } from "../../types.ts";

/** One dimension of a movement: how many, and how far apart in x and in y. */
export interface Way {
  readonly size: number;
  readonly x: number;
  readonly y: number;
  /** x is walked from its end. */
  readonly backward?: boolean;
}

/** From where in x to where in y. */
export interface Movement {
  readonly ways: readonly Way[];
  readonly xStart?: number;
  readonly yStart?: number;
}

/** Dimensions of the kernel. */
const MOST = 5;

/**
 * Elements from one row of each dimension to the next.
 *
 * @example
 * stridesOf([2, 3, 4]); // [12, 4, 1]
 */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

/** The same dimensions as few as can be, at most five. Errors: `E_SHAPE` beyond. */
function planned(operation: string, ways: readonly Way[], shape: Shape): readonly Way[] {
  if (ways.some(({ size }) => size === 0)) return new Array<Way>(MOST).fill({ size: 0, x: 0, y: 0 });
  const found: Way[] = [];
  for (const way of ways.filter(({ size }) => size > 1).sort((a, b) => b.y - a.y)) {
    const before = found.at(-1);
    const together = before && !before.backward && !way.backward && before.x === way.x * way.size && before.y === way.y * way.size;
    if (together) found[found.length - 1] = { ...way, size: before.size * way.size };
    else found.push(way);
  }
  if (found.length > MOST)
    throw new InkstoneError("E_SHAPE", {
      operation,
      expected: { en: "at most five dimensions that move apart", zh: "不超过五个分别移动的维度" },
      got: shape,
    });
  // Rows that are neighbours in x come right before the columns: both go through the cache together.
  const near = found.findIndex(({ x }) => x === 1);
  if (near >= 0 && near < found.length - 2) found.splice(found.length - 2, 0, ...found.splice(near, 1));
  return [...new Array<Way>(MOST - found.length).fill({ size: 1, x: 0, y: 0 }), ...found];
}

/** y (+)= x, moved. i32 moves as the bits that it is. */
export function move(run: Kernels, operation: string, x: Tensor, y: Tensor | Gradient, movement: Movement): void {
  const ways = planned(operation, movement.ways, x.shape);
  const numbers = (prefix: string, of: (way: Way) => number) => Object.fromEntries(ways.map((way, d) => [`${prefix}${d}`, of(way)]));
  const backward = ways.reduce((bits, way, d) => bits + (way.backward ? 2 ** d : 0), 0);
  const sizes = {
    ...numbers("size", ({ size }) => size),
    ...numbers("x", (way) => way.x),
    ...numbers("y", (way) => way.y),
    xStart: movement.xStart ?? 0,
    yStart: movement.yStart ?? 0,
    backward,
  } as unknown as Omit<Parameters<Kernels["arrange"]>[0], "x" | "y">;
  tidy(() => run.arrange({ x: asWords(x), y: y instanceof Gradient ? y : asWords(y), ...sizes }));
}

function asWords(x: Tensor): Tensor {
  return x.type === "i32" ? new Tensor(x.storage, x.shape, "f32", x.offset) : x;
}
