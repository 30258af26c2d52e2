// Rows for element-wise kernels, norms and the rounding of activations to int8.
import type { KernelRows } from "./row.ts";

/** Element-wise kernels, norms and rounding. */
export const activationKernels = {
  /** y = a + b, element by element. */
  add: { reads: { a: "f32", b: "f32" }, writes: { y: "f32" }, sizes: ["n"], tolerance: 1 },
  /** y = silu(gate) · up with silu(x) = x / (1 + exp(-x)). */
  siluMultiply: { reads: { gate: "f32", up: "f32" }, writes: { y: "f32" }, sizes: ["n"], tolerance: 8 },
  /** Gradients of `siluMultiply`: dgate (+)= dy · up · s · (1 + gate · (1 - s)), s = 1 / (1 + exp(-gate)); dup (+)= dy · silu(gate). */
  siluMultiplyGrad: {
    reads: { gate: "f32", up: "f32", dy: "f32" },
    writes: {},
    updates: { dgate: "f32", dup: "f32" },
    sizes: ["n"],
    flags: ["accumulate"],
    tolerance: 16,
  },
  /** y = x / sqrt(mean(x²) + epsilon) · weight, row by row. x, y [rows, width]; weight [width]. */
  rmsNorm: { reads: { x: "f32", weight: "f32" }, writes: { y: "f32" }, sizes: ["rows", "width", "epsilon"], tolerance: 8 },
  /**
   * Blocks of 32 along each row to int8: d = max|x| / 127, q = round_half_even(x / d). width is a multiple of 32.
   * quantized [rows, width] int8; scales [rows, width/32, 2] = (d, d · sum q).
   */
  quantizeRows: { reads: { x: "f32" }, writes: { quantized: "u8", scales: "f32" }, sizes: ["rows", "width"], tolerance: 1 },
  /** rmsNorm then quantizeRows, in one pass (fused). */
  rmsNormQuantize: {
    reads: { x: "f32", weight: "f32" },
    writes: { quantized: "u8", scales: "f32" },
    sizes: ["rows", "width", "epsilon"],
    tolerance: 1,
  },
  /** siluMultiply then quantizeRows, in one pass (fused). */
  siluMultiplyQuantize: {
    reads: { gate: "f32", up: "f32" },
    writes: { quantized: "u8", scales: "f32" },
    sizes: ["rows", "width"],
    tolerance: 1,
  },
  /** y[0] = x[row]: one row of a matrix, its index usually a register. Error `index` when outside [0, rows). */
  selectRow: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["rows", "width", "row"], tolerance: 0 },
} as const;

activationKernels satisfies KernelRows;
