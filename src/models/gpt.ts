// GPT to be trained from nothing: pre-norm decoder, layer norm, learned positions, plain attention, GELU. Declared choices over shared layers.
import { aFlag, checkCounts, fromZero, InkstoneError, oneOf, type Rules, readOptions, whole } from "../core/index.ts";
import {
  Decoder,
  DecoderBlock,
  DenseWeight,
  GroupedQueryAttention,
  initialize,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  parameter,
  TokenEmbedding,
  type WholePass,
} from "../nn/index.ts";
import { gelu, noGrad, type Shape, type Tensor, tensor, tidy } from "../tensor/index.ts";
import { type GenerateIdsOptions, generateIds, lastOf } from "./generate-ids.ts";

/** Sizes of a GPT. */
export interface GptConfig {
  readonly vocabularySize: number;
  /** Most positions of a sequence. */
  readonly contextLength: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the hidden states: a multiple of `heads`. */
  readonly width: number;
  /** Default 4 · width. */
  readonly mlpWidth?: number;
  /** Biases in linear layers and norms. Default true. */
  readonly bias?: boolean;
  /** Whether the head is the embedding's weight. Default true. */
  readonly tiedHead?: boolean;
  /** Whether blocks are computed again for their gradients: less memory, a third more time. Default false. */
  readonly recompute?: boolean;
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** GELU in its tanh form, as GPT-2 has it (default), or exact. */
  readonly activation?: "gelu_tanh" | "gelu";
}

const size = whole(1);
const rules: Rules<GptConfig> = {
  vocabularySize: size,
  contextLength: size,
  layers: size,
  heads: size,
  width: size,
  mlpWidth: size,
  bias: aFlag,
  tiedHead: aFlag,
  recompute: aFlag,
  epsilon: fromZero,
  activation: oneOf(["gelu_tanh", "gelu"]),
};

/**
 * A GPT with fresh weights: normal with deviation 0.02, in the projections that end in a residual 0.02 / sqrt(2 · layers); biases 0, norms 1.
 * Random numbers come from `withRandom` or `manualSeed`.
 *
 * Errors: `E_OPTION`, `E_OPTION_UNKNOWN`; `E_SHAPE` where `width` is no multiple of `heads`, or ids are longer than the context.
 * Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3.
 *
 * @example
 * const gpt = new Gpt({ vocabularySize: 65, contextLength: 8, layers: 1, heads: 2, width: 16 });
 * const ids = tensor(new Int32Array(8), [2, 4]);
 * gpt.forward(ids).shape; // [2, 4, 65]
 * gpt.loss(ids, ids).backward();
 * gpt.attentionWeights(ids)[0].shape; // [2, 2, 4, 4]
 * (await gpt.generate(ids, 10, { temperature: 0.8, topK: 5, seed: 1 })).shape; // [2, 14]
 */
export class Gpt extends Module {
  readonly decoder: Decoder;
  readonly #config: GptConfig;

  constructor(config: GptConfig) {
    super();
    readOptions<GptConfig>("Gpt", config, rules);
    const { vocabularySize, contextLength, layers, heads, width } = config ?? {};
    checkCounts({ vocabularySize, contextLength, layers, heads, width });
    if (config.width % config.heads !== 0) {
      throw new InkstoneError("E_SHAPE", {
        operation: "Gpt",
        expected: { en: `a width that is a multiple of ${config.heads} heads`, zh: `可被 ${config.heads} 个头整除的宽度` },
        got: [config.width],
      });
    }
    this.#config = config;
    this.decoder = decoderOf(config);
  }

  get config(): GptConfig {
    return this.#config;
  }

  /** Logits. ids i32 [B, T] -> [B, T, V]; `segments` i32 [B, T]: positions see each other only within one. */
  forward(ids: Tensor, segments?: Tensor): Tensor {
    const [batch, length] = this.#sizes(ids);
    const hidden = this.decoder.hidden(ids.reshape([ids.size]), { segments, ...this.#pass(ids, batch, length) });
    return this.decoder.logits(hidden).reshape([batch, length, this.#config.vocabularySize]);
  }

  /** Mean cross-entropy of the targets, in nats. ids, targets: i32 [B, T]; targets of -100 do not count. */
  loss(ids: Tensor, targets: Tensor, segments?: Tensor): Tensor {
    const [batch, length] = this.#sizes(ids);
    return this.decoder.loss(ids.reshape([ids.size]), targets.reshape([targets.size]), { segments, ...this.#pass(ids, batch, length) });
  }

  /**
   * `count` ids behind each row, drawn one after the other: nanoGPT's `generate`. Each looks back over the context once more, so a text of any length can be written on.
   *
   * ids i32 [B, T] -> i32 [B, T + count]. Errors: `E_SHAPE` without an id, `E_OPTION`, `E_OPTION_UNKNOWN`; the signal's reason.
   */
  generate(ids: Tensor, count: number, options?: GenerateIdsOptions): Promise<Tensor> {
    return generateIds({ contextLength: this.#config.contextLength, next: (seen) => this.#next(seen) }, ids, count, options);
  }

  #next(ids: Tensor): Tensor {
    const [batch, length] = this.#sizes(ids);
    return this.decoder.logitsOf(this.decoder.hidden(ids.reshape([ids.size]), this.#pass(ids, batch, length)), lastOf(ids));
  }

  #pass(ids: Tensor, batch: number, length: number): WholePass {
    return { batch, length, places: placesOf(ids), recompute: this.#config.recompute };
  }

  /** How much each position attends to each, layer by layer: each [B, H, T, T]; a row sums to 1, 0 above the diagonal. ids i32 [B, T]. */
  attentionWeights(ids: Tensor): Tensor[] {
    const [batch, length] = this.#sizes(ids);
    return tidy(() => noGrad(() => this.decoder.attentionWeights(ids.reshape([ids.size]), { batch, length, places: placesOf(ids) })));
  }

  #sizes(ids: Tensor): readonly [number, number] {
    const [batch, length] = ids.shape;
    if (ids.shape.length === 2 && length <= this.#config.contextLength) return [batch, length];
    throw new InkstoneError("E_SHAPE", {
      operation: "Gpt",
      expected: { en: `ids [B, T] with T at most ${this.#config.contextLength}`, zh: `形如 [B, T] 且 T 不超过 ${this.#config.contextLength} 的编号` },
      got: ids.shape,
    });
  }
}

function placesOf(ids: Tensor): Tensor {
  const [, length] = ids.shape;
  return tensor(
    Int32Array.from({ length: ids.size }, (_, i) => i % length),
    undefined,
    { device: ids.device },
  );
}

function decoderOf(config: GptConfig): Decoder {
  const {
    vocabularySize,
    contextLength,
    layers,
    heads,
    width,
    mlpWidth = 4 * width,
    bias = true,
    tiedHead = true,
    epsilon = 1e-5,
    activation = "gelu_tanh",
  } = config;
  const matrix = (shape: Shape, deviation = 0.02) => parameter(shape, initialize({ name: "random_normal", deviation }, shape));
  const zeros = (size: number) => (bias ? parameter([size], undefined) : undefined);
  const linear = (outputs: number, inputs: number, deviation?: number) =>
    new Linear(new DenseWeight(matrix([outputs, inputs], deviation)), zeros(outputs));
  const norm = () => new LayerNorm(parameter([width], new Float32Array(width).fill(1)), zeros(width), epsilon);
  const residual = 0.02 / Math.sqrt(2 * layers);
  const block = (layer: number) =>
    new DecoderBlock({
      attentionNorm: norm(),
      attention: new GroupedQueryAttention({
        query: linear(width, width),
        key: linear(width, width),
        value: linear(width, width),
        output: linear(width, width, residual),
        heads,
        keyValueHeads: heads,
        width: width / heads,
        layer,
      }),
      mlpNorm: norm(),
      mlp: new Mlp({
        up: linear(mlpWidth, width),
        down: linear(width, mlpWidth, residual),
        activation: (x) => gelu(x, { approximate: activation === "gelu" ? "none" : "tanh" }),
      }),
    });
  const embedding = new TokenEmbedding(new DenseWeight(matrix([vocabularySize, width])));
  return new Decoder({
    embedding,
    positions: new TokenEmbedding(new DenseWeight(matrix([contextLength, width]))),
    layers: Array.from({ length: layers }, (_, i) => block(i)),
    norm: norm(),
    head: tiedHead ? embedding.weight : new DenseWeight(matrix([vocabularySize, width])),
  });
}
