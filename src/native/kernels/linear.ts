// Rows for matrices with packed weights: packing, gathering rows (embedding), and y = x · Wᵀ in f32 and in int8.
import type { KernelRows } from "./row.ts";

/** Matrices with packed weights. */
export const linearKernels = {
  /**
   * Packs `rows` rows of a file's weight matrix into 16-row panels (layouts: native/kernels/src/linear/layout.rs and ../layout.ts).
   * `firstRow` is a multiple of 16; rows past `outputs` in the last panel are zero. `sourceType` is a GGUF type number, `format` a packed format number.
   */
  packRows: {
    reads: { source: "u8" },
    writes: {},
    updates: { packed: "u8" },
    sizes: ["firstRow", "rows", "outputs", "inputs", "sourceType", "format"],
    tolerance: 0,
  },
  /** y[i] = row ids[i] of W, de-quantised. Error `index` when an id is outside [0, outputs). Flag roundBf16: round each value to bf16. */
  gatherRows: {
    reads: { ids: "i32", weight: "u8" },
    writes: { y: "f32" },
    sizes: ["rows", "outputs", "inputs", "format"],
    flags: ["roundBf16"],
    tolerance: 0,
  },
  /** y[i] = row firstRow + i of W, de-quantised: whole panels, for products of many rows. `firstRow` is a multiple of 16. */
  unpackRows: {
    reads: { weight: "u8" },
    writes: { y: "f32" },
    sizes: ["firstRow", "rows", "outputs", "inputs", "format"],
    tolerance: 0,
  },
  /**
   * y = x · Wᵀ (+ bias [outputs] where `hasBias` is 1) (+ y with `accumulate`), weights de-quantised block by block, f32 sums, k ascending, one order for any number of rows.
   * x [rows, inputs], y [rows, outputs]. Flag roundBf16: x and w are rounded to bf16 before the product.
   */
  linear: {
    reads: { x: "f32", weight: "u8", bias: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["rows", "outputs", "inputs", "format", "hasBias"],
    flags: ["accumulate", "roundBf16"],
    tolerance: 4,
  },
  /**
   * The same on int8 activations in blocks of 32 (see quantizeRows): y = sum over blocks of d_w·d_x·(q_w·q_x) + m_w·(d_x·sum q_x). Formats q4 and q8 only.
   */
  linearInt8: {
    reads: { quantized: "u8", scales: "f32", weight: "u8", bias: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["rows", "outputs", "inputs", "format", "hasBias"],
    flags: ["accumulate"],
    tolerance: 4,
  },
  /** linearInt8 of x, then unary, then quantizeRows, in one pass (fused). `outputs` is a multiple of 32. */
  linearInt8Quantize: {
    reads: { x: "u8", xScales: "f32", weight: "u8", bias: "f32" },
    writes: { quantized: "u8", scales: "f32" },
    sizes: ["rows", "outputs", "inputs", "format", "hasBias", "operation", "alpha"],
    tolerance: 1,
  },
} as const;

linearKernels satisfies KernelRows;
