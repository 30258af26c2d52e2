// Rotary positions, the paged key-value cache, and causal attention over it.
import type { Scalar } from "../../native/index.ts";
import { defineOp, expectShape, type Op, type Rows, rowsOf } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/** Positions of a page. */
export const PAGE_POSITIONS = 256;

/** Keys and values of one layer for all sequences, in pages of 256 positions, and the page table of the sequence that is at work. */
export interface KeyValueCache {
  readonly [name: string]: Tensor;
  /** [pages, heads, 16, width, 16]: tiles of 16 positions, position innermost. f32 or bf16. */
  readonly keys: Tensor;
  /** [pages, heads, 256, width]. f32 or bf16. */
  readonly values: Tensor;
  /** i32: where in the pool logical page i lies. */
  readonly pages: Tensor;
}

/** Where the rows stand in their sequence. */
export interface Position extends Rows {
  /** Position of the first row. */
  readonly start: Scalar;
}

/** Options of `rotary`. */
export interface RotaryOptions extends Position {
  /** Pairs are (2i, 2i + 1), as in GGUF files of the llama family; default: (i, i + width/2). */
  readonly adjacent?: boolean;
}

/**
 * Rotates pairs of x by the angles of their positions: x itself, changed in place. Its gradient is turned back, in place too.
 * Shapes: x [B, H, D], rows at positions start …, or sequences [B, T, H, D], each from `start` on (all rows are valid);
 * table [positions, D/2, 2] = (cos, sin). Errors: `E_SHAPE`; `E_KERNEL` "index" past the table.
 *
 * Source: Su et al. 2021, arXiv:2104.09864.
 *
 * @example
 * const table = tensor([[[1, 0]], [[0, 1]]]); // position 0: no turn; position 1: a quarter
 * rotary(tensor([[[1, 2]]]), table, { start: 1 }).dataSync(); // [-2, 1]
 */
export const rotary: Op<[x: Tensor, table: Tensor, options: RotaryOptions]> = defineOp({
  name: "rotary",
  inPlace: ([x, table]) => {
    expectShape(x.shape.length === 3 || x.shape.length === 4, "rotary", "x of three or four dimensions", x);
    expectShape(table.size === table.shape[0] * (x.shape.at(-1) ?? 0), "rotary", `a table of ${(x.shape.at(-1) ?? 0) / 2} pairs a position`, table);
    return x;
  },
  forward: (run, [x, table, options]) => run.rotary({ x, ...turns(x, table, options) }),
  gradient: (run, [x, table, options], dy) => run.rotary({ x: dy, ...turns(x, table, options), back: true }),
});

function turns(x: Tensor, table: Tensor, { start, adjacent, ...options }: RotaryOptions) {
  const [heads, width] = x.shape.slice(-2);
  const sequences = x.shape.length === 4;
  const rows = sequences ? x.shape[0] * x.shape[1] : rowsOf("rotary", x, options);
  return { table, rows, heads, width, start, positions: table.shape[0], period: x.shape[sequences ? 1 : 0], adjacent };
}

/**
 * Appends rows of keys and values at positions start …: the cache itself, changed in place.
 * Shapes: k, v [B, H, D]. Errors: `E_SHAPE`; `E_KERNEL` "index" for a page outside the pool.
 *
 * @example
 * const cache = { keys: zeros([1, 1, 16, 16, 16]), values: zeros([1, 1, 256, 16]), pages: tensor(Int32Array.of(0)) };
 * const row = tensor(new Float32Array(16).fill(2), [1, 1, 16]);
 * appendKeyValue(row, row, cache, { start: 0 });
 * cache.values.dataSync()[15]; // 2
 */
export const appendKeyValue: Op<[k: Tensor, v: Tensor, cache: KeyValueCache, options: Position], KeyValueCache> = defineOp<
  [Tensor, Tensor, KeyValueCache, Position],
  KeyValueCache
>({
  name: "appendKeyValue",
  inPlace: ([k, v, cache]) => {
    expectCache("appendKeyValue", k, cache);
    expectShape(k.shape[1] === cache.keys.shape[1], "appendKeyValue", `${cache.keys.shape[1]} heads`, k);
    expectShape(v.size === k.size, "appendKeyValue", `values like keys, [${k.shape.join(", ")}]`, v);
    return cache;
  },
  forward: (run, [k, v, { keys, values, pages }, { start, ...options }]) => {
    const [, heads, width] = k.shape;
    run.appendKeyValue({ k, v, keys, values, pages, rows: rowsOf("appendKeyValue", k, options), heads, width, start, pageCount: keys.shape[0] });
  },
});

/** Options of `attention`. */
export interface AttentionOptions extends Position {
  /** Usually 1 / sqrt(D). */
  readonly scale: number;
}

/**
 * y[r, h] = softmax(scale · q[r, h] · Kᵀ) · V over positions 0 … start + r; query heads share key-value heads in groups.
 * Shapes: q [B, H, D] -> the same. Types: f32. Errors: `E_SHAPE`; `E_KERNEL` "index" for a page outside the pool.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245.
 *
 * @example
 * const cache = { keys: zeros([1, 1, 16, 16, 16]), values: zeros([1, 1, 256, 16]), pages: tensor(Int32Array.of(0)) };
 * const row = tensor(new Float32Array(16).fill(2), [1, 1, 16]);
 * appendKeyValue(row, row, cache, { start: 0 });
 * attention(row, cache, { start: 0, scale: 0.25 }).dataSync()[0]; // 2
 */
export const attention: Op<[q: Tensor, cache: KeyValueCache, options: AttentionOptions]> = defineOp({
  name: "attention",
  shape: ([q, cache]) => {
    expectShape(q.shape.length === 3 && q.shape[1] % cache.keys.shape[1] === 0, "attention", `heads in groups of ${cache.keys.shape[1]}`, q);
    expectCache("attention", q, cache);
    return q;
  },
  forward: (run, [q, { keys, values, pages }, { start, scale, ...options }], y) => {
    const [pageCount, keyValueHeads] = keys.shape;
    const [, heads, width] = q.shape;
    run.attention({ q, keys, values, pages, y, rows: rowsOf("attention", q, options), heads, keyValueHeads, width, start, pageCount, scale });
  },
});

// The cache holds rows as wide as those of x.
function expectCache(operation: string, x: Tensor, { keys, values }: KeyValueCache): void {
  const [pages, heads, tiles, width, tile] = keys.shape;
  expectShape(keys.shape.length === 5 && tiles * tile === PAGE_POSITIONS, operation, "keys [pages, heads, 16, width, 16]", keys);
  expectShape(values.size === pages * heads * PAGE_POSITIONS * width, operation, `values [${pages}, ${heads}, ${PAGE_POSITIONS}, ${width}]`, values);
  expectShape(x.shape.length === 3 && x.shape[2] === width, operation, `heads of width ${width}`, x);
}
