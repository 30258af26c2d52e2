// What norms and MLPs are to the blocks that hold them. Knows no block.
import type { Scalar } from "../../native/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { Module } from "../module.ts";

/** A layer from rows to rows of the same width: a norm, an MLP. */
export interface RowLayer extends Module {
  forward(x: Tensor, rows?: Scalar): Tensor;
}
