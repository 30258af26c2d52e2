// Linear layer without bias.
import type { Scalar } from "../native/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";
import type { PackedWeight } from "./packed-weight.ts";

/** y = x · Wᵀ. x [T, inputs] -> [T, outputs]. PyTorch's `nn.Linear(bias=False)`. */
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
