// Rows for attention over whole sequences, forward and backward, without scores in memory.
import type { KernelRows } from "./row.ts";

/** Attention for training. */
export const flashKernels = {} as const;

flashKernels satisfies KernelRows;
