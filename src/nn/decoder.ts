// Pre-norm decoder: embedding, blocks of attention and MLP with residuals, final norm, head.

import type { Scalar } from "../native/index.ts";
import { add, selectRow, type Tensor } from "../tensor/index.ts";
import type { Context } from "./context.ts";
import type { PackedEmbedding } from "./packed-embedding.ts";
import type { GatedMlp } from "./gated-mlp.ts";
import type { GroupedQueryAttention } from "./grouped-query-attention.ts";
import { Module } from "./module.ts";
import type { PackedWeight } from "./packed-weight.ts";
import type { RMSNorm } from "./rms-norm.ts";

/** x + attention(norm(x)), then x + mlp(norm(x)). [T, C] -> [T, C]. */
export class DecoderBlock extends Module {
  readonly attentionNorm: RMSNorm;
  readonly attention: GroupedQueryAttention;
  readonly mlpNorm: RMSNorm;
  readonly mlp: GatedMlp;

  constructor(parts: { attentionNorm: RMSNorm; attention: GroupedQueryAttention; mlpNorm: RMSNorm; mlp: GatedMlp }) {
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
  readonly embedding: PackedEmbedding;
  readonly layers: readonly DecoderBlock[];
  readonly norm: RMSNorm;
  readonly head: PackedWeight;

  constructor(parts: { embedding: PackedEmbedding; layers: readonly DecoderBlock[]; norm: RMSNorm; head: PackedWeight }) {
    super();
    this.embedding = parts.embedding;
    this.layers = parts.layers;
    this.norm = parts.norm;
    this.head = parts.head;
  }

  /** ids [T] -> hidden states [T, C], before the final norm. */
  hidden(ids: Tensor, context: Context): Tensor {
    let x = this.embedding.forward(ids, context.rows);
    for (const layer of this.layers) x = layer.forward(x, context);
    return x;
  }

  /** Logits [1, V] of one row of the hidden states. */
  logitsOf(hidden: Tensor, row: Scalar): Tensor {
    return this.head.apply(this.norm.forward(selectRow(hidden, row)));
  }

  /** Logits [T, V] of all rows. */
  logits(hidden: Tensor, rows?: Scalar): Tensor {
    return this.head.apply(this.norm.forward(hidden, rows), rows);
  }
}
