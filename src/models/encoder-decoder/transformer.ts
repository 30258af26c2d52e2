// The encoder-decoder Transformer. Declared choices over shared blocks.
import { InkstoneError } from "../../core/index.ts";
import {
  CrossDecoderBlock,
  DenseWeight,
  EncoderBlock,
  initialize,
  LayerNorm,
  Linear,
  Mlp,
  type NormPlace,
  parameter,
  SequenceAttention,
  TokenEmbedding,
} from "../../nn/index.ts";
import { add, dropout, gelu, relu, scale, type Tensor, tensor } from "../../tensor/index.ts";
import { type Encoded, EncoderDecoder } from "./encoder-decoder.ts";
import { sinusoidTable } from "./writing/sinusoids.ts";

/** Sizes and choices. */
export interface TransformerConfig {
  readonly sourceVocabulary: number;
  readonly targetVocabulary: number;
  /** Width of the hidden states: a multiple of `heads`. */
  readonly width: number;
  readonly heads: number;
  /** Layers of the encoder, and as many of the decoder. */
  readonly layers: number;
  /** Default 4 · width. */
  readonly mlpWidth?: number;
  /** Where norms stand. Default "pre". */
  readonly norm?: NormPlace;
  /** Default "relu". */
  readonly activation?: "relu" | "gelu";
  /** Most ids of a sentence. Default 256. */
  readonly contextLength?: number;
  /** One table for both sides and the output: their vocabularies are one. Default false. */
  readonly shared?: boolean;
  /** Share of the embeddings that is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Share of what each part of a block gives that is dropped in training. Default 0. */
  readonly blockDropout?: number;
  /** Whether a norm stands behind the last block of either side. Default true; after norms that stand behind each part it is not needed. */
  readonly lastNorm?: boolean;
  /** Which columns of the positions are sines: every other one, or the first half (as Marian has them). Default "pairs". */
  readonly sines?: "pairs" | "half";
  /** Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Encoder and decoder of attention blocks. Embeddings are multiplied by sqrt(width) and sinusoidal positions added: even places sin, odd ones cos of position / 10000^(2i / width).
 * Fresh weights: Glorot's uniform; embeddings normal with deviation 1 / sqrt(width).
 *
 * Errors: `E_SHAPE` where the width is no multiple of the heads, or a sentence is longer than the context.
 * Source: Vaswani et al. 2017, arXiv:1706.03762.
 *
 * @example
 * const model = new TransformerEncoderDecoder({ sourceVocabulary: 9, targetVocabulary: 11, width: 8, heads: 2, layers: 1 });
 * model.forward(tensor(Int32Array.of(4, 5, 0), [1, 3]), tensor(Int32Array.of(2, 6), [1, 2])).shape; // [1, 2, 11]
 */
export class TransformerEncoderDecoder extends EncoderDecoder {
  readonly sourceEmbedding: TokenEmbedding;
  readonly targetEmbedding: TokenEmbedding;
  readonly encoder: readonly EncoderBlock[];
  readonly encoderNorm: LayerNorm | undefined;
  readonly decoder: readonly CrossDecoderBlock[];
  readonly decoderNorm: LayerNorm | undefined;
  readonly output: Linear;
  readonly #positions: Tensor;
  readonly #dropout: number;
  readonly #config: TransformerConfig;

  constructor(config: TransformerConfig) {
    super();
    const { width, heads, layers, contextLength = 256, shared = false, lastNorm = true, sines = "pairs" } = config;
    this.#config = config;
    if (width % heads !== 0)
      throw new InkstoneError("E_SHAPE", {
        operation: "Transformer",
        expected: { en: `a width that is a multiple of ${heads} heads`, zh: `可被 ${heads} 个头整除的宽度` },
        got: [width],
      });
    const table = (size: number) =>
      new TokenEmbedding(new DenseWeight(parameter([size, width], initialize({ name: "random_normal", deviation: width ** -0.5 }, [size, width]))));
    const make = partsOf(config);
    this.sourceEmbedding = table(config.sourceVocabulary);
    this.targetEmbedding = shared ? this.sourceEmbedding : table(config.targetVocabulary);
    this.encoder = Array.from({ length: layers }, () => new EncoderBlock(make.block()));
    this.encoderNorm = lastNorm ? make.norm() : undefined;
    this.decoder = Array.from({ length: layers }, () => new CrossDecoderBlock({ ...make.block(), cross: make.attention(), crossNorm: make.norm() }));
    this.decoderNorm = lastNorm ? make.norm() : undefined;
    const output = make.linear(config.targetVocabulary, width);
    this.output = shared ? new Linear(this.targetEmbedding.weight, output.bias) : output;
    this.#positions =
      sines === "half" ? tensor(sinusoidTable(contextLength, width, width / 2), [contextLength, width]) : sinusoids(contextLength, width);
    this.#dropout = config.dropout ?? 0;
  }

  read(embedded: Tensor, mask: Tensor): Encoded {
    let x = this.#placed(embedded);
    for (const block of this.encoder) x = block.forward(x, mask);
    return { memory: this.encoderNorm?.forward(x) ?? x, mask };
  }

  decode(target: Tensor, { memory, mask }: Encoded): Tensor {
    let x = this.#placed(this.targetEmbedding.forward(target));
    for (const block of this.decoder) x = block.forward(x, memory, mask);
    return this.output.forward(this.decoderNorm?.forward(x) ?? x);
  }

  attentionWeights(target: Tensor, { memory, mask }: Encoded): Tensor[] {
    let x = this.#placed(this.targetEmbedding.forward(target));
    return this.decoder.map((block) => {
      const weights = block.crossWeights(x, memory, mask);
      x = block.forward(x, memory, mask);
      return weights;
    });
  }

  /** What running it step by step needs beside its weights. */
  get running(): { readonly heads: number; readonly width: number; readonly place: NormPlace; readonly positions: Tensor } {
    const { heads, width, norm = "pre" } = this.#config;
    return { heads, width, place: norm, positions: this.#positions };
  }

  /** The sizes and choices that it was made of. */
  get config(): TransformerConfig {
    return this.#config;
  }

  override dispose(): void {
    super.dispose();
    this.#positions.dispose();
  }

  // Vectors at their places of a sequence.
  #placed(embedded: Tensor): Tensor {
    const [most, width] = this.#positions.shape;
    const [, length] = embedded.shape;
    if (length > most)
      throw new InkstoneError("E_SHAPE", {
        operation: "Transformer",
        expected: { en: `at most ${most} ids`, zh: `不超过 ${most} 个编号` },
        got: embedded.shape.slice(0, 2),
      });
    const x = add(scale(embedded, Math.sqrt(width)), this.#positions.rows(0, length));
    return this.training && this.#dropout > 0 ? dropout(x, this.#dropout) : x;
  }
}

function partsOf({
  width,
  heads,
  mlpWidth = 4 * width,
  norm: place = "pre",
  activation = "relu",
  epsilon = 1e-5,
  blockDropout = 0,
}: TransformerConfig) {
  const matrix = (outputs: number, inputs: number) => new DenseWeight(parameter([outputs, inputs], initialize("glorot_uniform", [outputs, inputs])));
  const linear = (outputs: number, inputs: number) => new Linear(matrix(outputs, inputs), parameter([outputs], undefined));
  const norm = () => new LayerNorm(parameter([width], new Float32Array(width).fill(1)), parameter([width], undefined), epsilon);
  const square = () => linear(width, width);
  const attention = () => new SequenceAttention({ query: square(), key: square(), value: square(), output: square(), heads });
  const mlp = () =>
    new Mlp({
      up: linear(mlpWidth, width),
      down: linear(width, mlpWidth),
      activation: activation === "relu" ? relu : (x) => gelu(x, { approximate: "none" }),
    });
  const block = () => ({ attention: attention(), attentionNorm: norm(), mlp: mlp(), mlpNorm: norm(), place, dropout: blockDropout });
  return { linear, norm, attention, block };
}

function sinusoids(length: number, width: number): Tensor {
  const angle = (at: number) => Math.floor(at / width) / 10_000 ** ((2 * Math.floor((at % width) / 2)) / width);
  return tensor(
    Float32Array.from({ length: length * width }, (_, at) => ((at % width) % 2 === 0 ? Math.sin(angle(at)) : Math.cos(angle(at)))),
    [length, width],
  );
}
