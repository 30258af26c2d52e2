// Rows for windows along time: convolution by unfolding, pooling, and their gradients.
import type { KernelRows } from "./row.ts";

/** Windows along time. */
export const windowKernels = {} as const;

windowKernels satisfies KernelRows;
