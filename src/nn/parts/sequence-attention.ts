// Attention with several heads over whole sequences: of a sequence to itself, or to another. Knows no cache.
import { attentionWeights, scaledDotProductAttention, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "./linear.ts";

/** What a call knows beside its rows. */
export interface AttendOptions {
  /** What is attended to: [B, S, C]. Default: the rows themselves. */
  readonly memory?: Tensor;
  /** Whether a row sees only itself and those before it. Default false. */
  readonly causal?: boolean;
  /** Which places of `memory` count: i32 [B, S], 1 or 0. Default all. */
  readonly mask?: Tensor;
  /** Share of the weights that is dropped. Default 0. */
  readonly dropout?: number;
}

/**
 * y = output(softmax(q · kᵀ / sqrt(D)) · v) with q = query(x), k = key(memory), v = value(memory), head by head. x [B, T, C] -> [B, T, C]. PyTorch's `nn.MultiheadAttention`, its
 * three projections apart.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
 *
 * @example
 * const same = () => new Linear(new DenseWeight(tensor([[1, 0], [0, 1]])));
 * const attention = new SequenceAttention({ query: same(), key: same(), value: same(), output: same(), heads: 1 });
 * attention.forward(tensor([[[1, 0], [1, 0]]])).dataSync(); // [1, 0, 1, 0]
 */
export class SequenceAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly #heads: number;

  constructor(parts: { query: Linear; key: Linear; value: Linear; output: Linear; heads: number }) {
    super();
    this.query = parts.query;
    this.key = parts.key;
    this.value = parts.value;
    this.output = parts.output;
    this.#heads = parts.heads;
  }

  forward(x: Tensor, { memory = x, causal, mask, dropout }: AttendOptions = {}): Tensor {
    const v = this.#split(this.value.forward(memory));
    const y = scaledDotProductAttention(this.#split(this.query.forward(x)), this.#split(this.key.forward(memory)), v, {
      causal,
      dropout,
      ...seen(mask),
    });
    return this.output.forward(y.reshape([...x.shape.slice(0, 2), y.shape[2] * y.shape[3]]));
  }

  /** The weights of each head: [B, H, T, S]. */
  weights(x: Tensor, { memory = x, causal, mask }: AttendOptions = {}): Tensor {
    return attentionWeights(this.#split(this.query.forward(x)), this.#split(this.key.forward(memory)), { causal, ...seen(mask) });
  }

  #split(x: Tensor): Tensor {
    const [batch, length, width] = x.shape;
    return x.reshape([batch, length, this.#heads, width / this.#heads]);
  }
}

// Rows see places whose mask is 1.
const seen = (mask: Tensor | undefined) => (mask ? ({ keySegments: mask, firstSegment: 1 } as const) : {});
