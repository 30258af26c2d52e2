// Linear layer without bias.
import type { Scalar } from "../native/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";
import type { PackedWeight } from "./packed-weight.ts";

/**
 * y = x · Wᵀ. x [T, inputs] -> [T, outputs]. PyTorch's `nn.Linear(bias=False)`.
 *
 * @example
 * const weight = new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) }), "exact");
 * new Linear(weight).forward(tensor(new Float32Array(32).fill(0.5), [1, 32])).dataSync(); // [16, 16]
 */
export class Linear extends Module {
  readonly weight: PackedWeight;

  constructor(weight: PackedWeight) {
    super();
    this.weight = weight;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return this.weight.apply(x, rows);
  }
}
