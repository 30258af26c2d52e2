// Rows for sums, means, extremes along dimensions, and their gradients.
import type { KernelRows } from "./row.ts";

/** Reductions. */
export const reduceKernels = {} as const;

reduceKernels satisfies KernelRows;
