// Blocks of a Transformer: attention and a small network, each with a residual path and a norm.
import { checkCounts } from "../../core/index.ts";
import { add, type Shape, type Tensor } from "../../tensor/index.ts";
import type { Activation } from "../activations.ts";
import type { Initializer } from "../initializers/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";
import { Dense } from "./dense.ts";
import { Dropout } from "./dropout.ts";
import { MultiHeadAttention, type MultiHeadAttentionCall } from "./multi-head-attention.ts";
import { LayerNormalization } from "./normalization.ts";

/** Options of `TransformerEncoder` and `TransformerDecoder`, as in KerasHub. */
export interface TransformerOptions extends LayerOptions {
  readonly numHeads: number;
  /** Width of the inner layer of the network. */
  readonly intermediateDim: number;
  /** Of attention weights and of what each part gives, in training. Default 0. */
  readonly dropout?: number;
  /** Of the inner layer. Default "relu". */
  readonly activation?: Activation;
  /** Default 1e-5. */
  readonly layerNormEpsilon?: number;
  /** Norms before each part (as GPT-2 has them) instead of behind its residual path. Default false. */
  readonly normalizeFirst?: boolean;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: Initializer;
  /** Default "zeros". */
  readonly biasInitializer?: Initializer;
}

/** What a decoder is called with beside its input. */
export interface TransformerDecoderCall extends LayerCall {
  /** What an encoder gave [B, Ts, Cs]. Always or never: its weights are made in the first call. */
  readonly encoderSequence?: Tensor;
  /** Which of its steps count: i32 [B, Ts]. Default: all. */
  readonly encoderMask?: Tensor;
}

// What both have: attention to itself, the network, and how parts are joined.
abstract class TransformerBlock extends Layer {
  static override readonly optionNames: readonly string[] = [
    "numHeads",
    "intermediateDim",
    "dropout",
    "activation",
    "layerNormEpsilon",
    "normalizeFirst",
    "kernelInitializer",
    "biasInitializer",
  ];
  selfAttentionLayer!: MultiHeadAttention;
  selfAttentionLayerNorm!: LayerNormalization;
  feedforwardIntermediateDense!: Dense;
  feedforwardOutputDense!: Dense;
  feedforwardLayerNorm!: LayerNormalization;
  protected readonly drop: Dropout;
  protected readonly settings: TransformerOptions;

  constructor(options: TransformerOptions) {
    super(options);
    this.settings = options;
    this.drop = new Dropout({ rate: options.dropout ?? 0 });
    checkCounts({ numHeads: options.numHeads, intermediateDim: options.intermediateDim });
  }

  protected override build(shape: Shape): void {
    const { intermediateDim, activation = "relu", kernelInitializer, biasInitializer } = this.settings;
    this.outputShape(shape);
    const [steps, width] = shape;
    const dense = { kernelInitializer, biasInitializer };
    this.selfAttentionLayer = this.attention("self_attention_layer", width);
    this.selfAttentionLayerNorm = this.norm("self_attention_layer_norm");
    this.feedforwardIntermediateDense = new Dense({
      name: `${this.name}/feedforward_intermediate_dense`,
      units: intermediateDim,
      activation,
      ...dense,
    });
    this.feedforwardOutputDense = new Dense({ name: `${this.name}/feedforward_output_dense`, units: width, ...dense });
    this.feedforwardLayerNorm = this.norm("feedforward_layer_norm");
    for (const part of [this.selfAttentionLayer, this.selfAttentionLayerNorm, this.feedforwardIntermediateDense, this.feedforwardLayerNorm])
      part.ensureBuilt(shape);
    this.feedforwardOutputDense.ensureBuilt([steps, intermediateDim]);
    this.train(this.training);
  }

  protected attention(name: string, width: number): MultiHeadAttention {
    const { numHeads, dropout, kernelInitializer, biasInitializer } = this.settings;
    return new MultiHeadAttention({ name: `${this.name}/${name}`, numHeads, keyDim: width / numHeads, dropout, kernelInitializer, biasInitializer });
  }

  protected norm(name: string): LayerNormalization {
    return new LayerNormalization({ name: `${this.name}/${name}`, epsilon: this.settings.layerNormEpsilon ?? 1e-5 });
  }

  /** x + part(x), the norm within or behind. */
  protected residual(x: Tensor, norm: LayerNormalization, part: (x: Tensor) => Tensor): Tensor {
    if (this.settings.normalizeFirst) return add(x, this.drop.call(part(norm.call(x))));
    return norm.call(add(x, this.drop.call(part(x))));
  }

  protected selfAttention(x: Tensor, call: MultiHeadAttentionCall): Tensor {
    return this.residual(x, this.selfAttentionLayerNorm, (input) => this.selfAttentionLayer.call(input, call));
  }

  protected feedForward(x: Tensor): Tensor {
    return this.residual(x, this.feedforwardLayerNorm, (input) => this.feedforwardOutputDense.call(this.feedforwardIntermediateDense.call(input)));
  }

  outputShape(shape: Shape): Shape {
    const { numHeads } = this.settings;
    this.expect(
      shape.length === 2 && shape[1] % numHeads === 0,
      { en: `sequences [steps, a width that ${numHeads} heads divide]`, zh: `形如 [步数, 宽度] 且宽度可被 ${numHeads} 个头整除的序列` },
      shape,
    );
    return shape;
  }
}

/**
 * Each step looks at all steps that count, then goes through a network of two layers; both with a residual path and a norm. [B, T, C] -> the same. KerasHub's
 * `TransformerEncoder`, with its defaults and names of weights. Errors: `E_SHAPE` that names the layer; `E_OPTION`.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
 *
 * @example
 * new TransformerEncoder({ numHeads: 2, intermediateDim: 8 }).call(tensor(new Float32Array(12), [1, 3, 4])).shape; // [1, 3, 4]
 */
export class TransformerEncoder extends TransformerBlock {
  static override readonly className: string = "TransformerEncoder";
  forward(x: Tensor, { mask }: LayerCall = {}): Tensor {
    return this.feedForward(this.selfAttention(x, { mask }));
  }
}

/**
 * Each step looks at itself and those before it, then, with an `encoderSequence`, at the steps of that, then goes through a network of two layers. [B, T, C] -> the same.
 * Without an encoder it is a block of a language model. KerasHub's `TransformerDecoder`. Errors: `E_SHAPE` that names the layer; `E_OPTION`.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.1.
 *
 * @example
 * const decoder = new TransformerDecoder({ numHeads: 2, intermediateDim: 8 });
 * decoder.call(tensor(new Float32Array(12), [1, 3, 4]), { encoderSequence: tensor(new Float32Array(24), [1, 6, 4]) }).shape; // [1, 3, 4]
 */
export class TransformerDecoder extends TransformerBlock {
  static override readonly className: string = "TransformerDecoder";
  crossAttentionLayer: MultiHeadAttention | undefined;
  crossAttentionLayerNorm: LayerNormalization | undefined;

  override call(x: Tensor, call: TransformerDecoderCall = {}): Tensor {
    const { encoderSequence } = call;
    if (encoderSequence && !this.built) {
      const width = x.shape[x.shape.length - 1];
      this.ensureBuilt(x.shape.slice(1));
      this.crossAttentionLayer = this.attention("cross_attention_layer", width);
      this.crossAttentionLayerNorm = this.norm("cross_attention_layer_norm");
      this.crossAttentionLayer.buildFor(x.shape.slice(1), encoderSequence.shape.slice(1));
      this.crossAttentionLayerNorm.ensureBuilt(x.shape.slice(1));
      this.train(this.training);
      if (!this.trainable) this.trainable = false;
    }
    return super.call(x, call);
  }

  forward(x: Tensor, { mask, encoderSequence, encoderMask }: TransformerDecoderCall = {}): Tensor {
    const own = this.selfAttention(x, { mask, useCausalMask: true });
    const { crossAttentionLayer: cross, crossAttentionLayerNorm: norm } = this;
    this.expect(
      (cross === undefined) === (encoderSequence === undefined),
      cross
        ? { en: "an encoderSequence, as in its first call", zh: "encoderSequence（与首次调用一致）" }
        : { en: "no encoderSequence, as in its first call", zh: "没有 encoderSequence（与首次调用一致）" },
      x.shape,
    );
    if (encoderSequence === undefined || cross === undefined || norm === undefined) return this.feedForward(own);
    return this.feedForward(this.residual(own, norm, (input) => cross.attend(input, encoderSequence, { queryMask: mask, valueMask: encoderMask })));
  }
}
