// Rows for rotary positions, the paged key-value cache, and causal grouped-query attention over it.
import type { KernelRows } from "./row.ts";

/**
 * Rotary positions, the cache and attention over it. A step holds rows of any mixture of sequences: runs [runCount, 3] = (first row, position of it, slot),
 * in the order of the rows, the first from row 0 on; table [slots, tablePages]: where in the pool the pages of 256 positions of each slot lie.
 * A page of the table stands for one page of the pool in each of `layers` layers: page · layers + layer. Error `index` for what lies outside of any of these.
 */
export const attentionKernels = {
  /**
   * Rotates pairs among the first `turned` of each x [rows, heads, width] in place by the angle of the row's position: places[row] where hasPlaces is 1,
   * else `start + row % period`. table [positions, turned/2, 2] = (cos, sin).
   * Pairs are (i, i + turned/2); with `adjacent` (2i, 2i + 1), as in GGUF files of the llama family. With `back` by the negative angle.
   * Error `index` past the table's `positions`.
   */
  rotary: {
    reads: { table: "f32", places: "i32" },
    writes: {},
    updates: { x: "f32" },
    sizes: ["rows", "heads", "width", "turned", "start", "positions", "period", "hasPlaces"],
    flags: ["adjacent", "back"],
    tolerance: 4,
  },
  /**
   * Appends k, v [rows, heads, width] at the positions of their rows.
   * keys [page][head][16 tiles][width][16 positions]; values [page][head][256 positions][width].
   */
  appendKeyValue: {
    reads: { k: "f32", v: "f32", runs: "i32", table: "i32" },
    writes: {},
    updates: { keys: "f32|bf16", values: "f32|bf16" },
    sizes: ["rows", "heads", "width", "runCount", "slots", "tablePages", "pageCount", "layer", "layers"],
    tolerance: 1,
  },
  /**
   * y[r, h] = softmax(c(scale · q[r, h] · Kᵀ)) · V over the positions of the row's sequence up to its own, or the last `window` of them where that is not 0.
   * c(s) = softcap · tanh(s / softcap), or s where softcap is 0. q, y [rows, heads, width]; head h reads key-value head h / (heads / keyValueHeads).
   * Key tiles of 64 aligned to absolute positions, running maximum over tiles, f32: the same bits for any chunking of the rows and in any company.
   */
  attention: {
    reads: { q: "f32", keys: "f32|bf16", values: "f32|bf16", runs: "i32", table: "i32" },
    writes: { y: "f32" },
    sizes: [
      "rows",
      "heads",
      "keyValueHeads",
      "width",
      "runCount",
      "slots",
      "tablePages",
      "pageCount",
      "layer",
      "layers",
      "window",
      "scale",
      "softcap",
    ],
    tolerance: 16,
  },
  /**
   * One step of writing: k, v of row r are put at (position, r) of keys, values [capacity, slots, heads, width]; then
   * y[r, h] = softmax over j of (scale · q[r, h] · keys[j, a, h] + bias[h, position - j]) · values[j, a, h], j = 0 … position, a = ancestors[r, j], at `position` r itself.
   * So beams that go on from one another share what came before. q, k, v, y [rows, heads, width]; ancestors [rows, capacity]; bias [heads, capacity] where hasBias is 1.
   * `rows` is at most `slots`. Error `index` for an ancestor outside [0, slots), a position outside [0, capacity).
   */
  historyAttention: {
    reads: { q: "f32", k: "f32", v: "f32", ancestors: "i32", bias: "f32" },
    writes: { y: "f32" },
    updates: { keys: "f32", values: "f32" },
    sizes: ["rows", "slots", "heads", "width", "position", "capacity", "scale", "hasBias"],
    tolerance: 16,
  },
} as const;

attentionKernels satisfies KernelRows;
