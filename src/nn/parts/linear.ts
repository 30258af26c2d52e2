// Linear layer.
import type { Scalar } from "../../native/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { MatrixWeight } from "../weights/matrix-weight.ts";

/**
 * y = x · Wᵀ + bias. x [..., inputs] -> [..., outputs]. PyTorch's `nn.Linear`.
 *
 * @example
 * const weight = new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) }), "exact");
 * new Linear(weight).forward(tensor(new Float32Array(32).fill(0.5), [1, 32])).dataSync(); // [16, 16]
 */
export class Linear extends Module {
  readonly weight: MatrixWeight;
  readonly bias: Tensor | undefined;

  constructor(weight: MatrixWeight, bias?: Tensor) {
    super();
    this.weight = weight;
    this.bias = bias;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return this.weight.apply(x, rows, this.bias);
  }
}
