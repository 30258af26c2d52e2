// Rows for choosing, gathering, running sums, powers and casts, with their gradients.
import type { KernelRows } from "./row.ts";

/** What chooses, gathers and counts on. x and indices are seen as [outer, size or count, inner]. */
export const selectKernels = {
  /** y = a where condition is not 0, else b. */
  select: { reads: { condition: "f32", a: "f32", b: "f32" }, writes: { y: "f32" }, sizes: ["n"], tolerance: 0 },
  /** d (+)= dy where condition is not 0 (with `second`: where it is 0), else 0. */
  selectGrad: {
    reads: { condition: "f32", dy: "f32" },
    writes: {},
    updates: { d: "f32" },
    sizes: ["n"],
    flags: ["second", "accumulate"],
    tolerance: 1,
  },
  /** y[o, i, k] = x[o, ids[o, i, k], k]. Error `index` for an id outside [0, size). */
  gather: { reads: { x: "f32", ids: "i32" }, writes: { y: "f32" }, sizes: ["outer", "size", "count", "inner"], tolerance: 0 },
  /** dx[o, ids[o, i, k], k] (+)= dy[o, i, k], i in rising order; without `accumulate` from zero. */
  gatherGrad: {
    reads: { ids: "i32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["outer", "size", "count", "inner"],
    flags: ["accumulate"],
    tolerance: 1,
  },
  /** y[o, i, k] (+)= the sum of x[o, 0 … i, k] in f64, with `reverse` of x[o, i …, k]. */
  cumulate: {
    reads: { x: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["outer", "size", "inner"],
    flags: ["reverse", "accumulate"],
    tolerance: 2,
  },
  /** y[i, c] = 1 where c = ids[i], else 0. Error `index` for an id outside [0, classes). */
  oneHot: { reads: { ids: "i32" }, writes: { y: "f32" }, sizes: ["count", "classes"], tolerance: 0 },
  /** y = x without its fraction. Error `numeric` with the first element that no i32 holds. */
  toInteger: { reads: { x: "f32" }, writes: { y: "i32" }, sizes: ["n"], tolerance: 0 },
  /** y = x to the power of alpha, in f64 inside. */
  power: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["n", "alpha"], tolerance: 2 },
  /** dx (+)= alpha · x to the power of (alpha - 1) · dy; 0 for alpha 0. */
  powerGrad: { reads: { x: "f32", dy: "f32" }, writes: {}, updates: { dx: "f32" }, sizes: ["n", "alpha"], flags: ["accumulate"], tolerance: 4 },
} as const;

selectKernels satisfies KernelRows;
