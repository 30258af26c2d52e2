// Dense: every output from every input.
import { checkCounts, refuseOption } from "../../core/index.ts";
import type { Shape, Tensor } from "../../tensor/index.ts";
import { matmul } from "../../tensor/index.ts";
import { type Activation, activationOf } from "../activations.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions, type Logits } from "../layer.ts";
import { parameter } from "../parameter.ts";
import type { Regularizer } from "../regularizers.ts";

/** Options of `Dense`, as in Keras. */
export interface DenseOptions extends LayerOptions {
  /** Width of the output. */
  readonly units: number;
  /** Default "linear". */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: Initializer;
  /** Default "zeros". */
  readonly biasInitializer?: Initializer;
  /** Penalty on the size of the kernel, added to the loss. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** Penalty on the size of the bias, added to the loss. Default: none. */
  readonly biasRegularizer?: Regularizer;
  /** Width of the input, where the data does not tell. */
  readonly inputDim?: number;
}

/**
 * y = activation(x · kernel + bias), over the last dimension. [B, ..., C] -> [B, ..., units]; kernel [C, units], bias [units].
 *
 * Errors: `E_SHAPE` that names the layer, where the input has another width than the kernel. Keras's `Dense`.
 *
 * @example
 * new Dense({ units: 2, kernelInitializer: "ones" }).call(tensor([[1, 2, 3]])).dataSync(); // [6, 6]
 */
export class Dense extends Layer {
  static override readonly className: string = "Dense";
  static override readonly optionNames: readonly string[] = [
    "units",
    "activation",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
    "kernelRegularizer",
    "biasRegularizer",
    "inputDim",
  ];
  readonly units: number;
  readonly activation: Activation;
  kernel!: Tensor;
  bias: Tensor | undefined;
  readonly #options: DenseOptions;
  readonly #activate: (x: Tensor) => Tensor;

  constructor(options: DenseOptions) {
    super(options.inputDim === undefined ? options : { inputShape: [options.inputDim], ...options });
    this.units = options.units;
    this.activation = options.activation ?? "linear";
    this.#options = options;
    this.#activate = activationOf(options.activation);
    checkCounts({ units: options.units });
    if (options.units === 1 && options.activation === "softmax") {
      const allowed = { en: '"sigmoid" for one unit: softmax of one number is always 1', zh: "单个单元请用 “sigmoid”：单个数的 softmax 恒为 1" };
      refuseOption("activation", options.activation, allowed);
    }
  }

  protected override build(shape: Shape): void {
    this.expect(shape.length > 0, { en: "a last dimension", zh: "至少一个维度" }, shape);
    const { kernelInitializer = "glorot_uniform", biasInitializer = "zeros", useBias = true } = this.#options;
    const size = [shape[shape.length - 1], this.units];
    this.kernel = parameter(size, initialize(kernelInitializer, size));
    if (useBias) this.bias = parameter([this.units], initialize(biasInitializer, [this.units]));
  }

  protected override regularized(): ReturnType<Layer["regularized"]> {
    const { kernelRegularizer, biasRegularizer } = this.#options;
    return [
      [this.kernel, kernelRegularizer],
      [this.bias, biasRegularizer],
    ];
  }

  forward(x: Tensor): Tensor {
    return this.#activate(this.preActivation(x));
  }

  /** What the activation is given: the logits, where it is a softmax or a sigmoid. */
  preActivation(x: Tensor): Tensor {
    this.ensureBuilt(x.shape.slice(1));
    this.outputShape(x.shape.slice(1));
    return matmul(x, this.kernel, { bias: this.bias });
  }

  override logits(x: Tensor): Logits | undefined {
    const { activation } = this;
    return activation === "softmax" || activation === "sigmoid" ? { values: this.preActivation(x), activation } : undefined;
  }

  outputShape(shape: Shape): Shape {
    const width = this.built ? this.kernel.shape[0] : shape[shape.length - 1];
    this.expect(shape.length > 0 && shape[shape.length - 1] === width, { en: `inputs of width ${width}`, zh: `宽度为 ${width} 的输入` }, shape);
    return [...shape.slice(0, -1), this.units];
  }
}
