// Twins of the embed kernels. Right, short, obvious.
import type { embedKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `embedKernels`. */
export const embed: ReferenceFamily<typeof embedKernels> = {};

/** Elements that each touches. */
export const embedExtents: FamilyExtents<typeof embedKernels> = {};
