// Twins of the flash kernels. Right, short, obvious.
import type { flashKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `flashKernels`. */
export const flash: ReferenceFamily<typeof flashKernels> = {};

/** Elements that each touches. */
export const flashExtents: FamilyExtents<typeof flashKernels> = {};
