// Rows for losses and their gradients.
import type { KernelRows } from "./row.ts";

/** Losses. */
export const lossKernels = {} as const;

lossKernels satisfies KernelRows;
