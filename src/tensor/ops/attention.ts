// Rotary positions, the paged key-value cache, and causal attention over it.
import type { Scalar } from "../../native/index.ts";
import { defineOp, expectShape, type Op, type Rows, rowsOf } from "../op.ts";
import { Tensor } from "../tensor.ts";
import { sizeOf } from "../types.ts";

/** Positions of a page. */
export const PAGE_POSITIONS = 256;

/** Keys and values of all sequences, in pages of 256 positions, and the pages that each has. */
export interface KeyValueCache {
  readonly [name: string]: Tensor;
  /** [pages · layers, heads, 16, width, 16]: tiles of 16 positions, position innermost. f32 or bf16. */
  readonly keys: Tensor;
  /** [pages · layers, heads, 256, width]. f32 or bf16. */
  readonly values: Tensor;
  /** i32 [slots, pages of a slot]: where in the pool they lie. */
  readonly table: Tensor;
}

/** Whose the rows are, and of which layer. */
export interface CachedRows extends Rows {
  /** i32 [n, 3]: (first row, position of it, slot) of each run of rows, in their order. */
  readonly runs: Tensor;
  /** How many of the runs are valid. Default: all. */
  readonly runCount?: Scalar;
  /** Which of the layers that share the pool; default 0 of 1. */
  readonly layer?: number;
  readonly layers?: number;
}

/** Options of `rotary`. */
export interface RotaryOptions extends Rows {
  /** i32: the position of each row. Without: from `start` on. */
  readonly places?: Tensor;
  /** Position of the first row. Default 0. */
  readonly start?: Scalar;
  /** Pairs are (2i, 2i + 1), as in GGUF files of the llama family; default: (i, i + width/2). */
  readonly adjacent?: boolean;
}

/**
 * Rotates pairs of x by the angles of their positions: x itself, changed in place. Its gradient is turned back, in place too.
 * Shapes: x [B, H, D], rows at their `places`, or at positions start …; or sequences [B, T, H, D], each from `start` on (all rows are valid);
 * table [positions, R/2, 2] = (cos, sin): the first R of D are turned. Errors: `E_SHAPE`; `E_KERNEL` "index" past the table.
 *
 * Source: Su et al. 2021, arXiv:2104.09864.
 *
 * @example
 * const table = tensor([[[1, 0]], [[0, 1]]]); // position 0: no turn; position 1: a quarter
 * rotary(tensor([[[1, 2]]]), table, { start: 1 }).dataSync(); // [-2, 1]
 */
export const rotary: Op<[x: Tensor, table: Tensor, options: RotaryOptions]> = defineOp({
  name: "rotary",
  inPlace: ([x, table, { places }]) => {
    const width = x.shape.at(-1) ?? 0;
    expectShape(x.shape.length === 3 || x.shape.length === 4, "rotary", { en: "x of three or four dimensions", zh: "三维或四维的 x" }, x);
    expectShape(
      turnedOf(table) <= width,
      "rotary",
      () => ({ en: `a table of at most ${width / 2} pairs a position`, zh: `每个位置不超过 ${width / 2} 对的表` }),
      table,
    );
    if (places) expectShape(places.size === sizeOf(x.shape.slice(0, -2)), "rotary", { en: "a place for each row", zh: "每行一个位置" }, places);
    return x;
  },
  forward: (run, [x, table, options]) => run.rotary({ x, ...turns(x, table, options) }),
  gradient: (run, [x, table, options], dy) => run.rotary({ x: dy, ...turns(x, table, options), back: true }),
});

const turnedOf = (table: Tensor): number => sizeOf(table.shape.slice(1));

function turns(x: Tensor, table: Tensor, { start = 0, places, adjacent, ...options }: RotaryOptions) {
  const [heads, width] = x.shape.slice(-2);
  const sequences = x.shape.length === 4;
  const rows = sequences ? x.shape[0] * x.shape[1] : rowsOf("rotary", x, options);
  const sizes = { rows, heads, width, turned: turnedOf(table), positions: table.shape[0] };
  const nothing = () => new Tensor(x.storage, [0], "i32", x.offset);
  return { table, places: places ?? nothing(), hasPlaces: places ? 1 : 0, ...sizes, start, period: x.shape[sequences ? 1 : 0], adjacent };
}

/**
 * Appends rows of keys and values at their positions: the cache itself, changed in place.
 * Shapes: k, v [B, H, D]. Errors: `E_SHAPE`; `E_KERNEL` "index" for a run, a slot or a page that is not there.
 *
 * @example
 * const cache = { keys: zeros([1, 1, 16, 16, 16]), values: zeros([1, 1, 256, 16]), table: tensor([[0]], [1, 1], { type: "i32" }) };
 * const row = tensor(new Float32Array(16).fill(2), [1, 1, 16]);
 * appendKeyValue(row, row, cache, { runs: tensor(Int32Array.of(0, 0, 0), [1, 3]) });
 * cache.values.dataSync()[15]; // 2
 */
export const appendKeyValue: Op<[k: Tensor, v: Tensor, cache: KeyValueCache, options: CachedRows], KeyValueCache> = defineOp<
  [Tensor, Tensor, KeyValueCache, CachedRows],
  KeyValueCache
>({
  name: "appendKeyValue",
  inPlace: ([k, v, cache, options]) => {
    expectCache("appendKeyValue", k, cache, options);
    expectShape(
      k.shape[1] === cache.keys.shape[1],
      "appendKeyValue",
      () => ({ en: `${cache.keys.shape[1]} heads`, zh: `${cache.keys.shape[1]} 个头` }),
      k,
    );
    expectShape(
      v.size === k.size,
      "appendKeyValue",
      () => ({ en: `values like keys, [${k.shape.join(", ")}]`, zh: `与 keys 同形 [${k.shape.join(", ")}] 的 values` }),
      v,
    );
    return cache;
  },
  forward: (run, [k, v, cache, options]) => {
    const [, heads, width] = k.shape;
    const { keys, values } = cache;
    run.appendKeyValue({
      k,
      v,
      keys,
      values,
      rows: rowsOf("appendKeyValue", k, options),
      heads,
      width,
      ...placesIn("appendKeyValue", cache, options),
    });
  },
});

/** Options of `attention`. */
export interface AttentionOptions extends CachedRows {
  /** Usually 1 / sqrt(D). */
  readonly scale: number;
  /** How many positions a row sees, its own included. Default 0: all. */
  readonly window?: number;
  /** Scores s become softcap · tanh(s / softcap). Default 0: they stay. */
  readonly softcap?: number;
}

/**
 * y[r, h] = softmax(scale · q[r, h] · Kᵀ) · V over the positions of the row's sequence up to its own; query heads share key-value heads in groups.
 * Shapes: q [B, H, D] -> the same. Types: f32. Errors: `E_SHAPE`; `E_KERNEL` "index" for a run, a slot or a page that is not there.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al. 2023, arXiv:2305.13245; Jiang et al. 2023, arXiv:2310.06825 (window).
 *
 * @example
 * const cache = { keys: zeros([1, 1, 16, 16, 16]), values: zeros([1, 1, 256, 16]), table: tensor([[0]], [1, 1], { type: "i32" }) };
 * const row = tensor(new Float32Array(16).fill(2), [1, 1, 16]);
 * const runs = tensor(Int32Array.of(0, 0, 0), [1, 3]);
 * appendKeyValue(row, row, cache, { runs });
 * attention(row, cache, { runs, scale: 0.25 }).dataSync()[0]; // 2
 */
export const attention: Op<[q: Tensor, cache: KeyValueCache, options: AttentionOptions]> = defineOp({
  name: "attention",
  shape: ([q, cache, options]) => {
    expectShape(
      q.shape.length === 3 && q.shape[1] % cache.keys.shape[1] === 0,
      "attention",
      () => ({ en: `heads in groups of ${cache.keys.shape[1]}`, zh: `按 ${cache.keys.shape[1]} 分组的头` }),
      q,
    );
    expectCache("attention", q, cache, options);
    return q;
  },
  forward: (run, [q, cache, options], y) => {
    const { scale, window = 0, softcap = 0 } = options;
    const { keys, values } = cache;
    const [, heads, width] = q.shape;
    const sizes = { rows: rowsOf("attention", q, options), heads, keyValueHeads: keys.shape[1], width, window, scale, softcap };
    run.attention({ q, keys, values, y, ...sizes, ...placesIn("attention", cache, options) });
  },
});

// The cache holds rows as wide as those of x.
function expectCache(operation: string, x: Tensor, { keys, values, table }: KeyValueCache, { runs, layers = 1 }: CachedRows): void {
  const [pages, heads, tiles, width, tile] = keys.shape;
  expectShape(
    keys.shape.length === 5 && tiles * tile === PAGE_POSITIONS,
    operation,
    { en: "keys [pages, heads, 16, width, 16]", zh: "形如 [页, 头, 16, 宽度, 16] 的 keys" },
    keys,
  );
  expectShape(pages % layers === 0, operation, () => ({ en: `whole pages of ${layers} layers`, zh: `${layers} 层的整页` }), keys);
  expectShape(
    values.size === pages * heads * PAGE_POSITIONS * width,
    operation,
    () => ({
      en: `values [${pages}, ${heads}, ${PAGE_POSITIONS}, ${width}]`,
      zh: `形如 [${pages}, ${heads}, ${PAGE_POSITIONS}, ${width}] 的 values`,
    }),
    values,
  );
  expectShape(x.shape.length === 3 && x.shape[2] === width, operation, () => ({ en: `heads of width ${width}`, zh: `宽度为 ${width} 的头` }), x);
  expectShape(table.shape.length === 2, operation, { en: "a table [slots, pages]", zh: "形如 [槽, 页] 的表" }, table);
  expectShape(runs.shape.length === 2 && runs.shape[1] === 3, operation, { en: "runs [n, 3]", zh: "形如 [n, 3] 的 runs" }, runs);
}

function placesIn(operation: string, { keys, table }: KeyValueCache, { runs, runCount, layer = 0, layers = 1 }: CachedRows) {
  const [slots, tablePages] = table.shape;
  const count = rowsOf(operation, runs, { rows: runCount });
  return { runs, table, runCount: count, slots, tablePages, pageCount: keys.shape[0] / layers, layer, layers };
}
