// Plain feed-forward layer.
import type { Scalar } from "../../native/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "./linear.ts";

/**
 * y = down(activation(up(x))). [..., C] -> [..., C].
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.3.
 *
 * @example
 * const linear = (values: number[][]) => new Linear(new DenseWeight(tensor(values)));
 * new Mlp({ up: linear([[1], [-1]]), down: linear([[1, 1]]), activation: relu }).forward(tensor([[3], [-2]])).dataSync(); // [3, 2]
 */
export class Mlp extends Module {
  readonly up: Linear;
  readonly down: Linear;
  readonly #activation: (x: Tensor) => Tensor;

  constructor(parts: { up: Linear; down: Linear; activation: (x: Tensor) => Tensor }) {
    super();
    this.up = parts.up;
    this.down = parts.down;
    this.#activation = parts.activation;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return this.down.forward(this.#activation(this.up.forward(x, rows)), rows);
  }
}
