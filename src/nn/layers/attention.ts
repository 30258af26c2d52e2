// Attention and AdditiveAttention: a sequence looks at another, as decoders of recurrent networks look at their encoder.
import { belowOne, InkstoneError } from "../../core/index.ts";
import { add, dropout, matmul, multiply, type Shape, scale, shift, softmax, sum, type Tensor, tanh, tensor, toFloat } from "../../tensor/index.ts";
import { initialize } from "../initializers/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";

/** What attention is called with beside the query. */
export interface AttentionCall extends LayerCall {
  /** What is looked at [B, Tv, C]. Default: the query. */
  readonly value?: Tensor;
  /** What scores are computed from [B, Tv, C]. Default: the value. */
  readonly key?: Tensor;
  /** Which steps of the value count: i32 [B, Tv]. Default: those of `mask` where there is no other value, else all. */
  readonly valueMask?: Tensor;
  /** Whether no step looks behind itself. Default false. */
  readonly useCausalMask?: boolean;
}

/** Options of attention layers, as in Keras. */
export interface AttentionOptions extends LayerOptions {
  /** Whether scores have a trainable scale. Default false, of `AdditiveAttention` true. */
  readonly useScale?: boolean;
  /** Share of the weights that is dropped in training. Default 0. */
  readonly dropout?: number;
}

/** Outputs, and the weights [B, Tq, Tv] that they were made with. */
export interface Attended {
  readonly outputs: Tensor;
  readonly weights: Tensor;
}

// As far below as Keras sets a score that does not count.
const FAR = 1e9;

abstract class ScoredAttention extends Layer {
  scale: Tensor | undefined;
  readonly dropout: number;

  constructor(options: AttentionOptions) {
    super(options);
    this.dropout = options.dropout ?? 0;
    if (!(this.dropout >= 0 && this.dropout < 1))
      throw new InkstoneError("E_OPTION", { option: "dropout", value: this.dropout, allowed: belowOne.allowed });
  }

  protected abstract scores(query: Tensor, key: Tensor): Tensor;

  override call(query: Tensor, call: AttentionCall = {}): Tensor {
    return super.call(query, call);
  }

  forward(query: Tensor, call: AttentionCall = {}): Tensor {
    return this.attend(query, call).outputs;
  }

  /** As `call`, and the weights: Keras's `return_attention_scores=True`. */
  attend(query: Tensor, call: AttentionCall = {}): Attended {
    this.ensureBuilt(query.shape.slice(1));
    const { value = query, key = value, mask, useCausalMask = false, valueMask = call.value ? undefined : mask } = call;
    this.#check(query, value, key);
    let scores = this.scores(query, key);
    if (valueMask) scores = add(scores, penalties(toFloat(valueMask)).reshape([valueMask.shape[0], 1, valueMask.shape[1]]));
    if (useCausalMask) scores = add(scores, causal(scores));
    const weights = softmax(scores);
    const outputs = matmul(this.training && this.dropout > 0 ? dropout(weights, this.dropout) : weights, value);
    return { outputs: mask ? multiply(outputs, toFloat(mask).reshape([...mask.shape, 1])) : outputs, weights };
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    return shape;
  }

  #check(query: Tensor, value: Tensor, key: Tensor): void {
    const [rows, , width] = query.shape;
    for (const part of [query, key])
      this.expect(
        part.shape.length === 3 && part.shape[0] === rows && part.shape[2] === width,
        { en: `[${rows}, steps, ${width}]`, zh: `[${rows}, 步数, ${width}]` },
        part.shape,
      );
    this.expect(
      value.shape.length === 3 && value.shape[0] === rows && value.shape[1] === key.shape[1],
      { en: `a value [${rows}, ${key.shape[1]}, width]`, zh: `形如 [${rows}, ${key.shape[1]}, 宽度] 的 value` },
      value.shape,
    );
  }
}

/** 0 where a step counts, far below it where not. */
const penalties = (counts: Tensor) => scale(shift(counts, -1), FAR);

function causal(scores: Tensor): Tensor {
  const [, queries, keys] = scores.shape;
  const values = Float32Array.from({ length: queries * keys }, (_, i) => (i % keys > Math.floor(i / keys) ? -FAR : 0));
  return tensor(values, [1, queries, keys], { device: scores.device });
}

/**
 * Dot-product attention: softmax(scale · query · keyᵀ) · value. query [B, Tq, C], value [B, Tv, D], key [B, Tv, C] -> [B, Tq, D].
 *
 * With `query` = the outputs of a recurrent decoder and `value` = those of its encoder this is Luong's attention ("dot"). Steps that the value's mask skips get no
 * weight; outputs of steps that the query's mask skips are zeros. Weight: scale [], begins at 1, with `useScale`. Errors: `E_SHAPE` that names the layer. Keras's `Attention`.
 * Source: Luong, Pham & Manning 2015, arXiv:1508.04025.
 *
 * @example
 * const [query, value] = [tensor([[[1, 0]]]), tensor([[[9, 0], [0, 9]]])];
 * new Attention().attend(query, { value }).weights.dataSync(); // [0.9999, 0.0001]
 */
export class Attention extends ScoredAttention {
  static override readonly className: string = "Attention";
  static override readonly optionNames: readonly string[] = ["useScale", "dropout"];
  readonly #useScale: boolean;

  constructor(options: AttentionOptions = {}) {
    super(options);
    this.#useScale = options.useScale ?? false;
  }

  protected override build(): void {
    if (this.#useScale) this.scale = parameter([], initialize("ones", []));
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    const scores = matmul(query, key, { transposeB: true });
    return this.scale ? multiply(scores, this.scale) : scores;
  }
}

/**
 * Additive attention: softmax(sum(scale · tanh(query + key))) · value. Shapes and masks as `Attention`. Weight: scale [C], Glorot uniform, with `useScale`.
 *
 * Bahdanau's attention puts a `Dense` without bias before the query and one before the key. Errors: `E_SHAPE` that names the layer. Keras's `AdditiveAttention`.
 * Source: Bahdanau, Cho & Bengio 2015, arXiv:1409.0473.
 *
 * @example
 * const value = tensor([[[1, 0], [0, 1], [1, 1]]]);
 * new AdditiveAttention().call(tensor([[[1, 0]]]), { value }).shape; // [1, 1, 2]
 */
export class AdditiveAttention extends ScoredAttention {
  static override readonly className: string = "AdditiveAttention";
  static override readonly optionNames: readonly string[] = ["useScale", "dropout"];
  readonly #useScale: boolean;

  constructor(options: AttentionOptions = {}) {
    super(options);
    this.#useScale = options.useScale ?? true;
  }

  protected override build(shape: Shape): void {
    const width = [shape[shape.length - 1]];
    if (this.#useScale) this.scale = parameter(width, initialize("glorot_uniform", width));
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    const [rows, queries, width] = query.shape;
    const keys = key.shape[1];
    const squashed = tanh(add(query.reshape([rows, queries, 1, width]), key.reshape([rows, 1, keys, width])));
    return sum(this.scale ? multiply(squashed, this.scale) : squashed, { axis: -1 });
  }
}
