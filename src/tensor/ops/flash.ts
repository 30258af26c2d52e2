// Attention over whole sequences, for training: never the scores of a whole sequence in memory.
import { belowOne, InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { defineOp, expectShape, type Op, scratchLike } from "../op.ts";
import { nextRandom, type RandomStream } from "../random.ts";
import { tidy } from "../scope.ts";
import type { Gradient } from "../tape/gradient.ts";
import { Tensor } from "../tensor.ts";

/** Which keys a query sees, and how scores are scaled. */
export interface AttentionWeightsOptions {
  /** Query i sees keys 0 … i, counted from the first of each (PyTorch's `is_causal`), also where there are more keys than queries. Default false. */
  readonly causal?: boolean;
  /** Default 1 / sqrt(D). */
  readonly scale?: number;
  /** i32 [B, Tq]: a query sees the keys of its own segment. Default: all of `firstSegment`. */
  readonly querySegments?: Tensor | undefined;
  /** i32 [B, Tk]. Default: all of `firstSegment`. */
  readonly keySegments?: Tensor | undefined;
  /** Segments below are padding, which nobody sees: 0 (default), or 1 for masks of ones and zeros. */
  readonly firstSegment?: 0 | 1;
}

/** Options of `scaledDotProductAttention`. */
export interface ScaledDotProductAttentionOptions extends AttentionWeightsOptions {
  /** Share of the weights that are dropped, in [0, 1). Default 0. */
  readonly dropout?: number;
}

interface Drawing extends ScaledDotProductAttentionOptions {
  readonly random: RandomStream;
}

// Segments are arguments of their own, so that the tape holds them.
type Arguments = [q: Tensor, k: Tensor, v: Tensor, options: Drawing, querySegments: Tensor | undefined, keySegments: Tensor | undefined];

const flash: Op<Arguments, { y: Tensor; lse: Tensor }> = defineOp<Arguments, { y: Tensor; lse: Tensor }>({
  name: "scaledDotProductAttention",
  shape([q, k, v, options]) {
    expectHeads("scaledDotProductAttention", q, k, options);
    const like = k.shape.slice(0, 3);
    const fits = v.shape.length === 4 && like.every((size, i) => size === v.shape[i]);
    expectShape(fits, "scaledDotProductAttention", () => ({ en: `values [${like.join(", ")}, D]`, zh: `形如 [${like.join(", ")}, D] 的 values` }), v);
    return { y: { shape: [...q.shape.slice(0, 3), v.shape[3]] }, lse: { shape: [q.shape[0], q.shape[2], q.shape[1]] } };
  },
  forward: (run, [q, k, v, options, ...segments], { y, lse }) =>
    tidy(() => run.flashAttention({ q, k, v, y, lse, ...seen(q, k, v, options, ...segments), ...drawn(options), causal: options.causal })),
  gradient(run, [q, k, v, options, ...segments], { y: dy }, [dq, dk, dv], { y, lse }) {
    if (dy === undefined) return;
    // All three at once; where one is not wanted, or lies in the memory of another, it goes elsewhere first.
    const apart = (like: Tensor, gradient: Gradient | undefined, others: readonly Tensor[]) =>
      gradient === undefined || others.some(({ storage }) => storage === like.storage) ? scratchLike(like, like) : gradient;
    const into = { dq: apart(q, dq, []), dk: apart(k, dk, [q]), dv: apart(v, dv, [q, k]) };
    run.flashAttentionGrad({ q, k, v, y, lse, dy, ...into, ...seen(q, k, v, options, ...segments), ...drawn(options), causal: options.causal });
    if (into.dk instanceof Tensor) dk?.take(into.dk);
    if (into.dv instanceof Tensor) dv?.take(into.dv);
  },
  keepsResults: true,
});

/**
 * y = softmax(scale · q · Kᵀ) · V for every head of every sequence, with its gradients. The name is PyTorch's, the order of the dimensions Keras's.
 * Query heads share key-value heads in groups. A query that sees no key gives zeros.
 *
 * Shapes: q [B, Tq, H, D]; k [B, Tk, G, D], H a multiple of G; v [B, Tk, G, V], usually V = D -> [B, Tq, H, V]. Types: f32. Padding is a segment below `firstSegment`; packed sequences are
 * segments with a number each. Dropout draws from `nextRandom`. Errors: `E_SHAPE`; `E_OPTION` for another dropout.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762; Dao 2023, arXiv:2307.08691 (blocks, running maxima, weights computed again for the gradient).
 *
 * @example
 * const q = tensor([[[[0]], [[0]]]]); // two queries of one head of width 1
 * const v = tensor([[[[2]], [[4]]]]);
 * scaledDotProductAttention(q, q, v, { causal: true }).dataSync(); // [2, 3]
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: ScaledDotProductAttentionOptions = {}): Tensor {
  const { dropout = 0 } = options;
  if (!(dropout >= 0 && dropout < 1)) {
    throw new InkstoneError("E_OPTION", { option: "dropout", value: dropout, allowed: belowOne.allowed });
  }
  const { querySegments, keySegments } = options;
  const random = dropout > 0 ? nextRandom() : { seed: 0, step: 0, operation: 0 };
  const { y, lse } = flash(q, k, v, { random, ...options }, querySegments, keySegments);
  lse.dispose();
  return y;
}

/**
 * The weights of the same attention, without dropout, for looking inside: softmax(scale · q · Kᵀ), 0 where a query does not see a key. It has no gradient.
 *
 * Shapes: q [B, Tq, H, D], k [B, Tk, G, D] -> [B, H, Tq, Tk]. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const q = tensor([[[[0]], [[0]]]]);
 * attentionWeights(q, q, { causal: true }).dataSync(); // [1, 0, 0.5, 0.5]
 */
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionWeightsOptions = {}): Tensor {
  return weights(q, k, options);
}

const weights: Op<[q: Tensor, k: Tensor, options: AttentionWeightsOptions]> = defineOp({
  name: "attentionWeights",
  shape([q, k, options]) {
    expectHeads("attentionWeights", q, k, options);
    return { shape: [q.shape[0], q.shape[2], q.shape[1], k.shape[1]] };
  },
  forward: (run, [q, k, options], y) =>
    tidy(() =>
      run.attentionWeights({ q, k, weights: y, ...seen(q, k, k, options, options.querySegments, options.keySegments), causal: options.causal }),
    ),
});

function expectHeads(operation: string, q: Tensor, k: Tensor, { querySegments, keySegments }: AttentionWeightsOptions): void {
  const [batch, queries, heads, width] = q.shape;
  expectShape(q.shape.length === 4, operation, { en: "queries [B, T, H, D]", zh: "形如 [B, T, H, D] 的 queries" }, q);
  const fits = k.shape.length === 4 && k.shape[0] === batch && k.shape[3] === width && heads % k.shape[2] === 0;
  expectShape(
    fits,
    operation,
    () => ({
      en: `keys [${batch}, T, G, ${width}], ${heads} heads in groups of G`,
      zh: `形如 [${batch}, T, G, ${width}] 的 keys，${heads} 个头按 G 分组`,
    }),
    k,
  );
  const lists = [
    [querySegments, queries],
    [keySegments, k.shape[1]],
  ] as const;
  for (const [segments, length] of lists) {
    if (segments === undefined) continue;
    expectShape(
      segments.shape.length === 2 && segments.shape[0] === batch && segments.shape[1] === length,
      operation,
      () => ({ en: `segments [${batch}, ${length}]`, zh: `形如 [${batch}, ${length}] 的 segments` }),
      segments,
    );
  }
}

// Sizes, and who sees whom. An operand that is not there is a view of nothing.
function seen(q: Tensor, k: Tensor, v: Tensor, { firstSegment = 0, scale }: AttentionWeightsOptions, querySegments?: Tensor, keySegments?: Tensor) {
  const [batch, queries, heads, width] = q.shape;
  const nothing = () => new Tensor(q.storage, [0], "i32", q.offset);
  return {
    batch,
    queries,
    keys: k.shape[1],
    heads,
    keyValueHeads: k.shape[2],
    width,
    valueWidth: v.shape[3],
    firstSegment,
    scale: scale ?? 1 / Math.sqrt(width),
    querySegments: querySegments ?? nothing(),
    hasQuerySegments: querySegments ? 1 : 0,
    keySegments: keySegments ?? nothing(),
    hasKeySegments: keySegments ? 1 : 0,
  };
}

function drawn({ dropout = 0, random: { seed, step, operation } }: Drawing): Record<"rate" | "seedLow" | "seedHigh" | "step" | "operation", Scalar> {
  return { rate: dropout, seedLow: seed % 2 ** 32, seedHigh: Math.floor(seed / 2 ** 32), step, operation };
}
