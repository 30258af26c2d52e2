// A packed weight with the additions of several adapters: which of them a row gets is told beside it. Layers do not know it.
import type { Scalar } from "../../native/index.ts";
import { add, embedding, matmul, multiply, type Tensor } from "../../tensor/index.ts";
import type { MatrixWeight } from "./matrix-weight.ts";

/** Parts of an adapted weight: K adapters with R values a row between them. */
export interface AdaptedParts {
  readonly base: MatrixWeight;
  /** All A under each other: [R, inputs]. */
  readonly a: Tensor;
  /** All B beside each other, their scales in them: [outputs, R]. */
  readonly b: Tensor;
  /** Which of the R values are whose: [K + 1, R] of ones and zeros, the first row zeros. */
  readonly owns: Tensor;
  /** What outputs are multiplied by (DoRA): [K + 1, outputs], the first row ones. */
  readonly factors?: Tensor;
  /** i32: the adapter of each row, 0 for none. */
  readonly rows: Tensor;
}

/**
 * y = x · Wᵀ + (x · Aᵀ ⊙ mask) · Bᵀ, the mask by row: a row's result has the same bits alone and beside rows of other adapters, since what is masked adds exact zeros.
 *
 * @example
 * const parts = { a: tensor([[1, 1]]), b: tensor([[10], [0]]), owns: tensor([[0], [1]]), rows: tensor(Int32Array.of(0, 1)) };
 * const weight = new AdaptedWeight({ base: new DenseWeight(tensor([[1, 0], [0, 1]])), ...parts });
 * weight.apply(tensor([[1, 2], [1, 2]])).dataSync(); // [1, 2, 31, 2]
 */
export class AdaptedWeight implements MatrixWeight {
  readonly base: MatrixWeight;
  readonly #parts: AdaptedParts;

  constructor(parts: AdaptedParts) {
    this.base = parts.base;
    this.#parts = parts;
  }

  get shape(): readonly [number, number] {
    return this.base.shape;
  }

  get size(): number {
    return this.base.size;
  }

  apply(x: Tensor, rows?: Scalar, bias?: Tensor): Tensor {
    const { a, b, owns, factors, rows: all } = this.#parts;
    const ids = all.rows(0, x.shape[0]);
    const u = multiply(matmul(x, a, { transposeB: true }), embedding(owns, ids));
    const whole = add(this.base.apply(x, rows), matmul(u, b, { transposeB: true }));
    const y = factors ? multiply(whole, embedding(factors, ids)) : whole;
    return bias ? add(y, bias, { rows }) : y;
  }

  gather(ids: Tensor, rows?: Scalar): Tensor {
    return this.base.gather(ids, rows);
  }

  crossEntropy(x: Tensor, targets: Tensor): Tensor {
    return this.base.crossEntropy(x, targets);
  }

  dispose(): void {
    for (const tensor of [this.#parts.a, this.#parts.b, this.#parts.owns, this.#parts.factors]) tensor?.dispose();
  }
}
