// Twins of the reduce kernels. Right, short, obvious.
import type { ReferenceFamily, reduceKernels } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `reduceKernels`. */
export const reduce: ReferenceFamily<typeof reduceKernels> = {};

/** Elements that each touches. */
export const reduceExtents: FamilyExtents<typeof reduceKernels> = {};
