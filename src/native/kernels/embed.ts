// Rows for tables read by id and their gradient.
import type { KernelRows } from "./row.ts";

/** Tables by id. */
export const embedKernels = {} as const;

embedKernels satisfies KernelRows;
