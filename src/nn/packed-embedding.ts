// Rows of a packed table by id: the embedding of loaded models. The layer that learns is `Embedding`.
import type { Scalar } from "../native/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { Module } from "./module.ts";
import type { PackedWeight } from "./packed-weight.ts";

/**
 * y[t] = W[ids[t]]. ids [T] -> [T, width]. PyTorch's `nn.Embedding`. Errors: `E_KERNEL` for an id outside the table.
 *
 * @example
 * const weight = new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) }), "exact");
 * new PackedEmbedding(weight).forward(tensor(Int32Array.of(1, 0, 1))).shape; // [3, 32]
 */
export class PackedEmbedding extends Module {
  readonly weight: PackedWeight;

  constructor(weight: PackedWeight) {
    super();
    this.weight = weight;
  }

  forward(ids: Tensor, rows?: Scalar): Tensor {
    return this.weight.gather(ids, rows);
  }
}
