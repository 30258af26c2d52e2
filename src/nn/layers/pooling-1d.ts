// Pooling along time: windows, or all of it.
import {
  averagePool1d,
  divide,
  max,
  maxPool1d,
  mean,
  multiply,
  type PoolOptions,
  type Shape,
  sum,
  type Tensor,
  toFloat,
  windowsOf,
} from "../../tensor/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";

/** Options of `MaxPooling1D` and `AveragePooling1D`, as in Keras. */
export interface Pooling1DOptions extends LayerOptions, PoolOptions {}

// What both have: windows over the steps of [steps, channels]. A mask ends here, as in Keras.
abstract class Pooling1D extends Layer {
  protected readonly pooling: PoolOptions;

  constructor(options: Pooling1DOptions = {}) {
    super(options);
    this.pooling = options;
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "examples [steps, channels]", zh: "形如 [步数, 通道数] 的样本" }, shape);
    const { poolSize = 2, strides = poolSize, padding } = this.pooling;
    const { outputs } = windowsOf(`Layer "${this.name}"`, shape[0], { taps: poolSize, stride: strides, padding });
    this.expect(outputs > 0, { en: `at least ${poolSize} steps (or padding: "same")`, zh: `至少 ${poolSize} 步（或 padding: "same"）` }, shape);
    return [outputs, shape[1]];
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/**
 * The largest value of each window along time. [B, T, C] -> [B, T', C]. Keras's `MaxPooling1D`. Errors: `E_SHAPE` that names the layer; `E_OPTION`.
 *
 * @example
 * new MaxPooling1D().call(tensor([[[1], [3], [2], [0]]])).dataSync(); // [3, 2]
 */
export class MaxPooling1D extends Pooling1D {
  static override readonly className: string = "MaxPooling1D";
  static override readonly optionNames: readonly string[] = ["poolSize", "strides", "padding"];
  forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    return maxPool1d(x, this.pooling);
  }
}

/**
 * The mean of each window along time; padding counts for nothing. [B, T, C] -> [B, T', C]. Keras's `AveragePooling1D`. Errors: `E_SHAPE` that names the layer; `E_OPTION`.
 *
 * @example
 * new AveragePooling1D().call(tensor([[[1], [3], [2], [0]]])).dataSync(); // [2, 1]
 */
export class AveragePooling1D extends Pooling1D {
  static override readonly className: string = "AveragePooling1D";
  static override readonly optionNames: readonly string[] = ["poolSize", "strides", "padding"];
  forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    return averagePool1d(x, this.pooling);
  }
}

/** Options of `GlobalMaxPooling1D` and `GlobalAveragePooling1D`, as in Keras. */
export interface GlobalPooling1DOptions extends LayerOptions {
  /** The steps stay as a dimension of 1. Default false. */
  readonly keepdims?: boolean;
}

abstract class GlobalPooling1D extends Layer {
  protected readonly keepDimensions: boolean;

  constructor(options: GlobalPooling1DOptions = {}) {
    super(options);
    this.keepDimensions = options.keepdims ?? false;
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "examples [steps, channels]", zh: "形如 [步数, 通道数] 的样本" }, shape);
    return this.keepDimensions ? [1, shape[1]] : [shape[1]];
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/**
 * The largest value of all steps. [B, T, C] -> [B, C]. Keras's `GlobalMaxPooling1D`: it does not look at a mask. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * new GlobalMaxPooling1D().call(tensor([[[1], [3], [2]]])).dataSync(); // [3]
 */
export class GlobalMaxPooling1D extends GlobalPooling1D {
  static override readonly className: string = "GlobalMaxPooling1D";
  static override readonly optionNames: readonly string[] = ["keepdims"];
  forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    return max(x, { axis: 1, keepDimensions: this.keepDimensions });
  }
}

/**
 * The mean of all steps, or of those that a mask counts: NaN where it counts none. [B, T, C] -> [B, C]. Keras's `GlobalAveragePooling1D`. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * const x = tensor([[[1], [3], [50]]]);
 * new GlobalAveragePooling1D().call(x, { mask: tensor(Int32Array.of(1, 1, 0), [1, 3]) }).dataSync(); // [2]
 */
export class GlobalAveragePooling1D extends GlobalPooling1D {
  static override readonly className: string = "GlobalAveragePooling1D";
  static override readonly optionNames: readonly string[] = ["keepdims"];
  forward(x: Tensor, { mask }: LayerCall = {}): Tensor {
    this.outputShape(x.shape.slice(1));
    const options = { axis: 1, keepDimensions: this.keepDimensions };
    if (mask === undefined) return mean(x, options);
    const counted = toFloat(mask).reshape([x.shape[0], x.shape[1], 1]);
    return divide(sum(multiply(x, counted), options), sum(counted, options));
  }
}
