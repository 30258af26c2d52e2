// Conv1D: convolution along time.
import { checkCounts } from "../../core/index.ts";
import { conv1d, type Padding, type Shape, type Tensor, windowsOf } from "../../tensor/index.ts";
import { type Activation, activationOf } from "../activations.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";
import type { Regularizer } from "../regularizers.ts";

/** Options of `Conv1D`, as in Keras. */
export interface Conv1DOptions extends LayerOptions {
  /** Width of the output. */
  readonly filters: number;
  /** Steps of a window. */
  readonly kernelSize: number;
  /** Steps from one window to the next. Default 1. */
  readonly strides?: number;
  /** Default "valid". */
  readonly padding?: Padding;
  /** Steps from one tap of a window to the next. Default 1. */
  readonly dilationRate?: number;
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
}

/**
 * y = activation(conv1d(x, kernel) + bias). [B, T, C] -> [B, T', filters]; kernel [kernelSize, C, filters], bias [filters]. Keras's `Conv1D` with channels last;
 * a mask ends here, as there.
 *
 * Errors: `E_SHAPE` that names the layer, where examples are not [steps, channels] or have another width than the kernel; `E_OPTION`.
 *
 * @example
 * new Conv1D({ filters: 1, kernelSize: 2, kernelInitializer: "ones" }).call(tensor([[[1], [2], [3]]])).dataSync(); // [3, 5]
 */
export class Conv1D extends Layer {
  static override readonly className: string = "Conv1D";
  static override readonly optionNames: readonly string[] = [
    "filters",
    "kernelSize",
    "strides",
    "padding",
    "dilationRate",
    "activation",
    "useBias",
    "kernelInitializer",
    "biasInitializer",
    "kernelRegularizer",
    "biasRegularizer",
  ];
  kernel!: Tensor;
  bias: Tensor | undefined;
  readonly #options: Conv1DOptions;
  readonly #activate: (x: Tensor) => Tensor;

  constructor(options: Conv1DOptions) {
    super(options);
    this.#options = options;
    this.#activate = activationOf(options.activation);
    checkCounts({ filters: options.filters, kernelSize: options.kernelSize });
  }

  protected override build(shape: Shape): void {
    this.expect(shape.length === 2, { en: "examples [steps, channels]", zh: "形如 [步数, 通道数] 的样本" }, shape);
    const { filters, kernelSize, kernelInitializer = "glorot_uniform", biasInitializer = "zeros", useBias = true } = this.#options;
    const size = [kernelSize, shape[1], filters];
    this.kernel = parameter(size, initialize(kernelInitializer, size));
    if (useBias) this.bias = parameter([filters], initialize(biasInitializer, [filters]));
  }

  protected override regularized(): ReturnType<Layer["regularized"]> {
    const { kernelRegularizer, biasRegularizer } = this.#options;
    return [
      [this.kernel, kernelRegularizer],
      [this.bias, biasRegularizer],
    ];
  }

  forward(x: Tensor): Tensor {
    this.ensureBuilt(x.shape.slice(1));
    this.outputShape(x.shape.slice(1));
    const { strides: stride, dilationRate: dilation, padding } = this.#options;
    return this.#activate(conv1d(x, this.kernel, { stride, dilation, padding, bias: this.bias }));
  }

  outputShape(shape: Shape): Shape {
    const { filters, kernelSize: taps, strides: stride, dilationRate: dilation, padding } = this.#options;
    const width = this.built ? this.kernel.shape[1] : shape[1];
    this.expect(shape.length === 2 && shape[1] === width, { en: `examples [steps, ${width}]`, zh: `形如 [步数, ${width}] 的样本` }, shape);
    const { outputs } = windowsOf(`Layer "${this.name}"`, shape[0], { taps, stride, dilation, padding });
    this.expect(
      outputs > 0,
      {
        en: `at least ${(taps - 1) * (dilation ?? 1) + 1} steps (or padding: "same")`,
        zh: `至少 ${(taps - 1) * (dilation ?? 1) + 1} 步（或 padding: "same"）`,
      },
      shape,
    );
    return [outputs, filters];
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}
