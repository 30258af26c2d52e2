// BatchNormalization: each channel by its mean and variance over the batch; in use by those that were met in training.
import { aboveZero, belowOne, checkOption } from "../../core/index.ts";
import { add, averageUpdate, divide, mean, multiply, noGrad, type Shape, shift, sqrt, square, subtract, type Tensor } from "../../tensor/index.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";

/** Options of `BatchNormalization`, as in Keras. */
export interface BatchNormalizationOptions extends LayerOptions {
  /** How much of the moving mean and variance a step of training keeps. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number;
  /** Whether beta is added. Default true. */
  readonly center?: boolean;
  /** Whether it is multiplied with gamma. Default true. */
  readonly scale?: boolean;
  /** Default "zeros". */
  readonly betaInitializer?: Initializer;
  /** Default "ones". */
  readonly gammaInitializer?: Initializer;
}

/**
 * gamma · (x - mean) / √(variance + epsilon) + beta, for each channel, the last dimension. While it trains mean and variance are those of the batch (all dimensions but the last), and
 * move the moving ones; in use, and where it is frozen, the moving ones are taken. [B, ..., C] -> the same. Keras's `BatchNormalization`.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
 *
 * @example
 * const layer = new BatchNormalization({ epsilon: 1e-9 });
 * layer.train();
 * layer.call(tensor([[1], [3]])).dataSync(); // [-1, 1]
 * layer.movingMean.dataSync(); // [0.02]
 */
export class BatchNormalization extends Layer {
  static override readonly className: string = "BatchNormalization";
  static override readonly optionNames: readonly string[] = ["momentum", "epsilon", "center", "scale", "betaInitializer", "gammaInitializer"];
  gamma: Tensor | undefined;
  beta: Tensor | undefined;
  movingMean!: Tensor;
  movingVariance!: Tensor;
  readonly #options: BatchNormalizationOptions;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    this.#options = options;
    checkOption("momentum", options.momentum ?? 0.99, belowOne);
    checkOption("epsilon", options.epsilon ?? 1e-3, aboveZero);
  }

  /** Weights that training moves in its own way, never by gradients. */
  override get buffers(): readonly Tensor[] {
    return this.built ? [this.movingMean, this.movingVariance] : [];
  }

  protected override build(shape: Shape): void {
    const size = [shape[shape.length - 1]];
    const { scale = true, center = true, gammaInitializer = "ones", betaInitializer = "zeros" } = this.#options;
    if (scale) this.gamma = parameter(size, initialize(gammaInitializer, size));
    if (center) this.beta = parameter(size, initialize(betaInitializer, size));
    this.movingMean = parameter(size, undefined).requireGrad(false);
    this.movingVariance = parameter(size, initialize("ones", size)).requireGrad(false);
  }

  forward(x: Tensor): Tensor {
    const width = x.shape[x.shape.length - 1];
    this.expect(width === this.movingMean.size, { en: `a width of ${this.movingMean.size}`, zh: `宽度 ${this.movingMean.size}` }, x.shape.slice(1));
    const { momentum = 0.99, epsilon = 1e-3 } = this.#options;
    const rows = x.reshape([x.size / width, width]);
    const [middle, variance] = this.training && this.trainable ? this.#ofBatch(rows, momentum) : [this.movingMean, this.movingVariance];
    const normal = divide(subtract(rows, middle), sqrt(shift(variance, epsilon)));
    const scaled = this.gamma ? multiply(normal, this.gamma) : normal;
    return (this.beta ? add(scaled, this.beta) : scaled).reshape(x.shape);
  }

  #ofBatch(rows: Tensor, momentum: number): readonly [mean: Tensor, variance: Tensor] {
    const middle = mean(rows, { axis: 0 });
    const variance = mean(square(subtract(rows, middle)), { axis: 0 });
    noGrad(() => {
      averageUpdate(this.movingMean, middle, momentum);
      averageUpdate(this.movingVariance, variance, momentum);
    });
    return [middle, variance];
  }

  outputShape(shape: Shape): Shape {
    return shape;
  }
}
