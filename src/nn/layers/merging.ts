// Layers of several inputs: their sum, difference, product, mean, largest, or all of them side by side. None has weights.
import { add, concatenate, maximum, minimum, multiply, type Shape, scale, subtract, type Tensor } from "../../tensor/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";

/**
 * Base of layers of several inputs: `merge` takes them all; in a model of `input`s, `apply` does, too.
 *
 * @example
 * const layers: Merge[] = [new Add(), new Concatenate()];
 * layers.map((layer) => layer.mergedShape([[2], [2]]).join()); // ["2", "4"]
 */
export abstract class Merge extends Layer {
  /** What it makes of tensors [B, ...]. */
  abstract merge(inputs: readonly Tensor[], call?: LayerCall): Tensor;

  /** Shape of one example of its output, of those of its inputs. */
  mergedShape(shapes: readonly Shape[]): Shape {
    for (const shape of shapes)
      this.expect(
        shape.join() === shapes[0].join(),
        { en: `inputs of one shape, [${shapes[0].join(", ")}]`, zh: `形状均为 [${shapes[0].join(", ")}] 的输入` },
        shape,
      );
    return shapes[0];
  }

  protected override appliedShape(shapes: readonly Shape[]): Shape {
    return this.mergedShape(shapes);
  }

  forward(x: Tensor): Tensor {
    return this.merge([x]);
  }

  outputShape(shape: Shape): Shape {
    return this.mergedShape([shape]);
  }
}

const folded = (inputs: readonly Tensor[], both: (a: Tensor, b: Tensor) => Tensor): Tensor =>
  inputs.slice(1).reduce((all, one) => both(all, one), inputs[0]);

/**
 * The sum of its inputs. Keras's `Add`.
 *
 * @example
 * new Add().merge([tensor([[1, 2]]), tensor([[3, 4]])]).dataSync(); // [4, 6]
 */
export class Add extends Merge {
  static override readonly className: string = "Add";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return folded(inputs, add);
  }
}

/**
 * The first input less the others. Keras's `Subtract`.
 *
 * @example
 * new Subtract().merge([tensor([[3]]), tensor([[1]])]).dataSync(); // [2]
 */
export class Subtract extends Merge {
  static override readonly className: string = "Subtract";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return folded(inputs, subtract);
  }
}

/**
 * The product of its inputs. Keras's `Multiply`.
 *
 * @example
 * new Multiply().merge([tensor([[2]]), tensor([[3]])]).dataSync(); // [6]
 */
export class Multiply extends Merge {
  static override readonly className: string = "Multiply";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return folded(inputs, multiply);
  }
}

/**
 * The mean of its inputs. Keras's `Average`.
 *
 * @example
 * new Average().merge([tensor([[2]]), tensor([[4]])]).dataSync(); // [3]
 */
export class Average extends Merge {
  static override readonly className: string = "Average";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return scale(folded(inputs, add), 1 / inputs.length);
  }
}

/**
 * The largest of its inputs, value by value. Keras's `Maximum`.
 *
 * @example
 * new Maximum().merge([tensor([[2, 5]]), tensor([[4, 1]])]).dataSync(); // [4, 5]
 */
export class Maximum extends Merge {
  static override readonly className: string = "Maximum";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return folded(inputs, maximum);
  }
}

/**
 * The least of its inputs, value by value. Keras's `Minimum`.
 *
 * @example
 * new Minimum().merge([tensor([[2, 5]]), tensor([[4, 1]])]).dataSync(); // [2, 1]
 */
export class Minimum extends Merge {
  static override readonly className: string = "Minimum";
  static override readonly optionNames: readonly string[] = [];
  merge(inputs: readonly Tensor[]): Tensor {
    return folded(inputs, minimum);
  }
}

/** Options of `Concatenate`, as in Keras. */
export interface ConcatenateOptions extends LayerOptions {
  /** Along which dimension, counted with the batch or from the end. Default -1. */
  readonly axis?: number;
}

/**
 * Its inputs side by side. Keras's `Concatenate`. Errors: `E_SHAPE` that names the layer.
 *
 * @example
 * new Concatenate().merge([tensor([[1, 2]]), tensor([[3]])]).dataSync(); // [1, 2, 3]
 */
export class Concatenate extends Merge {
  static override readonly className: string = "Concatenate";
  static override readonly optionNames: readonly string[] = ["axis"];
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
  }

  merge(inputs: readonly Tensor[]): Tensor {
    return concatenate(inputs, this.axis);
  }

  override mergedShape(shapes: readonly Shape[]): Shape {
    const at = this.axis < 0 ? shapes[0].length + this.axis : this.axis - 1;
    this.expect(
      at >= 0 && at < shapes[0].length,
      { en: `an axis within examples of ${shapes[0].length} dimensions`, zh: `${shapes[0].length} 维样本之内的轴` },
      [this.axis],
    );
    for (const shape of shapes) {
      const fits = shape.length === shapes[0].length && shape.every((size, i) => i === at || size === shapes[0][i]);
      this.expect(
        fits,
        { en: `inputs that differ along the axis alone from [${shapes[0].join(", ")}]`, zh: `除该轴外与 [${shapes[0].join(", ")}] 相同的输入` },
        shape,
      );
    }
    return shapes[0].map((size, i) => (i === at ? shapes.reduce((sum, shape) => sum + shape[at], 0) : size));
  }
}
