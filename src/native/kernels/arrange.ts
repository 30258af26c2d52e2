// Rows that move elements: transposing, slicing, joining, repeating and turning round are one strided copy.
import type { KernelRows } from "./row.ts";

/** Movements. */
export const arrangeKernels = {
  /**
   * y[yStart + Σ i·y_d] (+)= x[xStart + Σ i'·x_d] for all i below the five sizes; i' = size - 1 - i in dimensions whose bit of `backward` is set (bit d), else i.
   * No element of y is meant twice: where a size is above 1, its y_d is above 0.
   */
  arrange: {
    reads: { x: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["size0", "size1", "size2", "size3", "size4", "x0", "x1", "x2", "x3", "x4", "y0", "y1", "y2", "y3", "y4", "xStart", "yStart", "backward"],
    flags: ["accumulate"],
    tolerance: 1,
  },
} as const;

arrangeKernels satisfies KernelRows;
