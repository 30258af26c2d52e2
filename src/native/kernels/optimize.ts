// Rows for optimiser steps, gradient norms and clipping.
import type { KernelRows } from "./row.ts";

/** Elements of a run of a sum of squares; twin: TILE in native/kernels/src/optimize. */
export const SQUARES_RUN = 16_384;

/**
 * Optimiser steps. Of every update: the gradient is seen as clamp(gradient · factor[0], -delta, delta); `partials` (with `hasPartials` 1) gets the sums of squares
 * of the gradient as it came, as `sumSquares` does; `decoupled`: the parameter shrinks by learningRate · weightDecay, else weightDecay · parameter enters the gradient d.
 */
export const optimizeKernels = {
  /** partials[i] = sum of x² over run i of 16,384 elements. */
  sumSquares: { reads: { x: "f32" }, writes: { partials: "f32" }, sizes: ["n"], tolerance: 1 },
  /**
   * norm [1] = scale · sqrt(sum partials); factor [1] = scale · min(1, maxNorm / (norm + epsilon)), with `normalize` scale · maxNorm / max(norm, epsilon).
   * Error `numeric` with the index of the first partial sum that is not finite.
   */
  gradientScale: {
    reads: { partials: "f32" },
    writes: { norm: "f32", factor: "f32" },
    sizes: ["count", "maxNorm", "epsilon", "scale"],
    flags: ["normalize"],
    tolerance: 2,
  },
  /**
   * b = momentum · b + (1 - dampening) · d, parameter -= learningRate · (nesterov ? d + momentum · b : b).
   * With `rateInside` (Keras): b = momentum · b + learningRate · d, parameter -= nesterov ? learningRate · d + momentum · b : b. Without buffer: parameter -= learningRate · d.
   */
  sgdUpdate: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { partials: "f32" },
    updates: { parameter: "f32", momentumBuffer: "f32" },
    sizes: ["n", "learningRate", "momentum", "dampening", "weightDecay", "delta", "hasMomentum", "hasPartials"],
    flags: ["nesterov", "decoupled", "rateInside"],
    tolerance: 8,
  },
  /**
   * m = beta1 · m + (1 - beta1) · d, v = beta2 · v + (1 - beta2) · d², parameter -= learningRate · (correction1 · m + ahead · d) / (sqrt(v) · correction2 + epsilon).
   * `ahead` is Nadam's, else 0. With `hasLargest` 1 (AMSGrad, without `ahead`): largest = max(largest, v) stands for v in the last.
   */
  adamUpdate: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { partials: "f32" },
    updates: { parameter: "f32", m: "f32", v: "f32", largest: "f32" },
    sizes: [
      "n",
      "learningRate",
      "beta1",
      "beta2",
      "epsilon",
      "weightDecay",
      "correction1",
      "correction2",
      "ahead",
      "delta",
      "hasLargest",
      "hasPartials",
    ],
    flags: ["decoupled"],
    tolerance: 8,
  },
  /**
   * v = rho · v + (1 - rho) · d²; with `hasMean` 1 (centered) meanGradient = rho · meanGradient + (1 - rho) · d and v - meanGradient² stands for v below;
   * step = d / (sqrt(v) + epsilon), with `epsilonInside` d / sqrt(v + epsilon); with `hasMomentum` 1 step = b = momentum · b + step; parameter -= learningRate · step.
   * With `rateInside` (Keras) the learning rate enters the step before the buffer does.
   */
  rmspropUpdate: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { partials: "f32" },
    updates: { parameter: "f32", v: "f32", meanGradient: "f32", momentumBuffer: "f32" },
    sizes: ["n", "learningRate", "rho", "momentum", "epsilon", "weightDecay", "delta", "hasMean", "hasMomentum", "hasPartials"],
    flags: ["decoupled", "epsilonInside", "rateInside"],
    tolerance: 16,
  },
  /** sum += d², parameter -= learningRate · d / (sqrt(sum) + epsilon), with `epsilonInside` d / sqrt(sum + epsilon). */
  adagradUpdate: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { partials: "f32" },
    updates: { parameter: "f32", sum: "f32" },
    sizes: ["n", "learningRate", "epsilon", "weightDecay", "delta", "hasPartials"],
    flags: ["decoupled", "epsilonInside"],
    tolerance: 8,
  },
  /** v = rho · v + (1 - rho) · d², step = d · sqrt(moved + epsilon) / sqrt(v + epsilon), moved = rho · moved + (1 - rho) · step², parameter -= learningRate · step. */
  adadeltaUpdate: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { partials: "f32" },
    updates: { parameter: "f32", v: "f32", moved: "f32" },
    sizes: ["n", "learningRate", "rho", "epsilon", "weightDecay", "delta", "hasPartials"],
    flags: ["decoupled"],
    tolerance: 8,
  },
  /** b = momentum · b + (1 - momentum) · d; update = b, with `nesterov` momentum · b + (1 - momentum) · d. No parameter, no decay: see `optimizeKernels`. */
  muonMomentum: {
    reads: { gradient: "f32", factor: "f32" },
    writes: { update: "f32", partials: "f32" },
    updates: { momentumBuffer: "f32" },
    sizes: ["n", "momentum", "delta", "hasPartials"],
    flags: ["nesterov"],
    tolerance: 4,
  },
  /** y = alpha · factor[0] · a + beta · b; without b (`hasB` 0) the first alone. */
  combine: { reads: { a: "f32", b: "f32", factor: "f32" }, writes: { y: "f32" }, sizes: ["n", "alpha", "beta", "hasB"], tolerance: 4 },
  /** average = momentum · average + (1 - momentum) · x. */
  averageUpdate: { reads: { x: "f32" }, writes: {}, updates: { average: "f32" }, sizes: ["n", "momentum"], tolerance: 2 },
  /** vectors [count, length] at right angles and of length 1, in their order: Gram-Schmidt in f64, each against those before it twice. count <= length. */
  orthogonalize: { reads: {}, writes: {}, updates: { vectors: "f32" }, sizes: ["count", "length"], tolerance: 4 },
  /** a and b take each other's values. */
  exchange: { reads: {}, writes: {}, updates: { a: "f32", b: "f32" }, sizes: ["n"], tolerance: 0 },
} as const;

optimizeKernels satisfies KernelRows;
