// Norms as Keras names them: over the last dimension.
import { layerNorm, rmsNorm, type Shape, type Tensor } from "../../tensor/index.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";

// Only the last dimension: by -1, or by its number.
function isLast(axis: number, shape: Shape): boolean {
  return axis === -1 || axis === shape.length;
}

/** Options of `LayerNormalization`, as in Keras. */
export interface LayerNormalizationOptions extends LayerOptions {
  /** Only the last: -1 (default), or its number, the batch counted. */
  readonly axis?: number;
  /** Default 1e-3. */
  readonly epsilon?: number;
  /** Whether beta is learnt and added. Default true. */
  readonly center?: boolean;
  /** Whether gamma is learnt and multiplied by. Default true. */
  readonly scale?: boolean;
  /** Default "zeros". */
  readonly betaInitializer?: Initializer;
  /** Default "ones". */
  readonly gammaInitializer?: Initializer;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) · gamma + beta over the last dimension. [B, ..., C] -> the same; gamma, beta [C]. Errors: `E_SHAPE` that names the layer.
 *
 * Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450. Keras's `LayerNormalization`.
 *
 * @example
 * new LayerNormalization({ epsilon: 0 }).call(tensor([[1, 3]])).dataSync(); // [-1, 1]
 */
export class LayerNormalization extends Layer {
  static override readonly className: string = "LayerNormalization";
  static override readonly optionNames: readonly string[] = ["axis", "epsilon", "center", "scale", "betaInitializer", "gammaInitializer"];
  gamma: Tensor | undefined;
  beta: Tensor | undefined;
  readonly epsilon: number;
  readonly #options: LayerNormalizationOptions;

  constructor(options: LayerNormalizationOptions = {}) {
    super(options);
    this.#options = options;
    this.epsilon = options.epsilon ?? 1e-3;
  }

  protected override build(shape: Shape): void {
    const { axis = -1, center = true, scale = true, gammaInitializer = "ones", betaInitializer = "zeros" } = this.#options;
    this.expect(shape.length > 0 && isLast(axis, shape), { en: "axis -1 of examples with a last dimension", zh: "轴 -1，且样本至少有一个维度" }, [
      axis,
    ]);
    const size = [shape[shape.length - 1]];
    if (scale) this.gamma = parameter(size, initialize(gammaInitializer, size));
    if (center) this.beta = parameter(size, initialize(betaInitializer, size));
  }

  forward(x: Tensor): Tensor {
    this.ensureBuilt(x.shape.slice(1));
    this.outputShape(x.shape.slice(1));
    return layerNorm(x, this.gamma, this.beta, this.epsilon);
  }

  outputShape(shape: Shape): Shape {
    const width = (this.gamma ?? this.beta)?.size;
    if (width !== undefined)
      this.expect(shape[shape.length - 1] === width, { en: `a last dimension of ${width}`, zh: `大小为 ${width} 的最后一维` }, shape);
    return shape;
  }
}

/** Options of `RMSNormalization`, as in Keras. */
export interface RMSNormalizationOptions extends LayerOptions {
  /** Only the last: -1 (default), or its number, the batch counted. */
  readonly axis?: number;
  /** Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * y = x / sqrt(mean(x²) + epsilon) · scale over the last dimension. [B, ..., C] -> the same; scale [C], from 1 on. Errors: `E_SHAPE` that names the layer.
 *
 * Source: Zhang & Sennrich 2019, arXiv:1910.07467. Keras's `RMSNormalization`.
 *
 * @example
 * new RMSNormalization({ epsilon: 0 }).call(tensor([[3, 4]])).dataSync(); // [0.8485, 1.1314]
 */
export class RMSNormalization extends Layer {
  static override readonly className: string = "RMSNormalization";
  static override readonly optionNames: readonly string[] = ["axis", "epsilon"];
  scale!: Tensor;
  readonly epsilon: number;
  readonly #axis: number;

  constructor(options: RMSNormalizationOptions = {}) {
    super(options);
    this.#axis = options.axis ?? -1;
    this.epsilon = options.epsilon ?? 1e-6;
  }

  protected override build(shape: Shape): void {
    this.expect(
      shape.length > 0 && isLast(this.#axis, shape),
      { en: "axis -1 of examples with a last dimension", zh: "轴 -1，且样本至少有一个维度" },
      [this.#axis],
    );
    const size = [shape[shape.length - 1]];
    this.scale = parameter(size, initialize("ones", size));
  }

  forward(x: Tensor): Tensor {
    this.ensureBuilt(x.shape.slice(1));
    this.outputShape(x.shape.slice(1));
    return rmsNorm(x, this.scale, this.epsilon);
  }

  outputShape(shape: Shape): Shape {
    if (this.built)
      this.expect(
        shape[shape.length - 1] === this.scale.size,
        { en: `a last dimension of ${this.scale.size}`, zh: `大小为 ${this.scale.size} 的最后一维` },
        shape,
      );
    return shape;
  }
}
