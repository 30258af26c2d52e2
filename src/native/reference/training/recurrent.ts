// Twins of the recurrent kernels. Right, short, obvious.
import type { ReferenceFamily, recurrentKernels } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `recurrentKernels`. */
export const recurrent: ReferenceFamily<typeof recurrentKernels> = {};

/** Elements that each touches. */
export const recurrentExtents: FamilyExtents<typeof recurrentKernels> = {};
