// Rows for rotary positions, the paged key-value cache, and causal grouped-query attention over it.
import type { KernelRows } from "./row.ts";

/** Rotary positions, the cache and attention over it. */
export const attentionKernels = {
  /**
   * Rotates pairs of x [rows, heads, width] in place by the angle of position `start + row % period`. table [positions, width/2, 2] = (cos, sin).
   * Pairs are (i, i + width/2); with `adjacent` (2i, 2i + 1), as in GGUF files of the llama family. With `back` by the negative angle.
   * Error `index` past the table's `positions`.
   */
  rotary: {
    reads: { table: "f32" },
    writes: {},
    updates: { x: "f32" },
    sizes: ["rows", "heads", "width", "start", "positions", "period"],
    flags: ["adjacent", "back"],
    tolerance: 4,
  },
  /**
   * Appends k, v [rows, heads, width] at positions start … start+rows-1. Pages of 256 positions; pages[i] is where logical page i lies, `pageCount` pages in the pool.
   * keys [page][head][16 tiles][width][16 positions]; values [page][head][256 positions][width].
   */
  appendKeyValue: {
    reads: { k: "f32", v: "f32", pages: "i32" },
    writes: {},
    updates: { keys: "f32|bf16", values: "f32|bf16" },
    sizes: ["rows", "heads", "width", "start", "pageCount"],
    tolerance: 1,
  },
  /**
   * y[r, h] = softmax(scale · q[r, h] · Kᵀ) · V over positions 0 … start+r. q, y [rows, heads, width]; head h reads key-value head h / (heads / keyValueHeads).
   * Key tiles of 64 aligned to absolute positions, running maximum over tiles, f32: the same bits for any chunking of the rows.
   */
  attention: {
    reads: { q: "f32", keys: "f32|bf16", values: "f32|bf16", pages: "i32" },
    writes: { y: "f32" },
    sizes: ["rows", "heads", "keyValueHeads", "width", "start", "pageCount", "scale"],
    tolerance: 16,
  },
} as const;

attentionKernels satisfies KernelRows;
