// Twins of the window kernels. Right, short, obvious.
import type { ReferenceFamily, windowKernels } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `windowKernels`. */
export const window: ReferenceFamily<typeof windowKernels> = {};

/** Elements that each touches. */
export const windowExtents: FamilyExtents<typeof windowKernels> = {};
