// Rows for moving values: permuting, slicing, joining, repeating, by strides.
import type { KernelRows } from "./row.ts";

/** Moving values. */
export const arrangeKernels = {} as const;

arrangeKernels satisfies KernelRows;
