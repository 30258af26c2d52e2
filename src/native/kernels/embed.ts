// Rows for tables read by id and their gradient.
import type { KernelRows } from "./row.ts";

/** Tables by id. */
export const embedKernels = {
  /** y[i] = table[ids[i]]. ids [count]; table [vocabulary, width]; y [count, width]. Error `index` for the first id outside [0, vocabulary). */
  embedding: { reads: { table: "f32", ids: "i32" }, writes: { y: "f32" }, sizes: ["count", "vocabulary", "width"], tolerance: 0 },
  /** dtable[ids[i]] (+)= dy[i], i in rising order; rows without an id become zero unless `accumulate`. */
  embeddingGrad: {
    reads: { ids: "i32", dy: "f32" },
    writes: {},
    updates: { dtable: "f32" },
    sizes: ["count", "vocabulary", "width"],
    flags: ["accumulate"],
    tolerance: 1,
  },
} as const;

embedKernels satisfies KernelRows;
