// Layers that change the shape of an example, and one that is an activation alone. None has weights.
import type { Shape, Tensor } from "../../tensor/index.ts";
import { type Activation as ActivationFunction, activationOf } from "../activations.ts";
import { Layer, type LayerOptions, type Logits } from "../layer.ts";

const sizeOf = (shape: Shape) => shape.reduce((product, size) => product * size, 1);

/**
 * All values of an example side by side. [B, ...] -> [B, n]; no copy. Keras's `Flatten`.
 *
 * @example
 * new Flatten().call(tensor([[[1, 2], [3, 4]]])).shape; // [1, 4]
 */
export class Flatten extends Layer {
  static override readonly className: string = "Flatten";
  static override readonly optionNames: readonly string[] = [];
  forward(x: Tensor): Tensor {
    return x.reshape([x.shape[0], ...this.outputShape(x.shape.slice(1))]);
  }

  outputShape(shape: Shape): Shape {
    return [sizeOf(shape)];
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/** Options of `Reshape`, as in Keras. */
export interface ReshapeOptions extends LayerOptions {
  /** Shape of one example; one size may be -1: what is left. */
  readonly targetShape: Shape;
}

/**
 * Each example in another shape of the same size; no copy. Keras's `Reshape`. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * new Reshape({ targetShape: [2, -1] }).call(tensor([[1, 2, 3, 4]])).shape; // [1, 2, 2]
 */
export class Reshape extends Layer {
  static override readonly className: string = "Reshape";
  static override readonly optionNames: readonly string[] = ["targetShape"];
  readonly targetShape: Shape;

  constructor(options: ReshapeOptions) {
    super(options);
    this.targetShape = options.targetShape;
  }

  forward(x: Tensor): Tensor {
    return x.reshape([x.shape[0], ...this.outputShape(x.shape.slice(1))]);
  }

  outputShape(shape: Shape): Shape {
    const known = sizeOf(this.targetShape.filter((size) => size !== -1));
    const found = this.targetShape.map((size) => (size === -1 ? Math.floor(sizeOf(shape) / known) : size));
    this.expect(
      sizeOf(found) === sizeOf(shape),
      { en: `examples that fill [${this.targetShape.join(", ")}]`, zh: `恰好填满 [${this.targetShape.join(", ")}] 的样本` },
      shape,
    );
    return found;
  }

  override outputMask(_x?: Tensor, _mask?: Tensor): undefined {
    return undefined;
  }
}

/** Options of `Activation`, as in Keras. */
export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationFunction;
}

/**
 * An activation as a layer of its own. Any shape -> the same. Keras's `Activation`. Errors: `E_OPTION` for an unknown name.
 *
 * @example
 * new ActivationLayer({ activation: "relu" }).call(tensor([[-1, 2]])).dataSync(); // [0, 2]
 */
export class ActivationLayer extends Layer {
  static override readonly className: string = "ActivationLayer";
  static override readonly optionNames: readonly string[] = ["activation"];
  readonly activation: ActivationFunction;
  readonly #activate: (x: Tensor) => Tensor;

  constructor(options: ActivationOptions) {
    super({ name: "activation", ...options });
    this.activation = options.activation;
    this.#activate = activationOf(options.activation);
  }

  override logits(x: Tensor): Logits | undefined {
    const { activation } = this;
    return activation === "softmax" || activation === "sigmoid" ? { values: x, activation } : undefined;
  }

  forward(x: Tensor): Tensor {
    return this.#activate(x);
  }

  outputShape(shape: Shape): Shape {
    return shape;
  }
}
