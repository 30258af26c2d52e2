// Twins of the arrange kernels. Right, short, obvious.
import type { arrangeKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `arrangeKernels`. */
export const arrange: ReferenceFamily<typeof arrangeKernels> = {};

/** Elements that each touches. */
export const arrangeExtents: FamilyExtents<typeof arrangeKernels> = {};
