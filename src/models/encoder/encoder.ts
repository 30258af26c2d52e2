// BERT's encoder on rows without padding: sentences lie end to end, each its own segment. Knows no file and no text.
import { DenseWeight, type LayerNorm, type Linear, type MatrixWeight, type Mlp, Module } from "../../nn/index.ts";
import { add, dropout, scaledDotProductAttention, type Tensor } from "../../tensor/index.ts";

/** What a pass reads: i32 [T] each. Rows of a negative segment are filling. */
export interface EncoderRows {
  readonly ids: Tensor;
  readonly positions: Tensor;
  readonly types: Tensor;
  /** The sentence of each row. */
  readonly segments: Tensor;
}

/** A part that drops values while it is trained: see `dropWith`. */
interface Dropping {
  rate: number;
  readonly training: boolean;
}

const dropping = ({ rate, training }: Dropping): number => (training ? rate : 0);
const dropped = (part: Dropping, x: Tensor): Tensor => (dropping(part) > 0 ? dropout(x, part.rate) : x);

/** Attention of each row to the rows of its sentence. [T, C] -> [T, C]; segments [T], or [B, T / B] where sentences of one length lie side by side. Vaswani et al. 2017, arXiv:1706.03762, section 3.2. */
export class SegmentAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  /** Share of the weights that are dropped in training. */
  rate = 0;
  readonly #heads: number;

  constructor(parts: { query: Linear; key: Linear; value: Linear; output: Linear; heads: number }) {
    super();
    this.query = parts.query;
    this.key = parts.key;
    this.value = parts.value;
    this.output = parts.output;
    this.#heads = parts.heads;
  }

  forward(x: Tensor, segments: Tensor): Tensor {
    const [rows, width] = x.shape;
    const [batch, length] = segments.shape.length === 2 ? segments.shape : [1, rows];
    const split = (linear: Linear) => linear.forward(x).reshape([batch, length, this.#heads, width / this.#heads]);
    const own = segments.reshape([batch, length]);
    const options = { querySegments: own, keySegments: own, dropout: dropping(this) };
    const y = scaledDotProductAttention(split(this.query), split(this.key), split(this.value), options);
    return this.output.forward(y.reshape([rows, width]));
  }
}

/** Attention and an MLP, each added to its rows and normalised after. [T, C] -> [T, C]. */
export class SegmentBlock extends Module {
  readonly attention: SegmentAttention;
  readonly attentionNorm: LayerNorm;
  readonly mlp: Mlp;
  readonly mlpNorm: LayerNorm;
  /** Share of what its two parts give that is dropped in training. */
  rate = 0;

  constructor(parts: { attention: SegmentAttention; attentionNorm: LayerNorm; mlp: Mlp; mlpNorm: LayerNorm }) {
    super();
    this.attention = parts.attention;
    this.attentionNorm = parts.attentionNorm;
    this.mlp = parts.mlp;
    this.mlpNorm = parts.mlpNorm;
  }

  forward(x: Tensor, segments: Tensor): Tensor {
    const y = this.attentionNorm.forward(add(x, dropped(this, this.attention.forward(x, segments))));
    return this.mlpNorm.forward(add(y, dropped(this, this.mlp.forward(y))));
  }
}

/** Parts of an `Encoder`. */
export interface EncoderParts {
  readonly words: MatrixWeight;
  readonly positions: MatrixWeight;
  readonly types: MatrixWeight | undefined;
  readonly norm: LayerNorm;
  readonly layers: readonly SegmentBlock[];
}

/** Rows of words, positions and types, summed and normalised, through the layers. -> [T, C]. Devlin et al. 2018, arXiv:1810.04805. */
export class Encoder extends Module {
  readonly words: MatrixWeight;
  readonly positions: MatrixWeight;
  readonly types: MatrixWeight | undefined;
  readonly norm: LayerNorm;
  readonly layers: readonly SegmentBlock[];
  /** Share of the rows' values before the first layer that is dropped in training. */
  rate = 0;

  constructor(parts: EncoderParts) {
    super();
    this.words = parts.words;
    this.positions = parts.positions;
    this.types = parts.types;
    this.norm = parts.norm;
    this.layers = parts.layers;
  }

  /** In training, this share is dropped everywhere where BERT drops. */
  dropWith(rate: number): void {
    this.rate = rate;
    for (const layer of this.layers) layer.rate = layer.attention.rate = rate;
  }

  /** The tables that are read by id. */
  override get lookupTables(): readonly Tensor[] {
    return [this.words, this.positions, this.types].flatMap((table) => (table instanceof DenseWeight ? [table.tensor] : []));
  }

  forward(rows: EncoderRows): Tensor {
    return this.behind(this.words.gather(rows.ids), rows);
  }

  /** From the vectors of the words on, whatever they are. vectors [T, C] -> [T, C]. */
  behind(vectors: Tensor, { positions, types, segments }: Omit<EncoderRows, "ids">): Tensor {
    const placed = add(vectors, this.positions.gather(positions));
    let x = dropped(this, this.norm.forward(this.types === undefined ? placed : add(placed, this.types.gather(types))));
    for (const layer of this.layers) x = layer.forward(x, segments);
    return x;
  }
}
