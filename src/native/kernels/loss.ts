// Rows for losses and their gradients.
import type { KernelRows } from "./row.ts";

/** Losses. In all of them `normalizer` [rows, 2] is (m, log sum exp(z - m)) of a row of logits z with the largest m: all that a gradient needs beside the logits. */
export const lossKernels = {
  /**
   * Cross-entropy of logits [rows, vocabulary] with one target a row, t, smoothed by s, classes weighted by w (1 each where hasWeights is 0):
   * losses = (1 - s) · w_t · (log sum exp(z) - z_t) + s / vocabulary · sum_c w_c · (log sum exp(z) - z_c); counted = w_t. A target of `value` gives 0 and 0.
   * Error `index` for another target outside [0, vocabulary); `numeric` with the row where a loss is not finite.
   */
  crossEntropy: {
    reads: { logits: "f32", targets: "i32", weights: "f32" },
    writes: { losses: "f32", counted: "f32", normalizer: "f32" },
    sizes: ["rows", "vocabulary", "value", "smoothing", "hasWeights"],
    tolerance: 8,
  },
  /** dlogits (+)= dy[row or 0] · share[0] · gradient of a row's loss. dy [1], with perRow 1 [rows]. `dlogits` may be `logits` itself. */
  crossEntropyGrad: {
    reads: { logits: "f32", targets: "i32", weights: "f32", normalizer: "f32", share: "f32", dy: "f32" },
    writes: {},
    updates: { dlogits: "f32" },
    sizes: ["rows", "vocabulary", "value", "smoothing", "hasWeights", "perRow"],
    flags: ["accumulate"],
    aliases: [["dlogits", "logits"]],
    tolerance: 16,
  },
  /** The same with a distribution a row as targets [rows, vocabulary], q = (1 - s) · target + s / vocabulary: losses = sum_c q_c · (log sum exp(z) - z_c). */
  softCrossEntropy: {
    reads: { logits: "f32", targets: "f32" },
    writes: { losses: "f32", normalizer: "f32" },
    sizes: ["rows", "vocabulary", "smoothing"],
    tolerance: 8,
  },
  /** dlogits (+)= dy[row or 0] · share[0] · (softmax(z) · sum q - q). */
  softCrossEntropyGrad: {
    reads: { logits: "f32", targets: "f32", normalizer: "f32", share: "f32", dy: "f32" },
    writes: {},
    updates: { dlogits: "f32" },
    sizes: ["rows", "vocabulary", "smoothing", "perRow"],
    flags: ["accumulate"],
    tolerance: 16,
  },
  /** share = 1 / sum counted (0 where nothing is counted), with `sum` 1; y = share · sum losses. Sums in f64, in rising order. */
  totalLoss: { reads: { losses: "f32", counted: "f32" }, writes: { y: "f32", share: "f32" }, sizes: ["rows"], flags: ["sum"], tolerance: 2 },
  /** y = x. Error `numeric` with the index of the first value that is not finite. */
  finite: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["n"], tolerance: 0 },
  /** y = min(max(x, alpha), beta). */
  clip: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["n", "alpha", "beta"], tolerance: 0 },
  /** dx (+)= dy where alpha <= x <= beta, 0 elsewhere. */
  clipGrad: {
    reads: { x: "f32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["n", "alpha", "beta"],
    flags: ["accumulate"],
    tolerance: 1,
  },
  /** y (+)= a[0] · b[0] · x: gradients that were formed ahead, times what they turn out to be multiplied by. `y` may be `x` itself. */
  scaleBy: {
    reads: { x: "f32", a: "f32", b: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["n"],
    flags: ["accumulate"],
    aliases: [["y", "x"]],
    tolerance: 2,
  },
} as const;

lossKernels satisfies KernelRows;
