// Rows for optimiser steps, gradient norms and clipping.
import type { KernelRows } from "./row.ts";

/** Optimiser steps. */
export const optimizeKernels = {} as const;

optimizeKernels satisfies KernelRows;
