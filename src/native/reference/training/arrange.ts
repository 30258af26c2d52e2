// Twin of the strided copy. Right, short, obvious.
import type { arrangeKernels, ReferenceFamily } from "../../kernels/index.ts";
import { type FamilyExtents, need, type Sizes } from "../sizes.ts";

// The five values of a name.
const five = (sizes: Sizes, name: string): number[] => [0, 1, 2, 3, 4].map((d) => sizes[`${name}${d}`]);

// Bits, not numbers: words that are no floats stay what they are.
const words = (floats: Float32Array) => new Int32Array(floats.buffer, floats.byteOffset, floats.length);

/** Twins of `arrangeKernels`. */
export const arrange: ReferenceFamily<typeof arrangeKernels> = {
  arrange({ x, y, accumulate, ...rest }) {
    const [sizes, xs, ys] = [five(rest, "size"), five(rest, "x"), five(rest, "y")];
    const count = sizes.reduce((product, size) => product * size, 1);
    const [from, to] = [words(x), words(y)];
    for (let element = 0; element < count; element++) {
      let [left, at, into] = [element, rest.xStart, rest.yStart];
      for (let d = 4; d >= 0; d--) {
        const i = left % sizes[d];
        left = Math.floor(left / sizes[d]);
        at += ((rest.backward >> d) & 1 ? sizes[d] - 1 - i : i) * xs[d];
        into += i * ys[d];
      }
      if (accumulate) y[into] += x[at];
      else to[into] = from[at];
    }
  },
};

const extent = (sizes: readonly number[], strides: readonly number[], start: number) =>
  sizes.some((size) => size === 0) ? 0 : sizes.reduce((last, size, d) => last + (size - 1) * strides[d], start + 1);

/** Elements that each touches. */
export const arrangeExtents: FamilyExtents<typeof arrangeKernels> = {
  arrange: (all) => {
    const [sizes, xs, ys] = [five(all, "size"), five(all, "x"), five(all, "y")];
    need(all.backward < 32, `directions ${all.backward}`);
    need(
      sizes.every((size, d) => size <= 1 || ys[d] > 0),
      "an element of y is meant twice",
    );
    return { x: extent(sizes, xs, all.xStart), y: extent(sizes, ys, all.yStart) };
  },
};
