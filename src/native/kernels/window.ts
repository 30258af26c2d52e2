// Rows that look at a sequence through windows: convolution's unfolding, pooling, and their gradients.
import type { KernelRows } from "./row.ts";

/** Over x [batch, length, channels]: window `to` looks at steps to · stride + k · dilation - padding, k below `taps`; steps outside are padding. */
export const windowKernels = {
  /** y[b, to, k, c] = x of its step, 0 of padding. */
  unfold: {
    reads: { x: "f32" },
    writes: { y: "f32" },
    sizes: ["batch", "length", "channels", "taps", "outputs", "stride", "dilation", "padding"],
    tolerance: 0,
  },
  /** dx[b, t, c] (+)= the sum of dy[b, to, k, c] over all that look at step t, k rising. */
  unfoldGrad: {
    reads: { dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["batch", "length", "channels", "taps", "outputs", "stride", "dilation", "padding"],
    flags: ["accumulate"],
    tolerance: 2,
  },
  /** y[b, to, c] = the largest of its steps (NaN where one is), or their mean with `average`: padding counts for nothing. */
  pool: {
    reads: { x: "f32" },
    writes: { y: "f32" },
    sizes: ["batch", "length", "channels", "taps", "outputs", "stride", "padding"],
    flags: ["average"],
    tolerance: 2,
  },
  /** dx (+)= dy of each window on the first of its largest, or shared by all of its steps with `average`. */
  poolGrad: {
    reads: { x: "f32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["batch", "length", "channels", "taps", "outputs", "stride", "padding"],
    flags: ["average", "accumulate"],
    tolerance: 4,
  },
} as const;

windowKernels satisfies KernelRows;
