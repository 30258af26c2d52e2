// Pre-norm decoder: embedding, blocks of attention and MLP with residuals, final norm, head.

import type { Scalar } from "../native/index.ts";
import { add, recompute, selectRow, type Tensor } from "../tensor/index.ts";
import type { Context, WholePass } from "./context.ts";
import type { GroupedQueryAttention } from "./grouped-query-attention.ts";
import type { MatrixWeight } from "./matrix-weight.ts";
import { Module } from "./module.ts";
import type { TokenEmbedding } from "./token-embedding.ts";

/** A layer from rows to rows of the same width: a norm, an MLP. */
export interface RowLayer extends Module {
  forward(x: Tensor, rows?: Scalar): Tensor;
}

/** x + attention(norm(x)), then x + mlp(norm(x)). [T, C] -> [T, C]. */
export class DecoderBlock extends Module {
  readonly attentionNorm: RowLayer;
  readonly attention: GroupedQueryAttention;
  readonly mlpNorm: RowLayer;
  readonly mlp: RowLayer;

  constructor(parts: { attentionNorm: RowLayer; attention: GroupedQueryAttention; mlpNorm: RowLayer; mlp: RowLayer }) {
    super();
    this.attentionNorm = parts.attentionNorm;
    this.attention = parts.attention;
    this.mlpNorm = parts.mlpNorm;
    this.mlp = parts.mlp;
  }

  forward(x: Tensor, context: Context): Tensor {
    const { rows } = context;
    const y = add(x, this.attention.forward(this.attentionNorm.forward(x, rows), context), { rows });
    return add(y, this.mlp.forward(this.mlpNorm.forward(y, rows), rows), { rows });
  }
}

/** A whole decoder. The head may share the embedding's weight (tied). */
export class Decoder extends Module {
  readonly embedding: TokenEmbedding;
  /** Learned positions, added to the embedding; without: positions come from the attention. */
  readonly positions: TokenEmbedding | undefined;
  readonly layers: readonly DecoderBlock[];
  readonly norm: RowLayer;
  readonly head: MatrixWeight;

  constructor(parts: { embedding: TokenEmbedding; positions?: TokenEmbedding; layers: readonly DecoderBlock[]; norm: RowLayer; head: MatrixWeight }) {
    super();
    this.embedding = parts.embedding;
    this.positions = parts.positions;
    this.layers = parts.layers;
    this.norm = parts.norm;
    this.head = parts.head;
  }

  /** ids [T] -> hidden states [T, C], before the final norm. `positions`: of each row, where they are learned. */
  hidden(ids: Tensor, context: Context, positions?: Tensor): Tensor {
    let x = this.#embed(ids, context, positions);
    const again = !context.cache && context.recompute === true;
    for (const layer of this.layers) x = again ? recompute((each) => layer.forward(each, context), x) : layer.forward(x, context);
    return x;
  }

  /** How much each position attends to each over whole sequences, layer by layer: each [B, H, T, T]. `positions`: of each row, where they are learned. */
  attentionWeights(ids: Tensor, pass: WholePass, positions?: Tensor): Tensor[] {
    let x = this.#embed(ids, pass, positions);
    return this.layers.map((layer) => {
      const weights = layer.attention.weights(layer.attentionNorm.forward(x), pass);
      x = layer.forward(x, pass);
      return weights;
    });
  }

  #embed(ids: Tensor, { rows }: Context, positions?: Tensor): Tensor {
    const x = this.embedding.forward(ids, rows);
    return this.positions && positions ? add(x, this.positions.forward(positions, rows), { rows }) : x;
  }

  /** Logits [1, V] of one row of the hidden states. */
  logitsOf(hidden: Tensor, row: Scalar): Tensor {
    return this.head.apply(this.norm.forward(selectRow(hidden, row)));
  }

  /** Logits [T, V] of all rows. */
  logits(hidden: Tensor, rows?: Scalar): Tensor {
    return this.head.apply(this.norm.forward(hidden, rows), rows);
  }

  /**
   * Mean cross-entropy of the next ids, in nats. ids, targets: i32 [batch · length]; targets of -100 do not count.
   * `positions`: of each row, where they are learned.
   */
  loss(ids: Tensor, targets: Tensor, pass: WholePass, positions?: Tensor): Tensor {
    return this.head.crossEntropy(this.norm.forward(this.hidden(ids, pass, positions)), targets);
  }
}
