// Gated feed-forward layer.
import type { Scalar } from "../../native/index.ts";
import { gelu, multiply, siluMultiply, type Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Linear } from "./linear.ts";

/**
 * y = down(silu(gate(x)) · up(x)). [..., C] -> [..., C].
 *
 * Source: Shazeer 2020, arXiv:2002.05202, equation 6 (SwiGLU, GEGLU).
 *
 * @example
 * const linear = (outputs: number, inputs: number) =>
 *   new Linear(new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs, inputs, readRows: (_first, _rows, into) => into.fill(0) }), "exact"));
 * const mlp = new GatedMlp({ gate: linear(64, 32), up: linear(64, 32), down: linear(32, 64) });
 * mlp.forward(zeros([3, 32])).shape; // [3, 32]
 */
export class GatedMlp extends Module {
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
  readonly #activation: "silu" | "gelu";

  /** activation: SiLU (default), or GELU in its tanh form (GEGLU). */
  constructor(parts: { gate: Linear; up: Linear; down: Linear; activation?: "silu" | "gelu" }) {
    super();
    this.gate = parts.gate;
    this.up = parts.up;
    this.down = parts.down;
    this.#activation = parts.activation ?? "silu";
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    const [gate, up] = [this.gate.forward(x, rows), this.up.forward(x, rows)];
    const gated = this.#activation === "silu" ? siluMultiply(gate, up, { rows }) : multiply(gelu(gate, { approximate: "tanh" }), up, { rows });
    return this.down.forward(gated, rows);
  }
}
