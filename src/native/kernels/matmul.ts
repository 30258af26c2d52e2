// Rows for products of plain matrices in all transpose cases.
import type { KernelRows } from "./row.ts";

/** Products of plain matrices. */
export const matmulKernels = {
  /**
   * c = a · b + bias (+ c with `accumulate`), for each of `batch` pairs; `batchA` and `batchB` are `batch`, or 1 where all share one matrix.
   * a [rows, depth] ([depth, rows] with `transposeA`), b [depth, columns] ([columns, depth] with `transposeB`), bias [columns] where `hasBias` is 1, c [rows, columns].
   * Each element is one fused chain over ascending k, begun with what is added. Flag bf16: a and b are rounded to the nearest bf16, ties to even; sums stay f32
   * (tiers with bf16 products add k and k + 1 as the processor does).
   */
  matmul: {
    reads: { a: "f32", b: "f32", bias: "f32" },
    writes: {},
    updates: { c: "f32" },
    sizes: ["batch", "batchA", "batchB", "rows", "columns", "depth", "hasBias"],
    flags: ["transposeA", "transposeB", "accumulate", "bf16"],
    tolerance: 4,
  },
  /** y[c] = sum over rows of x[r, c] (+ y with `accumulate`): the gradient of a bias. */
  columnSums: { reads: { x: "f32" }, writes: {}, updates: { y: "f32" }, sizes: ["rows", "columns"], flags: ["accumulate"], tolerance: 4 },
} as const;

matmulKernels satisfies KernelRows;
