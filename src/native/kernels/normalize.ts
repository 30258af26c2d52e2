// Rows for layer norm, softmax and their gradients.
import type { KernelRows } from "./row.ts";

/** Norms and softmax. */
export const normalizeKernels = {} as const;

normalizeKernels satisfies KernelRows;
