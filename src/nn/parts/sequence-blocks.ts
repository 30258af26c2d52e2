// Blocks of the encoder-decoder Transformer: attention and MLP with residuals, norms before or after.
import type { Scalar } from "../../native/index.ts";
import { add, dropout, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { RowLayer } from "./row-layer.ts";
import type { SequenceAttention } from "./sequence-attention.ts";

/** Where norms stand: before each part, or after its sum. */
export type NormPlace = "pre" | "post";

/** x + part(norm(x)), or norm(x + part(x)). */
export function residual(place: NormPlace, x: Tensor, norm: RowLayer, part: (x: Tensor) => Tensor, rows?: Scalar): Tensor {
  return place === "pre" ? add(x, part(norm.forward(x, rows)), { rows }) : norm.forward(add(x, part(x), { rows }), rows);
}

/** Parts of an `EncoderBlock`. */
export interface EncoderBlockParts {
  readonly attention: SequenceAttention;
  readonly attentionNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpNorm: RowLayer;
  readonly place: NormPlace;
  /** Share of what each part gives that is dropped in training. Default 0. */
  readonly dropout?: number;
}

/** Attention of a sequence to itself, both ways, then an MLP. [B, S, C] -> [B, S, C]. Vaswani et al. 2017, arXiv:1706.03762, section 3.1. */
export class EncoderBlock extends Module {
  readonly attention: SequenceAttention;
  readonly attentionNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpNorm: RowLayer;
  readonly #place: NormPlace;
  readonly #dropout: number;

  constructor(parts: EncoderBlockParts) {
    super();
    this.attention = parts.attention;
    this.attentionNorm = parts.attentionNorm;
    this.mlp = parts.mlp;
    this.mlpNorm = parts.mlpNorm;
    this.#place = parts.place;
    this.#dropout = parts.dropout ?? 0;
  }

  /** mask: i32 [B, S], 1 where a place counts. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const y = residual(this.#place, x, this.attentionNorm, (each) => this.#kept(this.attention.forward(each, { mask })));
    return residual(this.#place, y, this.mlpNorm, (each) => this.#kept(this.mlp.forward(each)));
  }

  #kept(x: Tensor): Tensor {
    return this.training && this.#dropout > 0 ? dropout(x, this.#dropout) : x;
  }
}

/** Parts of a `CrossDecoderBlock`. */
export interface CrossDecoderBlockParts extends EncoderBlockParts {
  readonly cross: SequenceAttention;
  readonly crossNorm: RowLayer;
}

/** Causal attention to itself, attention to an encoder's rows, then an MLP. [B, T, C] -> [B, T, C]. Vaswani et al. 2017, arXiv:1706.03762, section 3.1. */
export class CrossDecoderBlock extends Module {
  readonly attention: SequenceAttention;
  readonly attentionNorm: RowLayer;
  readonly cross: SequenceAttention;
  readonly crossNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpNorm: RowLayer;
  readonly #place: NormPlace;
  readonly #dropout: number;

  constructor(parts: CrossDecoderBlockParts) {
    super();
    this.attention = parts.attention;
    this.attentionNorm = parts.attentionNorm;
    this.cross = parts.cross;
    this.crossNorm = parts.crossNorm;
    this.mlp = parts.mlp;
    this.mlpNorm = parts.mlpNorm;
    this.#place = parts.place;
    this.#dropout = parts.dropout ?? 0;
  }

  /** memory: [B, S, C], of which the places with mask 1 count. */
  forward(x: Tensor, memory: Tensor, mask?: Tensor): Tensor {
    const y = residual(this.#place, x, this.attentionNorm, (each) => this.#kept(this.attention.forward(each, { causal: true })));
    const z = residual(this.#place, y, this.crossNorm, (each) => this.#kept(this.cross.forward(each, { memory, mask })));
    return residual(this.#place, z, this.mlpNorm, (each) => this.#kept(this.mlp.forward(each)));
  }

  /** How much each row attends to each place of the memory, head by head: [B, H, T, S]. */
  crossWeights(x: Tensor, memory: Tensor, mask?: Tensor): Tensor {
    const y = residual(this.#place, x, this.attentionNorm, (each) => this.attention.forward(each, { causal: true }));
    return this.cross.weights(this.#place === "pre" ? this.crossNorm.forward(y) : y, { memory, mask });
  }

  #kept(x: Tensor): Tensor {
    return this.training && this.#dropout > 0 ? dropout(x, this.#dropout) : x;
  }
}
