// Rows for products of plain matrices in all transpose cases.
import type { KernelRows } from "./row.ts";

/** Products of plain matrices. */
export const matmulKernels = {} as const;

matmulKernels satisfies KernelRows;
