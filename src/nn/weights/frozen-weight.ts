// A packed weight below a training: it stays as it is, gradients pass through it.
import type { Scalar } from "../../native/index.ts";
import { add, linearCrossEntropy, type PackedMatrix, type Tensor, unpackedLinear, unpackMatrix } from "../../tensor/index.ts";
import { PackedWeight } from "./packed-weight.ts";

/**
 * A packed matrix that is trained through, not itself: products of many rows in the precision of products, de-quantised for each.
 *
 * @example
 * const ones = packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) });
 * const x = tensor(new Float32Array(32).fill(0.5), [1, 32]).requireGrad();
 * gradients(new FrozenWeight(ones).apply(x), [x], { seed: tensor([[1, 1]]) })[0].dataSync()[31]; // 2
 */
export class FrozenWeight extends PackedWeight {
  constructor(matrix: PackedMatrix) {
    super(matrix, "exact");
  }

  /** All rows are computed. */
  override apply(x: Tensor, _rows?: Scalar, bias?: Tensor): Tensor {
    const y = unpackedLinear(x, this.matrix);
    return bias ? add(y, bias) : y;
  }

  /** The logits never exist whole. */
  override crossEntropy(x: Tensor, targets: Tensor): Tensor {
    return linearCrossEntropy(x, unpackMatrix(this.matrix), targets);
  }
}
