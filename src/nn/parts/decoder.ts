// Pre-norm decoder: embedding, blocks of attention and MLP with residuals, final norm, head.
import { InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { add, crossEntropy, multiply, recompute, selectRows, type Tensor, tanh, tensor } from "../../tensor/index.ts";
import type { Context, WholePass } from "../context.ts";
import { Module } from "../module.ts";
import type { MatrixWeight } from "../weights/matrix-weight.ts";
import type { GroupedQueryAttention } from "./grouped-query-attention.ts";
import type { RowLayer } from "./row-layer.ts";
import type { TokenEmbedding } from "./token-embedding.ts";

/** Parts of a block. */
export interface DecoderBlockParts {
  readonly attentionNorm: RowLayer;
  readonly attention: GroupedQueryAttention;
  readonly mlpNorm: RowLayer;
  readonly mlp: RowLayer;
  /** Norms of what attention and MLP give, before it is added (Gemma). */
  readonly attentionAfter?: RowLayer;
  readonly mlpAfter?: RowLayer;
  /** Whether attention and MLP both read the block's input (GPT-NeoX). Default false: the MLP reads what attention has been added to. */
  readonly parallel?: boolean;
}

/** x + attention(norm(x)), then x + mlp(norm(x)); `parallel`: both of the same x. [T, C] -> [T, C]. */
export class DecoderBlock extends Module {
  readonly attentionNorm: RowLayer;
  readonly attention: GroupedQueryAttention;
  readonly attentionAfter: RowLayer | undefined;
  readonly mlpNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpAfter: RowLayer | undefined;
  readonly #parallel: boolean;

  constructor(parts: DecoderBlockParts) {
    super();
    this.attentionNorm = parts.attentionNorm;
    this.attention = parts.attention;
    this.attentionAfter = parts.attentionAfter;
    this.mlpNorm = parts.mlpNorm;
    this.mlp = parts.mlp;
    this.mlpAfter = parts.mlpAfter;
    this.#parallel = parts.parallel ?? false;
  }

  forward(x: Tensor, context: Context): Tensor {
    const { rows } = context;
    const attended = this.attention.forward(this.attentionNorm.forward(x, rows), context);
    const y = add(x, this.attentionAfter?.forward(attended, rows) ?? attended, { rows });
    const thought = this.mlp.forward(this.mlpNorm.forward(this.#parallel ? x : y, rows), rows);
    return add(y, this.mlpAfter?.forward(thought, rows) ?? thought, { rows });
  }
}

/** Parts of a decoder. */
export interface DecoderParts {
  readonly embedding: TokenEmbedding;
  /** Learned positions, added to the embedding; without: positions come from the attention. */
  readonly positions?: TokenEmbedding;
  readonly layers: readonly DecoderBlock[];
  readonly norm: RowLayer;
  /** May be the embedding's weight (tied). */
  readonly head: MatrixWeight;
  /** What embeddings are multiplied by. Default 1. */
  readonly embeddingScale?: number;
  /** Logits s become softcap · tanh(s / softcap). Default: they stay. */
  readonly softcap?: number;
}

/** A whole decoder. The head may share the embedding's weight (tied). */
export class Decoder extends Module {
  readonly embedding: TokenEmbedding;
  readonly positions: TokenEmbedding | undefined;
  readonly layers: readonly DecoderBlock[];
  readonly norm: RowLayer;
  readonly head: MatrixWeight;
  readonly #embeddingScale: number;
  readonly #softcap: number | undefined;

  constructor(parts: DecoderParts) {
    super();
    this.embedding = parts.embedding;
    this.positions = parts.positions;
    this.layers = parts.layers;
    this.norm = parts.norm;
    this.head = parts.head;
    this.#embeddingScale = parts.embeddingScale ?? 1;
    this.#softcap = parts.softcap;
  }

  /** ids [T] -> hidden states [T, C], before the final norm. Errors: `E_SHAPE` where positions are learned and the context has no places. */
  hidden(ids: Tensor, context: Context): Tensor {
    let x = this.#embed(ids, context);
    const again = !context.cache && context.recompute === true;
    for (const layer of this.layers) x = again ? recompute((each) => layer.forward(each, context), x) : layer.forward(x, context);
    return x;
  }

  /** How much each position attends to each over whole sequences, layer by layer: each [B, H, T, T]. Errors: as `hidden`. */
  attentionWeights(ids: Tensor, pass: WholePass): Tensor[] {
    let x = this.#embed(ids, pass);
    return this.layers.map((layer) => {
      const weights = layer.attention.weights(layer.attentionNorm.forward(x), pass);
      x = layer.forward(x, pass);
      return weights;
    });
  }

  #embed(ids: Tensor, { rows, places }: Context): Tensor {
    const found = this.embedding.forward(ids, rows);
    const x = this.#embeddingScale === 1 ? found : multiply(found, tensor(this.#embeddingScale, [], { device: ids.device }), { rows });
    if (this.positions === undefined) return x;
    if (places === undefined)
      throw new InkstoneError("E_SHAPE", {
        operation: "Decoder",
        expected: { en: "a place for each of the ids", zh: "每个编号一个位置" },
        got: ids.shape,
      });
    return add(x, this.positions.forward(places, rows), { rows });
  }

  /** Logits [n, V] of some rows of the hidden states: `wanted` i32 [n], of which `count` are valid. */
  logitsOf(hidden: Tensor, wanted: Tensor, count?: Scalar): Tensor {
    return this.logits(selectRows(hidden, wanted, { rows: count }), count);
  }

  /** Logits [T, V] of all rows. */
  logits(hidden: Tensor, rows?: Scalar): Tensor {
    return this.logitsOfStates(this.norm.forward(hidden, rows), rows);
  }

  /** Logits [n, V] of hidden states that went through the last norm. */
  logitsOfStates(states: Tensor, rows?: Scalar): Tensor {
    return this.#capped(this.head.apply(states, rows), rows);
  }

  #capped(logits: Tensor, rows?: Scalar): Tensor {
    if (this.#softcap === undefined) return logits;
    const cap = (value: number) => tensor(value, [], { device: logits.device });
    return multiply(tanh(multiply(logits, cap(1 / this.#softcap), { rows })), cap(this.#softcap), { rows });
  }

  /** Mean cross-entropy, in nats, of targets i32 [n] behind hidden states that went through the last norm [n, C]; targets of -100 do not count. */
  crossEntropy(states: Tensor, targets: Tensor): Tensor {
    return this.#softcap === undefined ? this.head.crossEntropy(states, targets) : crossEntropy(this.logitsOfStates(states), targets);
  }

  /** Mean cross-entropy of the next ids, in nats. ids, targets: i32 [batch · length]; targets of -100 do not count. */
  loss(ids: Tensor, targets: Tensor, pass: WholePass): Tensor {
    return this.crossEntropy(this.norm.forward(this.hidden(ids, pass)), targets);
  }
}
