// Linear layer.
import { aFlag, checkOption, readOptions, whole } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { initialize } from "../initializers/index.ts";
import { Module } from "../module.ts";
import { parameter } from "../parameter.ts";
import { DenseWeight, type MatrixWeight } from "../weights/matrix-weight.ts";

/** Options of a `Linear` of sizes. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
}

const counted = whole(1);

/**
 * y = x · Wᵀ + bias. x [..., inputs] -> [..., outputs]. PyTorch's `nn.Linear`.
 *
 * `new Linear(inputs, outputs)`: weights to be trained, both drawn as PyTorch does from U(-a, a), a = 1 / √inputs. `new Linear(weight, bias)`: weights that are there.
 * Errors: `E_OPTION` where a size is no whole number from 1.
 *
 * @example
 * const layer = new Linear(2, 3);
 * layer.forward(tensor([[1, 2]])).shape; // [1, 3]
 * layer.trainableParameters().map(({ shape }) => shape); // [[3, 2], [3]]
 * new Linear(new DenseWeight(tensor([[1, 2]]))).forward(tensor([[3, 4]])).dataSync(); // [11]
 */
export class Linear extends Module {
  readonly weight: MatrixWeight;
  readonly bias: Tensor | undefined;

  constructor(inputs: number, outputs: number, options?: LinearOptions);
  constructor(weight: MatrixWeight, bias?: Tensor);
  constructor(first: number | MatrixWeight, second?: number | Tensor, options?: LinearOptions) {
    super();
    if (typeof first === "object") {
      this.weight = first;
      this.bias = second as Tensor | undefined;
      return;
    }
    checkOption("inputs", first, counted);
    checkOption("outputs", second, counted);
    const { bias = true } = readOptions<LinearOptions>("Linear", options, { bias: aFlag });
    const [outputs, limit] = [second as number, 1 / Math.sqrt(first)];
    const drawn = (shape: readonly number[]) => parameter(shape, initialize({ name: "random_uniform", minimum: -limit, maximum: limit }, shape));
    this.weight = new DenseWeight(drawn([outputs, first]));
    this.bias = bias ? drawn([outputs]) : undefined;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return this.weight.apply(x, rows, this.bias);
  }
}
