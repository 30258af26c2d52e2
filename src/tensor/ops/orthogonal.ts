// What Muon does with the gradient of a matrix: its momentum, and the nearest matrix with orthogonal rows or columns. No gradients: optimisers run outside the tape.
import type { Scalar } from "../../native/index.ts";
import { defineOp, expectShape, type Op } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { normAndFactor, sumsOfSquares, valueOn } from "./optimize.ts";

/** Options of `muonMomentum`. */
export interface MuonMomentum {
  readonly momentumBuffer: Tensor;
  readonly factor: Tensor;
  readonly momentum: Scalar;
  readonly nesterov?: boolean;
  /** As in `UpdateOptions`. */
  readonly limit?: number;
  readonly squares?: Tensor;
}

/**
 * b = momentum · b + (1 - momentum) · g, the buffer in place; the direction is b, or with `nesterov` momentum · b + (1 - momentum) · g. Shapes: the same for all. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const momentumBuffer = zeros([2]);
 * muonMomentum(tensor([4, 8]), { momentumBuffer, factor: tensor([1]), momentum: 0.5, nesterov: true }).dataSync(); // [3, 6]
 */
export const muonMomentum: Op<[gradient: Tensor, options: MuonMomentum]> = defineOp({
  name: "muonMomentum",
  shape: ([gradient, { momentumBuffer }]) => {
    expectShape(
      gradient.size === momentumBuffer.size,
      "muonMomentum",
      () => ({ en: `a gradient of ${momentumBuffer.size} values`, zh: `${momentumBuffer.size} 个值的梯度` }),
      gradient,
    );
    return gradient;
  },
  forward: (run, [gradient, options], update) => {
    const { momentumBuffer, factor, momentum, nesterov = false, limit = Number.POSITIVE_INFINITY, squares } = options;
    const present = { partials: squares ?? update, hasPartials: squares ? 1 : 0 };
    run.muonMomentum({ gradient, factor, update, momentumBuffer, n: gradient.size, momentum, delta: limit, nesterov, ...present });
  },
});

// alpha · factor · a + beta · b.
const combine: Op<[a: Tensor, b: Tensor | undefined, numbers: { factor: Tensor; alpha: number; beta?: number }]> = defineOp({
  name: "combine",
  shape: ([a]) => a,
  forward: (run, [a, b, { factor, alpha, beta = 0 }], y) => run.combine({ a, b: b ?? a, factor, y, n: a.size, alpha, beta, hasB: b ? 1 : 0 }),
});

/** How `newtonSchulz` goes on. */
export interface NewtonSchulzOptions {
  /** Default 5. */
  readonly steps?: number;
  /** a, b, c of x = a x + b (x xᵀ) x + c (x xᵀ)² x. Default 3.4445, -4.7750, 2.0315. */
  readonly coefficients?: readonly [number, number, number];
  /** The least that the norm is taken for. Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * A matrix with the singular vectors of x and singular values near 1 (0.7 to 1.2): Newton and Schulz's iteration on x / |x|. Shapes: x [R, C] -> [R, C]. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
 *
 * @example
 * newtonSchulz(tensor([[2, 0], [0, 2]]), { steps: 0 }).dataSync(); // [0.7071, 0, 0, 0.7071]
 */
export function newtonSchulz(x: Tensor, options: NewtonSchulzOptions = {}): Tensor {
  const { steps = 5, coefficients = [3.4445, -4.775, 2.0315], epsilon = 1e-7 } = options;
  expectShape(x.shape.length === 2, "newtonSchulz", { en: "a matrix", zh: "矩阵" }, x);
  const [rows, columns] = x.shape;
  const [a, b, c] = coefficients;
  return tidy(() => {
    const { factor } = normAndFactor(sumsOfSquares(x, [x]), { maxNorm: 1, epsilon, normalize: true });
    const one = valueOn(x, 1);
    let y = combine(x, undefined, { factor, alpha: 1 });
    for (let step = 0; step < steps; step++) {
      // The smaller of both products of y with itself, so that nothing need be transposed.
      const gram = rows <= columns ? matmul(y, y, { transposeB: true }) : matmul(y, y, { transposeA: true });
      const polynomial = combine(gram, matmul(gram, gram), { factor: one, alpha: b, beta: c });
      y = combine(y, rows <= columns ? matmul(polynomial, y) : matmul(y, polynomial), { factor: one, alpha: a, beta: 1 });
    }
    return y;
  });
}
