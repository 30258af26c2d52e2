// Twins of the loss kernels. Right, short, obvious.
import type { lossKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `lossKernels`. */
export const loss: ReferenceFamily<typeof lossKernels> = {};

/** Elements that each touches. */
export const lossExtents: FamilyExtents<typeof lossKernels> = {};
