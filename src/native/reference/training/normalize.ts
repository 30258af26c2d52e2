// Twins of the normalize kernels. Right, short, obvious.
import type { normalizeKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `normalizeKernels`. */
export const normalize: ReferenceFamily<typeof normalizeKernels> = {};

/** Elements that each touches. */
export const normalizeExtents: FamilyExtents<typeof normalizeKernels> = {};
