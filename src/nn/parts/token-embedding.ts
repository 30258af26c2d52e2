// Rows of a weight by id: the embedding of decoders, whose table may be packed and may be the head as well. The layer in Keras's manner is `Embedding`.
import type { Scalar } from "../../native/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import { DenseWeight, type MatrixWeight } from "../weights/matrix-weight.ts";

/**
 * y[t] = W[ids[t]]. ids [...] -> [..., width]. PyTorch's `nn.Embedding`. Errors: `E_KERNEL` for an id outside the table.
 *
 * @example
 * const weight = new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) }), "exact");
 * new TokenEmbedding(weight).forward(tensor(Int32Array.of(1, 0, 1))).shape; // [3, 32]
 */
export class TokenEmbedding extends Module {
  readonly weight: MatrixWeight;

  constructor(weight: MatrixWeight) {
    super();
    this.weight = weight;
  }

  override get lookupTables(): readonly Tensor[] {
    return this.weight instanceof DenseWeight ? [this.weight.tensor] : [];
  }

  forward(ids: Tensor, rows?: Scalar): Tensor {
    return this.weight.gather(ids, rows);
  }
}
