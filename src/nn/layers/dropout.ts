// Dropout while training: of single values, or of whole channels.
import { belowOne, checkOption } from "../../core/index.ts";
import { dropout, full, multiply, type Shape, type Tensor } from "../../tensor/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";

/** Options of `Dropout` and `SpatialDropout1D`, as in Keras. */
export interface DropoutOptions extends LayerOptions {
  /** Share that is dropped: from 0 to below 1. */
  readonly rate: number;
}

/**
 * While training (`train()`), each value is 0 with probability `rate`, else x / (1 - rate); otherwise x itself. Any shape -> the same. Keras's `Dropout`.
 *
 * Which values: by `withRandom`, the same for any number of threads. Errors: `E_OPTION` for another rate.
 *
 * @example
 * const layer = new Dropout({ rate: 0.5 });
 * layer.call(tensor([[1, 2]])).dataSync(); // [1, 2]
 */
export class Dropout extends Layer {
  static override readonly className: string = "Dropout";
  static override readonly optionNames: readonly string[] = ["rate"];
  readonly rate: number;

  constructor(options: DropoutOptions) {
    super(options);
    checkOption("rate", options?.rate, belowOne);
    this.rate = options.rate;
  }

  forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.rate) : x;
  }

  outputShape(shape: Shape): Shape {
    return shape;
  }
}

/**
 * While training, each channel of an example is 0 at all steps with probability `rate`, else x / (1 - rate). [B, T, C] -> the same. Keras's `SpatialDropout1D`.
 *
 * Errors: `E_SHAPE` that names the layer; `E_OPTION` for another rate.
 *
 * @example
 * new SpatialDropout1D({ rate: 0.5 }).call(tensor([[[1, 2]]])).dataSync(); // [1, 2]
 */
export class SpatialDropout1D extends Dropout {
  static override readonly className: string = "SpatialDropout1D";
  static override readonly optionNames: readonly string[] = ["rate"];
  override forward(x: Tensor): Tensor {
    this.outputShape(x.shape.slice(1));
    const [batch, , channels] = x.shape;
    return this.training && this.rate !== 0 ? multiply(x, dropout(full(x, [batch, 1, channels], 1), this.rate)) : x;
  }

  override outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "examples [steps, channels]", zh: "形如 [步数, 通道数] 的样本" }, shape);
    return shape;
  }
}
