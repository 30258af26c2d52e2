// MultiHeadAttention: a sequence looks at itself or at another, with several heads at once.
import { belowOne, checkCounts, InkstoneError } from "../../core/index.ts";
import { type AttentionWeightsOptions, attentionWeights, matmul, type Shape, scaledDotProductAttention, type Tensor } from "../../tensor/index.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";

/** Options of `MultiHeadAttention`, as in Keras. */
export interface MultiHeadAttentionOptions extends LayerOptions {
  readonly numHeads: number;
  /** Width of each head's queries and keys. */
  readonly keyDim: number;
  /** Width of each head's values. Default: `keyDim`. */
  readonly valueDim?: number;
  /** Share of the weights that is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: Initializer;
  /** Default "zeros". */
  readonly biasInitializer?: Initializer;
}

/** What it is called with beside query and value. */
export interface MultiHeadAttentionCall extends LayerCall {
  /** What scores are computed from [B, Tv, C]. Default: the value. */
  readonly key?: Tensor;
  /** Which steps of the query count: i32 [B, Tq], 1 or 0: the others see nothing. Default: all. */
  readonly queryMask?: Tensor;
  /** Which steps of the value count: i32 [B, Tv]. Default: all. */
  readonly valueMask?: Tensor;
  /** Whether step i sees steps 0 … i alone. Default false. */
  readonly useCausalMask?: boolean;
}

interface ProjectionOptions extends LayerOptions {
  readonly units: Shape;
  /** How many of the last dimensions of its input go into a product. */
  readonly over: number;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
}

// From the last dimensions of x to others: kernel [...from, ...units], bias [...units]. Keras's EinsumDense.
class Projection extends Layer {
  kernel!: Tensor;
  bias: Tensor | undefined;
  readonly #options: ProjectionOptions;

  constructor(options: ProjectionOptions) {
    super(options);
    this.#options = options;
  }

  protected override build(shape: Shape): void {
    const { units, over, useBias, kernelInitializer, biasInitializer } = this.#options;
    const size = [...shape.slice(-over), ...units];
    this.kernel = parameter(size, initialize(kernelInitializer, size));
    if (useBias) this.bias = parameter(units, initialize(biasInitializer, units));
  }

  forward(x: Tensor): Tensor {
    const { units, over } = this.#options;
    const [leading, width] = [x.shape.slice(0, -over), x.shape.slice(-over)];
    const expected = this.kernel.shape.slice(0, over);
    this.expect(
      expected.every((size, i) => size === width[i]),
      { en: `inputs [..., ${expected.join(", ")}]`, zh: `形如 [..., ${expected.join(", ")}] 的输入` },
      x.shape,
    );
    const flat = (shape: Shape) => shape.reduce((product, size) => product * size, 1);
    const [inner, outer] = [flat(width), flat(units)];
    const rows = x.reshape([flat(leading), inner]);
    return matmul(rows, this.kernel.reshape([inner, outer]), { bias: this.bias?.reshape([outer]) }).reshape([...leading, ...units]);
  }

  outputShape(shape: Shape): Shape {
    return [...shape.slice(0, -this.#options.over), ...this.#options.units];
  }
}

/**
 * Attention with several heads: softmax(q · Kᵀ / √keyDim) · V for each, joined by one more product. query [B, Tq, C], value [B, Tv, Cv] -> [B, Tq, C].
 *
 * As a layer of a `Sequential` it attends to its own input; `attend` looks at another sequence. Weights, by Keras's names and shapes: query, key, value .kernel
 * [C, heads, width] and .bias [heads, width]; attentionOutput.kernel [heads, valueDim, C] and .bias [C]. Scores of a sequence are never in memory.
 * A step that sees nothing gives the bias of `attentionOutput`; Keras gives it the mean of all values.
 * Errors: `E_SHAPE` that names the layer; `E_OPTION`. Keras's `MultiHeadAttention`. Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2.
 *
 * @example
 * const attention = new MultiHeadAttention({ numHeads: 1, keyDim: 1, kernelInitializer: "ones" });
 * attention.call(tensor([[[0], [0]]])).dataSync(); // [0, 0]
 * attention.attend(tensor([[[0]]]), tensor([[[2], [4]]])).dataSync(); // [3]
 */
export class MultiHeadAttention extends Layer {
  static override readonly className: string = "MultiHeadAttention";
  static override readonly optionNames: readonly string[] = [
    "numHeads",
    "keyDim",
    "valueDim",
    "dropout",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
  ];
  readonly query: Layer;
  readonly key: Layer;
  readonly value: Layer;
  attentionOutput!: Layer;
  readonly dropout: number;
  readonly #options: MultiHeadAttentionOptions;

  constructor(options: MultiHeadAttentionOptions) {
    super(options);
    const { numHeads, keyDim, valueDim = keyDim, dropout = 0 } = options;
    checkCounts({ numHeads, keyDim, valueDim });
    if (!(dropout >= 0 && dropout < 1)) throw new InkstoneError("E_OPTION", { option: "dropout", value: dropout, allowed: belowOne.allowed });
    this.#options = options;
    this.dropout = dropout;
    this.query = this.#projection("query", [numHeads, keyDim], 1);
    this.key = this.#projection("key", [numHeads, keyDim], 1);
    this.value = this.#projection("value", [numHeads, valueDim], 1);
  }

  /** Makes the weights for other widths of value and key than the query's. Keras's `build(query_shape, value_shape, key_shape)`. Errors: `E_SHAPE`. */
  buildFor(query: Shape, value: Shape, key: Shape = value): void {
    for (const shape of [query, value, key])
      this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    this.query.ensureBuilt(query);
    this.key.ensureBuilt(key);
    this.value.ensureBuilt(value);
    this.ensureBuilt(query);
  }

  protected override build(shape: Shape): void {
    this.outputShape(shape);
    for (const part of [this.query, this.key, this.value]) part.ensureBuilt(shape);
    const { numHeads, keyDim, valueDim = keyDim } = this.#options;
    this.attentionOutput = this.#projection("attention_output", [shape[1]], 2);
    this.attentionOutput.ensureBuilt([shape[0], numHeads, valueDim]);
  }

  override call(x: Tensor, call: MultiHeadAttentionCall = {}): Tensor {
    return super.call(x, call);
  }

  /** The input attends to itself; `mask` says which of its steps count. */
  forward(x: Tensor, { mask, ...call }: MultiHeadAttentionCall = {}): Tensor {
    return this.attend(x, x, { ...(mask && { queryMask: mask, valueMask: mask }), ...call });
  }

  /** Each step of query looks at the steps of value: as `call` of Keras's layer. */
  attend(query: Tensor, value: Tensor, call: MultiHeadAttentionCall = {}): Tensor {
    const [q, k] = this.#scored(query, value, call);
    const dropout = this.training ? this.dropout : 0;
    return this.attentionOutput.call(scaledDotProductAttention(q, k, this.value.call(value), { ...seen(call), dropout }));
  }

  /** The weights of the same, without dropout: [B, heads, Tq, Tv]. Keras's `return_attention_scores`. They have no gradient. */
  attentionScores(query: Tensor, value: Tensor = query, call: MultiHeadAttentionCall = {}): Tensor {
    const [q, k] = this.#scored(query, value, call);
    return attentionWeights(q, k, seen(call));
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    return shape;
  }

  #scored(query: Tensor, value: Tensor, { key = value }: MultiHeadAttentionCall): [q: Tensor, k: Tensor] {
    this.buildFor(query.shape.slice(1), value.shape.slice(1), key.shape.slice(1));
    const fits = value.shape[0] === query.shape[0] && key.shape[0] === query.shape[0] && key.shape[1] === value.shape[1];
    this.expect(
      fits,
      { en: `a value and a key of ${query.shape[0]} sequences of equal length`, zh: `各含 ${query.shape[0]} 个等长序列的 value 与 key` },
      fits ? [] : value.shape,
    );
    return [this.query.call(query), this.key.call(key)];
  }

  #projection(name: string, units: Shape, over: number): Layer {
    const { useBias = true, kernelInitializer = "glorot_uniform", biasInitializer = "zeros", trainable } = this.#options;
    return new Projection({ name: `${this.name}/${name}`, units, over, useBias, kernelInitializer, biasInitializer, trainable });
  }
}

// Masks of ones and zeros are segments from 1 on.
function seen({ queryMask, valueMask, useCausalMask = false }: MultiHeadAttentionCall): AttentionWeightsOptions {
  return { causal: useCausalMask, querySegments: queryMask, keySegments: valueMask, firstSegment: 1 };
}
