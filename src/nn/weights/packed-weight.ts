// A weight matrix in packed form, as layers use it: they do not know its format or precision.
import type { Precision, Scalar } from "../../native/index.ts";
import { crossEntropy, gatherRows, type PackedMatrix, packedLinear, type Tensor } from "../../tensor/index.ts";
import type { MatrixWeight } from "./matrix-weight.ts";

/**
 * A packed matrix [outputs, inputs] with the precision in which it is applied.
 *
 * @example
 * const weight = new PackedWeight(packMatrix(cpu(), { sourceType: 0, outputs: 2, inputs: 32, readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)) }), "exact");
 * weight.shape; // [2, 32]
 * weight.apply(tensor(new Float32Array(32).fill(0.5), [1, 32])).dataSync(); // [16, 16]
 */
export class PackedWeight implements MatrixWeight {
  readonly matrix: PackedMatrix;
  readonly precision: Precision;

  constructor(matrix: PackedMatrix, precision: Precision) {
    this.matrix = matrix;
    this.precision = precision;
  }

  get shape(): readonly [number, number] {
    return [this.matrix.outputs, this.matrix.inputs];
  }

  get size(): number {
    return this.matrix.outputs * this.matrix.inputs;
  }

  /** y = x · Wᵀ (+ bias). x [..., inputs] -> [..., outputs]; `rows` of the first dimension are valid. */
  apply(x: Tensor, rows?: Scalar, bias?: Tensor): Tensor {
    return packedLinear(x, this.matrix, { rows, precision: this.precision, bias });
  }

  /** Rows by id. ids [...] -> [..., inputs]. */
  gather(ids: Tensor, rows?: Scalar): Tensor {
    return gatherRows(ids, this.matrix, { rows });
  }

  /** Mean cross-entropy of softmax(x · Wᵀ) against targets i32 [T]; those of -100 do not count. */
  crossEntropy(x: Tensor, targets: Tensor): Tensor {
    return crossEntropy(this.apply(x), targets);
  }

  dispose(): void {
    this.matrix.dispose();
  }
}
