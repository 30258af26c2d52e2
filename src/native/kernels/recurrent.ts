// Rows for whole recurrent layers over time, forward and backward.
import type { KernelRows } from "./row.ts";

/** Recurrent layers. */
export const recurrentKernels = {} as const;

recurrentKernels satisfies KernelRows;
