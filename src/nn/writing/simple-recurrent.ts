// The simpler simple recurrent unit: one state carried from step to step. Knows no architecture.
import { InkstoneError } from "../../core/index.ts";
import { add, keepRows, multiply, relu, selectRows, sigmoid, subtract, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "../parts/linear.ts";
import type { StepPass } from "./step-pass.ts";

/**
 * c' = f · c + (1 - f) · W x, f = σ(W_f x + b_f); y = max(0, c'). [B, C] -> [B, C].
 *
 * Source: Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast Neural Machine Translation", section 2.1 (SSRU).
 *
 * @example
 * const one = () => new Linear(new DenseWeight(tensor([[1]])));
 * new SimpleRecurrent({ input: one(), forget: one(), layer: 0 }).parameterCount; // 2
 */
export class SimpleRecurrent extends Module {
  readonly input: Linear;
  readonly forget: Linear;
  readonly #layer: number;

  constructor(parts: { input: Linear; forget: Linear; layer: number }) {
    super();
    this.input = parts.input;
    this.forget = parts.forget;
    this.#layer = parts.layer;
  }

  forward(x: Tensor, { rows, parents, states }: StepPass): Tensor {
    const carried = states[this.#layer]?.carried;
    if (carried === undefined)
      throw new InkstoneError("E_SHAPE", {
        operation: "SimpleRecurrent",
        expected: { en: "a state for each layer", zh: "每层一个状态" },
        got: [states.length],
      });
    const before = selectRows(carried, parents, { rows });
    const fresh = this.input.forward(x, rows);
    const kept = multiply(sigmoid(this.forget.forward(x, rows)), subtract(before, fresh, { rows }), { rows });
    const state = add(fresh, kept, { rows });
    keepRows(carried, state, { rows });
    return relu(state);
  }
}
