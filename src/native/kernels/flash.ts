// Rows for attention over whole sequences, forward and backward, without scores in memory.
import type { KernelRows } from "./row.ts";

// Sizes of attention and of what is dropped: the same forward and backward.
const training = [
  "batch",
  "queries",
  "keys",
  "heads",
  "keyValueHeads",
  "width",
  "valueWidth",
  "hasQuerySegments",
  "hasKeySegments",
  "firstSegment",
  "scale",
  "rate",
  "seedLow",
  "seedHigh",
  "step",
  "operation",
] as const;

/**
 * Attention for training. Shapes: q, dq [batch, queries, heads, width]; k, dk [batch, keys, keyValueHeads, width]; v, dv [batch, keys, keyValueHeads, valueWidth];
 * y, dy [batch, queries, heads, valueWidth]; lse [batch, heads, queries].
 * Head h reads key-value head h / (heads / keyValueHeads). With `causal` query i sees keys 0 … i.
 *
 * querySegments [batch, queries], keySegments [batch, keys]: a query sees the keys of its own segment, if that is `firstSegment` or later. Each is there where
 * `hasQuerySegments`, `hasKeySegments` is 1; without, all are of `firstSegment`.
 *
 * Dropout: a weight is kept where word (i % 64) / 16 of Philox under key (seedLow, seedHigh) and counter (n low, n high, step, operation) is at least rate · 2^32,
 * n = (((b · heads + h) · ceil(queries / 64) + floor(i / 64)) · keys + j) · 16 + i % 16; what is kept is divided by 1 - rate.
 */
export const flashKernels = {
  /** y = dropout(softmax(scale · q · Kᵀ)) · V over the keys that a query sees; lse = log of the sum of exp(scale · q · k). A query that sees none: y = 0, lse = -infinity. */
  flashAttention: {
    reads: { q: "f32", k: "f32", v: "f32", querySegments: "i32", keySegments: "i32" },
    writes: { y: "f32", lse: "f32" },
    sizes: training as typeof training,
    flags: ["causal"],
    tolerance: 16,
  },
  /** The gradients of the above: weights are computed again from lse, block by block. */
  flashAttentionGrad: {
    reads: { q: "f32", k: "f32", v: "f32", y: "f32", lse: "f32", dy: "f32", querySegments: "i32", keySegments: "i32" },
    writes: {},
    updates: { dq: "f32", dk: "f32", dv: "f32" },
    sizes: training as typeof training,
    flags: ["causal", "accumulate"],
    tolerance: 32,
  },
  /** weights = softmax(scale · q · Kᵀ) [batch, heads, queries, keys], for looking inside: 0 where a query does not see a key. */
  attentionWeights: {
    reads: { q: "f32", k: "f32", querySegments: "i32", keySegments: "i32" },
    writes: { weights: "f32" },
    sizes: [
      "batch",
      "queries",
      "keys",
      "heads",
      "keyValueHeads",
      "width",
      "valueWidth",
      "hasQuerySegments",
      "hasKeySegments",
      "firstSegment",
      "scale",
    ],
    flags: ["causal"],
    tolerance: 16,
  },
} as const;

flashKernels satisfies KernelRows;
