// Layer normalisation.
import type { Scalar } from "../../native/index.ts";
import { layerNorm, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";

/**
 * y = (x - mean) / sqrt(variance + epsilon) · weight + bias, over the last dimension. [..., C] -> [..., C]. PyTorch's `nn.LayerNorm`.
 *
 * Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450, equation 4.
 *
 * @example
 * new LayerNorm(tensor([1, 1]), undefined, 0).forward(tensor([[1, 3]])).dataSync(); // [-1, 1]
 */
export class LayerNorm extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly epsilon: number;

  constructor(weight: Tensor, bias: Tensor | undefined, epsilon: number) {
    super();
    this.weight = weight;
    this.bias = bias;
    this.epsilon = epsilon;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return layerNorm(x, this.weight, this.bias, this.epsilon, { rows });
  }
}
