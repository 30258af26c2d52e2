// Rows for whole recurrent layers over time, forward and backward.
import type { KernelRows } from "./row.ts";

/**
 * Recurrent layers. gates [rows, steps, gates · units] are x · W + b of all steps; recurrentKernel [units, gates · units]; states [rows, units].
 *
 * Steps whose mask (i32 [rows, steps]) is 0 are skipped: the state stays, the output is that of the step before (zeros where none was yet, or everywhere with
 * the flag zeroMasked). Flag reverse: from the last step to the first; outputs stay at their steps. Without hasState the states begin at zero.
 * What the gradient needs is written where `keeps` is 1: `saved`, and `before`, the state before each step.
 * Gradients: of all steps' outputs, of the last states, each where it is there.
 */
export const recurrentKernels = {
  /** Gates i, f, g, o: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'). saved [rows, steps, 5·units]: the gates after their functions, and c. */
  lstm: {
    reads: { gates: "f32", recurrentKernel: "f32", hidden0: "f32", cell0: "f32", mask: "i32" },
    writes: { outputs: "f32", hidden: "f32", cell: "f32", saved: "f32", before: "f32" },
    sizes: ["rows", "steps", "units", "hasState", "hasMask", "keeps"],
    flags: ["reverse", "zeroMasked"],
    tolerance: 16,
  },
  lstmGrad: {
    reads: { saved: "f32", recurrentKernel: "f32", mask: "i32", dOutputs: "f32", dHidden: "f32", dCell: "f32" },
    writes: { dGates: "f32" },
    updates: { dHidden0: "f32", dCell0: "f32" },
    sizes: ["rows", "steps", "units", "hasMask", "hasOutputs", "hasHidden", "hasCell"],
    flags: ["reverse", "zeroMasked", "accumulate"],
    tolerance: 16,
  },
  /**
   * Gates z, r, n, reset after the product: u = h·U + recurrentBias, n' = tanh(n + σ(r + u_r)·u_n), h' = z'·h + (1 - z')·n', z' = σ(z + u_z).
   * saved [rows, steps, 4·units]: z', r', n', u_n.
   */
  gru: {
    reads: { gates: "f32", recurrentKernel: "f32", recurrentBias: "f32", hidden0: "f32", mask: "i32" },
    writes: { outputs: "f32", hidden: "f32", saved: "f32", before: "f32" },
    sizes: ["rows", "steps", "units", "hasState", "hasMask", "keeps", "hasBias"],
    flags: ["reverse", "zeroMasked"],
    tolerance: 16,
  },
  /** dInner: the gradient of h·U + recurrentBias. */
  gruGrad: {
    reads: { saved: "f32", before: "f32", recurrentKernel: "f32", mask: "i32", dOutputs: "f32", dHidden: "f32" },
    writes: { dGates: "f32", dInner: "f32" },
    updates: { dHidden0: "f32" },
    sizes: ["rows", "steps", "units", "hasMask", "hasOutputs", "hasHidden"],
    flags: ["reverse", "zeroMasked", "accumulate"],
    tolerance: 16,
  },
  /** h' = tanh(x + h·U), or max(0, x + h·U) with the flag relu. saved [rows, steps, units]: h'. */
  simpleRnn: {
    reads: { gates: "f32", recurrentKernel: "f32", hidden0: "f32", mask: "i32" },
    writes: { outputs: "f32", hidden: "f32", saved: "f32", before: "f32" },
    sizes: ["rows", "steps", "units", "hasState", "hasMask", "keeps"],
    flags: ["reverse", "zeroMasked", "relu"],
    tolerance: 16,
  },
  simpleRnnGrad: {
    reads: { saved: "f32", recurrentKernel: "f32", mask: "i32", dOutputs: "f32", dHidden: "f32" },
    writes: { dGates: "f32" },
    updates: { dHidden0: "f32" },
    sizes: ["rows", "steps", "units", "hasMask", "hasOutputs", "hasHidden"],
    flags: ["reverse", "zeroMasked", "relu", "accumulate"],
    tolerance: 16,
  },
} as const;

recurrentKernels satisfies KernelRows;
