// Rows that make one number of many: sums, means, largest values, over the middle of three dimensions, and what spreads their gradients.
import type { KernelRows } from "./row.ts";

/** Over the middle of x [outer, middle, inner]. */
export const reduceKernels = {
  /** y[o, i] (+)= scale · sum over m of x[o, m, i]. */
  reduceSum: {
    reads: { x: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["outer", "middle", "inner", "scale"],
    flags: ["accumulate"],
    tolerance: 4,
  },
  /** y[o, m, i] (+)= scale · x[o, i]: the gradient of `reduceSum`. */
  spread: {
    reads: { x: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["outer", "middle", "inner", "scale"],
    flags: ["accumulate"],
    tolerance: 2,
  },
  /** y[o, i] = the largest of x[o, :, i], index[o, i] = where it is: the first of equals; NaN is above all. */
  reduceMax: { reads: { x: "f32" }, writes: { y: "f32", index: "i32" }, sizes: ["outer", "middle", "inner"], tolerance: 0 },
  /** dx[o, m, i] (+)= dy[o, i] where m = index[o, i], else 0. */
  reduceMaxGrad: {
    reads: { index: "i32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["outer", "middle", "inner"],
    flags: ["accumulate"],
    tolerance: 1,
  },
} as const;

reduceKernels satisfies KernelRows;
