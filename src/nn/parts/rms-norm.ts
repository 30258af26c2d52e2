// Root mean square normalisation.
import type { Scalar } from "../../native/index.ts";
import { rmsNorm, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";

/**
 * y = x / sqrt(mean(x²) + epsilon) · weight, over the last dimension. [..., C] -> [..., C].
 *
 * Source: Zhang & Sennrich 2019, arXiv:1910.07467, equation 4.
 *
 * @example
 * new RMSNorm(tensor([1, 1]), 0).forward(tensor([[3, 4]])).dataSync(); // [0.8485, 1.1314]
 */
export class RMSNorm extends Module {
  readonly weight: Tensor;
  readonly epsilon: number;

  constructor(weight: Tensor, epsilon: number) {
    super();
    this.weight = weight;
    this.epsilon = epsilon;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return rmsNorm(x, this.weight, this.epsilon, { rows });
  }
}
