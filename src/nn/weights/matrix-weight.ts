// What a layer asks of a weight matrix: to be applied, and to give rows. Layers do not know how it is stored.
import type { Scalar } from "../../native/index.ts";
import { embedding, linearCrossEntropy, matmul, type Tensor } from "../../tensor/index.ts";

/** A matrix [outputs, inputs], however it is stored. */
export interface MatrixWeight {
  readonly shape: readonly [number, number];
  readonly size: number;
  /** y = x · Wᵀ (+ bias). x [..., inputs] -> [..., outputs]; `rows` of the first dimension are valid. */
  apply(x: Tensor, rows?: Scalar, bias?: Tensor): Tensor;
  /** Rows by id. ids [...] -> [..., inputs]. */
  gather(ids: Tensor, rows?: Scalar): Tensor;
  /** Mean cross-entropy of softmax(x · Wᵀ) against targets i32 [T]; those of -100 do not count. */
  crossEntropy(x: Tensor, targets: Tensor): Tensor;
  dispose(): void;
}

/**
 * A plain matrix that can be trained: f32, as PyTorch stores it.
 *
 * @example
 * const weight = new DenseWeight(tensor([[1, 2], [3, 4], [5, 6]]));
 * weight.apply(tensor([[1, 1]])).dataSync(); // [3, 7, 11]
 * weight.gather(tensor(Int32Array.of(2))).dataSync(); // [5, 6]
 */
export class DenseWeight implements MatrixWeight {
  readonly tensor: Tensor;

  /** tensor: [outputs, inputs]. */
  constructor(tensor: Tensor) {
    this.tensor = tensor;
  }

  get shape(): readonly [number, number] {
    return [this.tensor.shape[0], this.tensor.shape[1]];
  }

  get size(): number {
    return this.tensor.size;
  }

  /** All rows are computed: those behind the valid ones, too. */
  apply(x: Tensor, _rows?: Scalar, bias?: Tensor): Tensor {
    return matmul(x, this.tensor, { transposeB: true, bias });
  }

  gather(ids: Tensor): Tensor {
    return embedding(this.tensor, ids);
  }

  /** The logits never exist whole. */
  crossEntropy(x: Tensor, targets: Tensor): Tensor {
    return linearCrossEntropy(x, this.tensor, targets);
  }

  dispose(): void {
    this.tensor.dispose();
  }
}
