// Rows for the block types of GGUF files: from bytes to values and back.
import type { KernelRows } from "./row.ts";

/** Block types of GGUF files. */
export const blockKernels = {
  /** y = the values of whole blocks, each rounded once. `sourceType`: a GGUF type number; n: values, a multiple of its block. */
  unpackBlocks: { reads: { source: "u8" }, writes: { y: "f32" }, sizes: ["n", "sourceType"], tolerance: 0 },
  /**
   * Whole blocks of a type from n values, rounded as llama.cpp's reference quantisers round: F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K.
   * Error `numeric` with the place of a value that is not finite.
   */
  quantizeBlocks: { reads: { x: "f32" }, writes: { blocks: "u8" }, sizes: ["n", "sourceType"], tolerance: 0 },
} as const;

blockKernels satisfies KernelRows;
