// Rows for element-wise kernels of training, broadcast in one direction, and their gradients; fills, copies and dropout.
import type { KernelRows } from "./row.ts";

/** Element by element. */
export const pointwiseKernels = {
  /** y = value. */
  fill: { reads: {}, writes: { y: "f32" }, sizes: ["n", "value"], tolerance: 0 },
  /** y = x (+ y with `accumulate`). */
  copy: { reads: { x: "f32" }, writes: {}, updates: { y: "f32" }, sizes: ["n"], flags: ["accumulate"], tolerance: 1 },
} as const;

pointwiseKernels satisfies KernelRows;
