// Layers on the steps and dimensions of an example: which count, how often they come, in which order; and a function as a layer. None has weights.
import { checkCounts, InkstoneError } from "../../core/index.ts";
import { abs, argMax, expand, full, max, multiply, noGrad, type Shape, shift, stack, type Tensor, toFloat, transpose } from "../../tensor/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";

/** Options of `Masking`, as in Keras. */
export interface MaskingOptions extends LayerOptions {
  /** A step whose values are all this does not count. Default 0. */
  readonly maskValue?: number;
}

/**
 * Hides the steps that hold nothing but `maskValue`: they are zeros, and do not count for the layers behind. [B, T, C] -> the same. Keras's `Masking`.
 *
 * @example
 * const x = new Masking({ maskValue: 7 }).call(tensor([[[1, 2], [7, 7]]]));
 * x.dataSync(); // [1, 2, 0, 0]
 * maskOn(x)?.dataSync(); // [1, 0]
 */
export class Masking extends Layer {
  static override readonly className: string = "Masking";
  static override readonly optionNames: readonly string[] = ["maskValue"];
  readonly maskValue: number;

  constructor(options: MaskingOptions = {}) {
    super(options);
    this.maskValue = options.maskValue ?? 0;
  }

  forward(x: Tensor): Tensor {
    const mask = this.outputMask(x);
    return multiply(x, toFloat(mask).reshape([...mask.shape, 1]));
  }

  override outputMask(x: Tensor): Tensor {
    return noGrad(() => {
      const apart = max(abs(shift(x, -this.maskValue)), { axis: -1 });
      return argMax(stack([full(apart, apart.shape, 0), apart], -1), { axis: -1 });
    });
  }

  outputShape(shape: Shape): Shape {
    return shape;
  }
}

/** Options of `RepeatVector`, as in Keras. */
export interface RepeatVectorOptions extends LayerOptions {
  /** How often. */
  readonly n: number;
}

/**
 * A vector as a sequence of so many of it. [B, C] -> [B, n, C]. Keras's `RepeatVector`. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * new RepeatVector({ n: 2 }).call(tensor([[1, 2]])).dataSync(); // [1, 2, 1, 2]
 */
export class RepeatVector extends Layer {
  static override readonly className: string = "RepeatVector";
  static override readonly optionNames: readonly string[] = ["n"];
  readonly n: number;

  constructor(options: RepeatVectorOptions) {
    super(options);
    this.n = options.n;
    checkCounts({ n: options.n });
  }

  forward(x: Tensor): Tensor {
    const [rows, width] = x.shape;
    this.outputShape(x.shape.slice(1));
    return expand(x.reshape([rows, 1, width]), [rows, this.n, width]);
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 1, { en: "vectors [channels]", zh: "形如 [通道数] 的向量" }, shape);
    return [this.n, ...shape];
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/** Options of `Permute`, as in Keras. */
export interface PermuteOptions extends LayerOptions {
  /** The dimensions of an example in their new order, counted from 1. */
  readonly dims: readonly number[];
}

/**
 * The dimensions of an example in another order. Keras's `Permute`. Errors: `E_SHAPE` that names the layer; `E_OPTION`.
 *
 * @example
 * new Permute({ dims: [2, 1] }).call(tensor([[[1, 2, 3], [4, 5, 6]]])).dataSync(); // [1, 4, 2, 5, 3, 6]
 */
export class Permute extends Layer {
  static override readonly className: string = "Permute";
  static override readonly optionNames: readonly string[] = ["dims"];
  readonly dims: readonly number[];

  constructor(options: PermuteOptions) {
    super(options);
    this.dims = options.dims ?? [];
    const sorted = [...this.dims].sort((a, b) => a - b);
    if (sorted.length === 0 || sorted.some((dimension, i) => dimension !== i + 1)) {
      const allowed = { en: "each of 1, 2, 3 … once", zh: "1、2、3…各一次" };
      throw new InkstoneError("E_OPTION", { option: "dims", value: options.dims, allowed });
    }
  }

  forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    return transpose(x, [0, ...this.dims]);
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === this.dims.length, { en: `examples of ${this.dims.length} dimensions`, zh: `${this.dims.length} 维的样本` }, shape);
    return this.dims.map((dimension) => shape[dimension - 1]);
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/** Options of `Lambda`, as in Keras. */
export interface LambdaOptions extends LayerOptions {
  /** What it computes. */
  readonly function: (x: Tensor, call: LayerCall) => Tensor;
  /** Shape of an example of its output. Default: that of the input. */
  readonly outputShape?: Shape | ((shape: Shape) => Shape);
}

/**
 * A function as a layer. A model with one cannot be saved: make a class with a `className` for that. Keras's `Lambda`.
 *
 * @example
 * new Lambda({ function: (x) => scale(x, 2) }).call(tensor([[1, 2]])).dataSync(); // [2, 4]
 */
export class Lambda extends Layer {
  static override readonly className: string = "Lambda";
  static override readonly optionNames: readonly string[] = ["function", "outputShape"];
  readonly #options: LambdaOptions;

  constructor(options: LambdaOptions) {
    super(options);
    this.#options = options;
  }

  forward(x: Tensor, call: LayerCall = {}): Tensor {
    return this.#options.function(x, call);
  }

  outputShape(shape: Shape): Shape {
    const { outputShape = shape } = this.#options;
    return typeof outputShape === "function" ? outputShape(shape) : outputShape;
  }
}
