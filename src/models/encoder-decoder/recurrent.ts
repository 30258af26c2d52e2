// LSTM encoder and decoder with attention over the encoder's states. Declared choices over operations of whole layers.
import { DenseWeight, initialize, Linear, Module, parameter, TokenEmbedding } from "../../nn/index.ts";
import { attentionWeights, concatenate, type LstmResults, lstm, matmul, scaledDotProductAttention, type Tensor, tanh } from "../../tensor/index.ts";
import { type Encoded, EncoderDecoder } from "./encoder-decoder.ts";

/** Sizes. */
export interface RecurrentConfig {
  readonly sourceVocabulary: number;
  readonly targetVocabulary: number;
  /** Width of the vectors of ids. Default: `units`. */
  readonly embedding?: number;
  /** Width of the states. */
  readonly units: number;
}

/** One LSTM layer by its weights: kernel [in, 4 · units], recurrentKernel [units, 4 · units], bias; gates input, forget, cell, output. The forget gate's bias begins at 1. */
class LstmWeights extends Module {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias: Tensor;

  constructor(inputs: number, units: number) {
    super();
    this.kernel = parameter([inputs, 4 * units], initialize("glorot_uniform", [inputs, 4 * units]));
    this.recurrentKernel = parameter([units, 4 * units], initialize("orthogonal", [units, 4 * units]));
    this.bias = parameter(
      [4 * units],
      Float32Array.from({ length: 4 * units }, (_, i) => (Math.floor(i / units) === 1 ? 1 : 0)),
    );
  }

  run(x: Tensor, options: Parameters<typeof lstm>[2]): LstmResults {
    return lstm(matmul(x, this.kernel, { bias: this.bias }), this.recurrentKernel, options);
  }
}

/**
 * Reads a sentence with an LSTM, writes one with another that begins in its last state; each written state attends to all read ones by their products:
 * y = output(tanh(combine([Σ a·e, h]))), a = softmax(h · e).
 *
 * Sources: Sutskever et al. 2014, arXiv:1409.3215; Luong et al. 2015, arXiv:1508.04025, section 3.1 ("dot").
 *
 * @example
 * const model = new RecurrentEncoderDecoder({ sourceVocabulary: 9, targetVocabulary: 11, units: 8 });
 * model.forward(tensor(Int32Array.of(4, 5, 0), [1, 3]), tensor(Int32Array.of(2, 6), [1, 2])).shape; // [1, 2, 11]
 */
export class RecurrentEncoderDecoder extends EncoderDecoder {
  readonly sourceEmbedding: TokenEmbedding;
  readonly targetEmbedding: TokenEmbedding;
  readonly encoder: LstmWeights;
  readonly decoder: LstmWeights;
  readonly combine: Linear;
  readonly output: Linear;

  constructor({ sourceVocabulary, targetVocabulary, units, embedding = units }: RecurrentConfig) {
    super();
    const matrix = (outputs: number, inputs: number) =>
      new DenseWeight(parameter([outputs, inputs], initialize("glorot_uniform", [outputs, inputs])));
    const table = (size: number) =>
      new TokenEmbedding(new DenseWeight(parameter([size, embedding], initialize("random_uniform", [size, embedding]))));
    this.sourceEmbedding = table(sourceVocabulary);
    this.targetEmbedding = table(targetVocabulary);
    this.encoder = new LstmWeights(embedding, units);
    this.decoder = new LstmWeights(embedding, units);
    this.combine = new Linear(matrix(units, 2 * units));
    this.output = new Linear(matrix(targetVocabulary, units), parameter([targetVocabulary], undefined));
  }

  read(embedded: Tensor, mask: Tensor): Encoded {
    const { outputs, hidden, cell } = this.encoder.run(embedded, { mask });
    return { memory: outputs, mask, hidden, cell };
  }

  decode(target: Tensor, encoded: Encoded): Tensor {
    const states = this.#states(target, encoded);
    const read = alone(scaledDotProductAttention(headed(states), headed(encoded.memory), headed(encoded.memory), seen(encoded)));
    return this.output.forward(tanh(this.combine.forward(concatenate([read, states], 2))));
  }

  attentionWeights(target: Tensor, encoded: Encoded): Tensor[] {
    return [attentionWeights(headed(this.#states(target, encoded)), headed(encoded.memory), seen(encoded))];
  }

  #states(target: Tensor, { hidden, cell }: Encoded): Tensor {
    return this.decoder.run(this.targetEmbedding.forward(target), { hidden, cell }).outputs;
  }
}

// One head over the whole width, scores as they are.
const seen = ({ mask }: Encoded) => ({ scale: 1, keySegments: mask, firstSegment: 1 }) as const;
const headed = (x: Tensor) => x.reshape([x.shape[0], x.shape[1], 1, x.shape[2]]);
const alone = (x: Tensor) => x.reshape([x.shape[0], x.shape[1], x.shape[3]]);
