// Rows for norms, softmax and their gradients.
import type { KernelRows } from "./row.ts";

/** Norms and softmax. */
export const normalizeKernels = {
  /**
   * Row by row, with `centered` y = (x - mean) / sqrt(variance + epsilon) · gamma + beta, without it y = x / sqrt(mean(x²) + epsilon) · gamma + beta.
   * x, y [rows, width]; gamma, beta [width], not looked at where hasGamma or hasBeta is 0.
   */
  norm: {
    reads: { x: "f32", gamma: "f32", beta: "f32" },
    writes: { y: "f32" },
    sizes: ["rows", "width", "epsilon", "hasGamma", "hasBeta"],
    flags: ["centered"],
    tolerance: 8,
  },
  /**
   * dx (+)= the gradient of `norm`, mean and variance computed anew. With hasPartial 1 also the gradients of gamma and beta for each run of `block` rows:
   * partial [2, ceil(rows / block), width], first all sums of dy · normalised x, then all sums of dy.
   */
  normGrad: {
    reads: { x: "f32", gamma: "f32", dy: "f32" },
    writes: { partial: "f32" },
    updates: { dx: "f32" },
    sizes: ["rows", "width", "epsilon", "hasGamma", "hasPartial", "block"],
    flags: ["centered", "accumulate"],
    tolerance: 16,
  },
  /** y = exp(x) / sum exp(x) row by row; its logarithm with `logarithm`. x, y [rows, width]. */
  softmax: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["rows", "width"], flags: ["logarithm"], tolerance: 8 },
  /** dx (+)= y · (dy - sum(y · dy)); with `logarithm` dx (+)= dy - exp(y) · sum(dy). */
  softmaxGrad: {
    reads: { y: "f32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["rows", "width"],
    flags: ["logarithm", "accumulate"],
    tolerance: 8,
  },
} as const;

normalizeKernels satisfies KernelRows;
