// Twins of the matmul kernels. Right, short, obvious.
import type { matmulKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `matmulKernels`. */
export const matmul: ReferenceFamily<typeof matmulKernels> = {};

/** Elements that each touches. */
export const matmulExtents: FamilyExtents<typeof matmulKernels> = {};
