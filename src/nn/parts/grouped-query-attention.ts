// Causal self-attention whose query heads share key-value heads: over a paged cache, or over whole sequences.
import { InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { appendKeyValue, attention, attentionWeights, scaledDotProductAttention, type Tensor } from "../../tensor/index.ts";
import type { CachedPass, Context, WholePass } from "../context.ts";
import { Module } from "../module.ts";
import type { Linear } from "./linear.ts";
import type { RotaryPositions } from "./rotary-positions.ts";
import type { RowLayer } from "./row-layer.ts";

/** Parts and sizes. */
export interface AttentionParts {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Width of a head. */
  readonly width: number;
  /** Without: positions come from elsewhere. */
  readonly positions?: RotaryPositions;
  /** Norms of each head's query and key, before they are turned. */
  readonly queryNorm?: RowLayer;
  readonly keyNorm?: RowLayer;
  /** Of the scores; default 1 / sqrt(width). */
  readonly scale?: number;
  /** How many positions a row sees, its own included. Default: all. */
  readonly window?: number;
  /** Scores s become softcap · tanh(s / softcap). Default: they stay. */
  readonly softcap?: number;
  /** Which layer's part of the cache. */
  readonly layer: number;
}

/**
 * softmax(q · Kᵀ / sqrt(D)) · V, then the output projection. [T, C] -> [T, C].
 * The keys and values of these rows are appended to the cache first, so a row sees itself and all before it.
 *
 * Sources: Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Ainslie et al. 2023, arXiv:2305.13245 (groups).
 *
 * @example
 * const linear = (outputs: number, inputs: number) =>
 *   new Linear(new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs, inputs, readRows: (_first, _rows, into) => into.fill(0) }), "exact"));
 * const parts = { query: linear(64, 64), key: linear(32, 64), value: linear(32, 64), output: linear(64, 64) };
 * const positions = new RotaryPositions(cpu(), { width: 16, base: 10_000, positions: 256, adjacent: false });
 * const attention = new GroupedQueryAttention({ ...parts, heads: 4, keyValueHeads: 2, width: 16, positions, layer: 0 });
 * const cache = new KeyValueCache(cpu(), { layers: 1, heads: 2, width: 16, pages: 1, type: "f32" });
 * new CachedSequence(cache, 256).reserve(3);
 * const pass = { rows: 3, places: tensor(Int32Array.of(0, 1, 2)), runs: tensor(Int32Array.of(0, 0, 0), [1, 3]), runCount: 1, cache };
 * attention.forward(zeros([3, 64]), pass).shape; // [3, 64]
 */
export class GroupedQueryAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly queryNorm: RowLayer | undefined;
  readonly keyNorm: RowLayer | undefined;
  readonly #parts: AttentionParts;

  constructor(parts: AttentionParts) {
    super();
    this.query = parts.query;
    this.key = parts.key;
    this.value = parts.value;
    this.output = parts.output;
    this.queryNorm = parts.queryNorm;
    this.keyNorm = parts.keyNorm;
    this.#parts = parts;
  }

  forward(x: Tensor, context: Context): Tensor {
    return this.output.forward(context.cache ? this.#cached(x, context) : this.#whole(x, context), context.rows);
  }

  /** How much each position attends to each, head by head, over whole sequences: [B, H, T, T], 0 above the diagonal. They have no gradient. */
  weights(x: Tensor, pass: WholePass): Tensor {
    const { q, k } = this.#queriesAndKeys(x, pass);
    return attentionWeights(q, k, { causal: true, scale: this.#parts.scale, querySegments: pass.segments, keySegments: pass.segments });
  }

  #cached(x: Tensor, context: CachedPass): Tensor {
    const { heads, keyValueHeads, width, positions, layer, window, softcap, scale = 1 / Math.sqrt(width) } = this.#parts;
    const { rows, runs, runCount } = context;
    const [T] = x.shape;
    const turned = (each: Tensor) => positions?.apply(each, context) ?? each;
    const q = turned(normed(this.queryNorm, this.query.forward(x, rows).reshape([T, heads, width]), rows));
    const k = turned(normed(this.keyNorm, this.key.forward(x, rows).reshape([T, keyValueHeads, width]), rows));
    const v = this.value.forward(x, rows).reshape([T, keyValueHeads, width]);
    const { tensors, layers } = context.cache;
    const where = { rows, runs, runCount, layer, layers };
    appendKeyValue(k, v, tensors, where);
    return attention(q, tensors, { scale, window, softcap, ...where }).reshape([T, heads * width]);
  }

  // Training has neither windows nor bent scores yet: what has them says so, and does not compute something else.
  #whole(x: Tensor, pass: WholePass): Tensor {
    const { heads, keyValueHeads, width, window, softcap, scale } = this.#parts;
    const { batch, length, segments, dropout } = pass;
    if (softcap || (window && window < length)) {
      throw new InkstoneError("E_SHAPE", {
        operation: "GroupedQueryAttention",
        expected: { en: "no softcap, and sequences within the window", zh: "没有 softcap，且序列不超出窗口" },
        got: x.shape,
      });
    }
    const { q, k } = this.#queriesAndKeys(x, pass);
    const v = this.value.forward(x).reshape([batch, length, keyValueHeads, width]);
    const y = scaledDotProductAttention(q, k, v, { causal: true, scale, dropout, querySegments: segments, keySegments: segments });
    return y.reshape([batch * length, heads * width]);
  }

  #queriesAndKeys(x: Tensor, { batch, length }: WholePass): { q: Tensor; k: Tensor } {
    const { heads, keyValueHeads, width, positions } = this.#parts;
    const turned = (each: Tensor) => positions?.applyWhole(each) ?? each;
    const q = turned(normed(this.queryNorm, this.query.forward(x).reshape([batch, length, heads, width])));
    const k = turned(normed(this.keyNorm, this.key.forward(x).reshape([batch, length, keyValueHeads, width])));
    return { q, k };
  }
}

const normed = (norm: RowLayer | undefined, x: Tensor, rows?: Scalar): Tensor => norm?.forward(x, rows) ?? x;
