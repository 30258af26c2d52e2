// Twins of the optimize kernels. Right, short, obvious.
import type { optimizeKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `optimizeKernels`. */
export const optimize: ReferenceFamily<typeof optimizeKernels> = {};

/** Elements that each touches. */
export const optimizeExtents: FamilyExtents<typeof optimizeKernels> = {};
