// Gated feed-forward layer.
import type { Scalar } from "../native/index.ts";
import { siluMultiply, type Tensor } from "../tensor/index.ts";
import type { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/**
 * y = down(silu(gate(x)) · up(x)). [T, C] -> [T, C].
 *
 * Source: Shazeer 2020, arXiv:2002.05202, equation 6 (SwiGLU).
 */
export class GatedMlp extends Module {
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;

  constructor(parts: { gate: Linear; up: Linear; down: Linear }) {
    super();
    this.gate = parts.gate;
    this.up = parts.up;
    this.down = parts.down;
  }

  forward(x: Tensor, rows?: Scalar): Tensor {
    return this.down.forward(siluMultiply(this.gate.forward(x, rows), this.up.forward(x, rows), { rows }), rows);
  }
}
