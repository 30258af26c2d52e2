// In which precision products are computed. Knows no kernels.

/** "f32", or "bf16": both sides of a product are rounded to bf16, sums are f32. Parameters, activations and gradients stay f32 in memory. */
export type ComputePrecision = "f32" | "bf16";

let precision: ComputePrecision = "f32";

/**
 * In which precision products are computed now.
 *
 * @example
 * withPrecision("bf16", () => computePrecision()); // "bf16"
 */
export function computePrecision(): ComputePrecision {
  return precision;
}

/**
 * Runs `fn` with products in this precision; their gradients are computed in the same.
 *
 * @example
 * const x = tensor([[1.001]]);
 * withPrecision("bf16", () => matmul(x, x)).dataSync(); // [1]
 */
export function withPrecision<T>(wanted: ComputePrecision, fn: () => T): T {
  const held = precision;
  precision = wanted;
  try {
    return fn();
  } finally {
    precision = held;
  }
}
