// A weight with a low-rank addition that is trained in its place. Layers do not know it.
import type { Scalar } from "../../native/index.ts";
import {
  add,
  divide,
  dropout,
  lowRankLinear,
  matmul,
  multiply,
  noGrad,
  outsideScopes,
  scale,
  shift,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
  transpose,
  unpackMatrix,
  withPrecision,
} from "../../tensor/index.ts";
import { DenseWeight, type MatrixWeight } from "./matrix-weight.ts";
import { PackedWeight } from "./packed-weight.ts";

/** Parts of a low-rank weight. */
export interface LowRankParts {
  /** The weight below: packed or dense, not trained. */
  readonly base: MatrixWeight;
  /** [r, inputs] and [outputs, r]. */
  readonly a: Tensor;
  readonly b: Tensor;
  /** What the addition is multiplied by: alpha / r, or alpha / sqrt(r) (rsLoRA). */
  readonly scale: number;
  /** Share of the inputs of the addition that is dropped in training. Default 0. */
  readonly dropout?: number;
  /** DoRA: the size of each output's row, [outputs], trained apart from its direction. */
  readonly magnitude?: Tensor;
}

/**
 * y = x · Wᵀ + scale · dropout(x) · Aᵀ · Bᵀ. With a magnitude m (DoRA) each output is multiplied by m / |W + scale · B · A|, row by row, the norm taken as a constant.
 *
 * Sources: Hu et al. 2021, arXiv:2106.09685; Kalajdzievski 2023, arXiv:2312.03732 (rsLoRA); Liu et al. 2024, arXiv:2402.09353, section 4.3 (DoRA). The same numbers as peft's.
 *
 * @example
 * const parts = { base: new DenseWeight(tensor([[1, 0], [0, 1]])), a: tensor([[1, 1]]), b: tensor([[1], [0]]), scale: 2 };
 * new LowRankWeight(parts).apply(tensor([[3, 4]])).dataSync(); // [17, 4]
 */
export class LowRankWeight implements MatrixWeight {
  readonly base: MatrixWeight;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly magnitude: Tensor | undefined;
  readonly scale: number;
  readonly dropout: number;
  /** Whether dropout drops. */
  training = false;
  /** |W|² by rows, where a magnitude needs them. */
  readonly #squares: Tensor | undefined;

  constructor(parts: LowRankParts) {
    this.base = parts.base;
    this.a = parts.a;
    this.b = parts.b;
    this.scale = parts.scale;
    this.dropout = parts.dropout ?? 0;
    this.magnitude = parts.magnitude;
    this.#squares = parts.magnitude && outsideScopes(() => squaresOf(parts.base));
  }

  get shape(): readonly [number, number] {
    return this.base.shape;
  }

  get size(): number {
    return this.base.size;
  }

  /** What is trained, by name. */
  get parts(): Readonly<Record<string, Tensor>> {
    return { a: this.a, b: this.b, ...(this.magnitude ? { magnitude: this.magnitude } : {}) };
  }

  /** All rows are computed. */
  apply(x: Tensor, _rows?: Scalar, bias?: Tensor): Tensor {
    const { base } = this;
    if (base instanceof PackedWeight && this.magnitude === undefined && !(this.training && this.dropout > 0)) {
      const y = lowRankLinear(x, this.a, this.b, base.matrix, this.scale);
      return bias ? add(y, bias) : y;
    }
    const drops = this.training && this.dropout > 0;
    const seen = drops ? dropout(x, this.dropout) : x;
    const below = this.base.apply(x);
    const addition = scale(matmul(matmul(seen, this.a, { transposeB: true }), this.b, { transposeB: true }), this.scale);
    const y = this.magnitude ? this.#turned(below, addition, drops ? this.base.apply(seen) : below, this.magnitude) : add(below, addition);
    return bias ? add(y, bias) : y;
  }

  /** Rows of the weight below with their additions: for inspection; embeddings take no adapter. */
  gather(ids: Tensor, rows?: Scalar): Tensor {
    return this.base.gather(ids, rows);
  }

  crossEntropy(x: Tensor, targets: Tensor): Tensor {
    return new DenseWeight(this.merged()).crossEntropy(x, targets);
  }

  /** The whole weight, addition and magnitude in it: [outputs, inputs], f32. It has no gradient. */
  merged(): Tensor {
    return noGrad(() =>
      withPrecision("f32", () => {
        const whole = add(denseOf(this.base), scale(matmul(this.b, this.a), this.scale));
        return this.magnitude ? multiply(whole, divide(this.magnitude, this.#norms()).reshape([this.shape[0], 1])) : whole;
      }),
    );
  }

  /** The length of each row of W + scale · B · A: [outputs]. What a fresh magnitude is. */
  norms(): Tensor {
    return noGrad(() => withPrecision("f32", () => this.#norms()));
  }

  /** Frees what it has beside the weight below. */
  dispose(): void {
    for (const part of Object.values(this.parts)) part.dispose();
    this.#squares?.dispose();
  }

  // below + (f - 1) · seen + f · addition, f = m / norm: as peft, which drops inputs of the weight below only in the middle part.
  #turned(below: Tensor, addition: Tensor, seen: Tensor, magnitude: Tensor): Tensor {
    const factor = divide(magnitude, this.norms());
    return add(below, add(multiply(seen, shift(factor, -1)), multiply(addition, factor)));
  }

  // |W + s · B · A|² by rows without the whole: |W|² + 2s · W · (B · A) + s² · |B · A|², with W · Aᵀ and A · Aᵀ.
  #norms(): Tensor {
    const [outputs] = this.shape;
    const across = scale(transpose(this.base.apply(this.a)), 2 * this.scale);
    const own = scale(matmul(this.b, matmul(this.a, this.a, { transposeB: true })), this.scale ** 2);
    const added = sum(multiply(this.b, add(across, own)), { axis: 1 });
    return sqrt(add(this.#squares ?? squaresOf(this.base), added.reshape([outputs])));
  }
}

function denseOf(weight: MatrixWeight): Tensor {
  if (weight instanceof DenseWeight) return weight.tensor;
  return unpackMatrix((weight as PackedWeight).matrix);
}

const squaresOf = (weight: MatrixWeight): Tensor => tidy(() => noGrad(() => sum(square(denseOf(weight)), { axis: 1 })));
