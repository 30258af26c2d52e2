// Twins of the pointwise kernels. Right, short, obvious.
import type { pointwiseKernels, ReferenceFamily } from "../../kernels/index.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `pointwiseKernels`. */
export const pointwise: ReferenceFamily<typeof pointwiseKernels> = {
  fill({ y, n, value }) {
    y.fill(value, 0, n);
  },
  copy({ x, y, n, accumulate }) {
    for (let i = 0; i < n; i++) y[i] = accumulate ? y[i] + x[i] : x[i];
  },
};

/** Elements that each touches. */
export const pointwiseExtents: FamilyExtents<typeof pointwiseKernels> = {
  fill: ({ n }) => ({ y: n }),
  copy: ({ n }) => ({ x: n, y: n }),
};
