// A decoder that writes step by step on what an encoder has read: blocks of its own past, the memory, an MLP. Knows no architecture.
import type { Scalar } from "../../native/index.ts";
import { add, multiply, scale, selectRow, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "../parts/linear.ts";
import type { RowLayer } from "../parts/row-layer.ts";
import { type NormPlace, residual } from "../parts/sequence-blocks.ts";
import type { TokenEmbedding } from "../parts/token-embedding.ts";
import type { MemoryAttention } from "./step-attention.ts";
import type { MemoryRows, StepPass } from "./step-pass.ts";

/** How a row looks back on its own text: attention, or a state. */
export interface PastLayer extends Module {
  forward(x: Tensor, pass: StepPass): Tensor;
}

/** Parts of a block. */
export interface StepBlockParts {
  readonly past: PastLayer;
  readonly pastNorm: RowLayer;
  readonly memory: MemoryAttention;
  readonly memoryNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpNorm: RowLayer;
  readonly place: NormPlace;
}

/**
 * Its own past, what was read, an MLP; each with a residual and a norm. [B, C] -> [B, C]. Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
 *
 * @example
 * const one = () => new Linear(new DenseWeight(tensor([[1]])));
 * const norm = () => new LayerNorm(tensor([1]), undefined, 1e-5);
 * const past = new SimpleRecurrent({ input: one(), forget: one(), layer: 0 });
 * const memory = new MemoryAttention({ query: one(), key: one(), value: one(), output: one(), heads: 1, width: 1, layer: 0 });
 * const mlp = new Mlp({ up: one(), down: one(), activation: relu });
 * new StepBlock({ past, pastNorm: norm(), memory, memoryNorm: norm(), mlp, mlpNorm: norm(), place: "post" }).parameterCount; // 11
 */
export class StepBlock extends Module {
  readonly past: PastLayer;
  readonly pastNorm: RowLayer;
  readonly memory: MemoryAttention;
  readonly memoryNorm: RowLayer;
  readonly mlp: RowLayer;
  readonly mlpNorm: RowLayer;
  readonly #place: NormPlace;

  constructor(parts: StepBlockParts) {
    super();
    this.past = parts.past;
    this.pastNorm = parts.pastNorm;
    this.memory = parts.memory;
    this.memoryNorm = parts.memoryNorm;
    this.mlp = parts.mlp;
    this.mlpNorm = parts.mlpNorm;
    this.#place = parts.place;
  }

  forward(x: Tensor, pass: StepPass): Tensor {
    const { rows } = pass;
    const y = residual(this.#place, x, this.pastNorm, (each) => this.past.forward(each, pass), rows);
    const z = residual(this.#place, y, this.memoryNorm, (each) => this.memory.forward(each, pass), rows);
    return residual(this.#place, z, this.mlpNorm, (each) => this.mlp.forward(each, rows), rows);
  }
}

/** Parts of a decoder. */
export interface StepDecoderParts {
  readonly embedding: TokenEmbedding;
  /** What embeddings are multiplied by. Default 1. */
  readonly embeddingScale?: number;
  /** Whether the first id counts for nothing: its embedding is zero. Default false. */
  readonly silentStart?: boolean;
  /** [positions, C], added to the embedding. Default: positions come from elsewhere. */
  readonly positions?: Tensor;
  /** Of the embedding with its position. */
  readonly embeddingNorm?: RowLayer;
  readonly layers: readonly StepBlock[];
  /** Of what the last layer gives. */
  readonly norm?: RowLayer;
  /** What that is multiplied by before the head. Default 1. */
  readonly headScale?: number;
  readonly head: Linear;
}

/**
 * A whole decoder. The head may share the embedding's weight.
 *
 * @example
 * const words = new DenseWeight(tensor([[1, 0], [0, 1], [1, 1]]));
 * const decoder = new StepDecoder({ embedding: new TokenEmbedding(words), layers: [], head: new Linear(words) });
 * decoder.logits(tensor([[2, 3]])).dataSync(); // [2, 3, 5]
 */
export class StepDecoder extends Module {
  readonly embedding: TokenEmbedding;
  readonly positions: Tensor | undefined;
  readonly embeddingNorm: RowLayer | undefined;
  readonly layers: readonly StepBlock[];
  readonly norm: RowLayer | undefined;
  readonly head: Linear;
  readonly #parts: StepDecoderParts;

  constructor(parts: StepDecoderParts) {
    super();
    this.embedding = parts.embedding;
    this.positions = parts.positions;
    this.embeddingNorm = parts.embeddingNorm;
    this.layers = parts.layers;
    this.norm = parts.norm;
    this.head = parts.head;
    this.#parts = parts;
  }

  /** Keys and values of read rows [T, C], layer by layer. */
  remember(read: Tensor, where: MemoryRows): void {
    for (const layer of this.layers) layer.memory.remember(read, where);
  }

  /** ids i32 [B] -> hidden states [B, C]. */
  hidden(ids: Tensor, pass: StepPass): Tensor {
    const { rows, position, started } = pass;
    const { embeddingScale = 1, silentStart = false } = this.#parts;
    let x = this.embedding.forward(ids, rows);
    if (embeddingScale !== 1) x = scale(x, embeddingScale);
    if (silentStart) x = multiply(x, started, { rows });
    if (this.positions) x = add(x, selectRow(this.positions, position).reshape([x.shape[1]]), { rows });
    x = this.embeddingNorm?.forward(x, rows) ?? x;
    for (const layer of this.layers) x = layer.forward(x, pass);
    return this.norm?.forward(x, rows) ?? x;
  }

  /** Logits [B, V]. */
  logits(hidden: Tensor, rows?: Scalar): Tensor {
    const { headScale = 1 } = this.#parts;
    return this.head.forward(headScale === 1 ? hidden : scale(hidden, headScale), rows);
  }
}
