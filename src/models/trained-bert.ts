// BERT to be trained from nothing on masked words: the encoder of its family over fresh weights, and the head that says the words. Knows no files and no masking.
import { InkstoneError } from "../core/index.ts";
import { DenseWeight, initialize, LayerNorm, Linear, Mlp, Module, parameter } from "../nn/index.ts";
import { add, crossEntropy, gelu, type Shape, type Tensor, tensor } from "../tensor/index.ts";
import { Encoder, SegmentAttention, SegmentBlock } from "./encoder/encoder.ts";

/** Sizes of a BERT. */
export interface BertConfig {
  readonly vocabularySize: number;
  /** Most positions of a sequence. */
  readonly contextLength: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the hidden states: a multiple of `heads`. */
  readonly width: number;
  /** Default 4 · width. */
  readonly mlpWidth?: number;
  /** Default 1e-12. */
  readonly epsilon?: number;
}

/**
 * A BERT with fresh weights and the head of masked words: normal with deviation 0.02, biases 0, norms 1; the words of the head are those of the embedding.
 * Random numbers come from `withRandom` or `manualSeed`.
 *
 * Errors: `E_SHAPE` where `width` is no multiple of `heads`, or ids are longer than the context.
 * Source: Devlin et al. 2018, arXiv:1810.04805.
 *
 * @example
 * const model = new Bert({ vocabularySize: 30, contextLength: 8, layers: 1, heads: 2, width: 16 });
 * const ids = tensor(new Int32Array(8), [2, 4]);
 * model.forward(ids).shape; // [2, 4, 30]
 * model.loss(ids, tensor(Int32Array.of(3, -100, -100, -100, -100, 5, -100, -100), [2, 4])).backward();
 */
export class Bert extends Module {
  readonly encoder: Encoder;
  readonly transform: Linear;
  readonly transformNorm: LayerNorm;
  readonly wordBias: Tensor;
  readonly #config: Required<BertConfig>;

  constructor(config: BertConfig) {
    super();
    const { width, heads } = config;
    if (width % heads !== 0)
      throw new InkstoneError("E_SHAPE", {
        operation: "Bert",
        expected: { en: `a width that is a multiple of ${heads} heads`, zh: `可被 ${heads} 个头整除的宽度` },
        got: [width],
      });
    this.#config = { mlpWidth: 4 * width, epsilon: 1e-12, ...config };
    const make = makers(this.#config);
    this.encoder = make.encoder();
    this.transform = make.linear(width, width);
    this.transformNorm = make.norm();
    this.wordBias = parameter([config.vocabularySize], undefined);
  }

  /** Its sizes, all of them. */
  get config(): Required<BertConfig> {
    return this.#config;
  }

  /** Scores of every word at every place. ids i32 [B, T] -> [B, T, V]. */
  forward(ids: Tensor): Tensor {
    return this.#scores(ids).reshape([...ids.shape, this.#config.vocabularySize]);
  }

  /** Mean cross-entropy in nats of the words that were hidden. ids, targets: i32 [B, T]; targets of -100 do not count. */
  loss(ids: Tensor, targets: Tensor): Tensor {
    return crossEntropy(this.#scores(ids), targets.reshape([targets.size]));
  }

  #scores(ids: Tensor): Tensor {
    const [batch, length] = ids.shape;
    const { contextLength } = this.#config;
    if (ids.shape.length !== 2 || length > contextLength)
      throw new InkstoneError("E_SHAPE", {
        operation: "Bert",
        expected: { en: `ids [B, T] with T at most ${contextLength}`, zh: `形如 [B, T] 且 T 不超过 ${contextLength} 的编号` },
        got: ids.shape,
      });
    const { device } = ids;
    const positions = tensor(
      Int32Array.from({ length: ids.size }, (_, i) => i % length),
      [ids.size],
      { device },
    );
    const none = tensor(new Int32Array(ids.size), [ids.size], { device });
    const hidden = this.encoder.forward({
      ids: ids.reshape([ids.size]),
      positions,
      types: none,
      segments: none.reshape([batch, length]),
    });
    const said = this.transformNorm.forward(gelu(this.transform.forward(hidden), { approximate: "none" }));
    return add(this.encoder.words.apply(said), this.wordBias);
  }
}

function makers({ vocabularySize, contextLength, layers, heads, width, mlpWidth, epsilon }: Required<BertConfig>) {
  const matrix = (shape: Shape) => new DenseWeight(parameter(shape, initialize({ name: "random_normal", deviation: 0.02 }, shape)));
  const linear = (outputs: number, inputs: number) => new Linear(matrix([outputs, inputs]), parameter([outputs], undefined));
  const norm = () => new LayerNorm(parameter([width], new Float32Array(width).fill(1)), parameter([width], undefined), epsilon);
  const square = () => linear(width, width);
  const block = () =>
    new SegmentBlock({
      attention: new SegmentAttention({ query: square(), key: square(), value: square(), output: square(), heads }),
      attentionNorm: norm(),
      mlp: new Mlp({ up: linear(mlpWidth, width), down: linear(width, mlpWidth), activation: (x) => gelu(x, { approximate: "none" }) }),
      mlpNorm: norm(),
    });
  const encoder = () =>
    new Encoder({
      words: matrix([vocabularySize, width]),
      positions: matrix([contextLength, width]),
      types: matrix([2, width]),
      norm: norm(),
      layers: Array.from({ length: layers }, block),
    });
  return { linear, norm, encoder };
}
