// Optimiser steps: norms of gradients, and updates of parameters in place.
import { type Scalar, SQUARES_RUN } from "../../native/index.ts";
import { defineOp, expectShape, type Op } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";

/**
 * In how many runs the squares of so many elements are summed.
 *
 * @example
 * squareRuns(20_000); // 2
 */
export function squareRuns(size: number): number {
  return Math.ceil(size / SQUARES_RUN);
}

/**
 * Sums of squares of tensors, in runs of 16,384 elements, one tensor after the other: what `normAndFactor` makes a norm of. Shapes: any -> [sum of `squareRuns`]. Types: f32.
 *
 * @example
 * const x = tensor([3, 4]);
 * sumsOfSquares(x, [x, x]).dataSync(); // [25, 25]
 */
export const sumsOfSquares: Op<[first: Tensor, all: readonly Tensor[]]> = defineOp({
  name: "sumsOfSquares",
  shape: ([, all]) => ({ shape: [all.reduce((sum, { size }) => sum + squareRuns(size), 0)] }),
  forward(run, [, all], sums) {
    let at = 0;
    for (const x of all) {
      const count = squareRuns(x.size);
      tidy(() => run.sumSquares({ x, partials: sums.rows(at, count), n: x.size }));
      at += count;
    }
  },
});

/** A norm and what follows from it, [1] each. */
export interface NormAndFactor {
  readonly [name: string]: Tensor;
  readonly norm: Tensor;
  readonly factor: Tensor;
}

/** How a norm is bounded. */
export interface NormOptions {
  /** Default: none. */
  readonly maxNorm?: number;
  /** Added to the norm before it divides. Default 0. */
  readonly epsilon?: number;
  /** What the tensors are multiplied with beforehand. Default 1. */
  readonly scale?: Scalar;
  /** Makes the norm `maxNorm` where it is smaller, too; `epsilon` is then the least that it is taken for. Default false. */
  readonly normalize?: boolean;
}

/**
 * norm = scale · sqrt(sum of sums), factor = scale · min(1, maxNorm / (norm + epsilon)): what clips the tensors that the sums are of.
 * Errors: `E_KERNEL` "numeric" with the index of the first sum that is not finite.
 *
 * Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
 *
 * @example
 * const { norm, factor } = normAndFactor(tensor([9, 16]), { maxNorm: 1 });
 * norm.dataSync(); // [5]
 * factor.dataSync(); // [0.2]
 */
export const normAndFactor: Op<[sums: Tensor, options?: NormOptions], NormAndFactor> = defineOp<[Tensor, NormOptions?], NormAndFactor>({
  name: "normAndFactor",
  shape: () => ({ norm: { shape: [1] }, factor: { shape: [1] } }),
  forward: (run, [partials, { maxNorm = Number.POSITIVE_INFINITY, epsilon = 0, scale = 1, normalize = false } = {}], results) =>
    run.gradientScale({ partials, ...results, count: partials.size, maxNorm, epsilon, scale, normalize }),
});

/**
 * One value, [1], on the device of a tensor: a number, or a register.
 *
 * @example
 * valueOn(tensor([1, 2]), 7).dataSync(); // [7]
 */
export const valueOn: Op<[like: Tensor, value: Scalar]> = defineOp({
  name: "valueOn",
  shape: () => ({ shape: [1] }),
  forward: (run, [, value], y) => run.fill({ y, n: 1, value }),
});

/** What every update is called with. */
export interface UpdateOptions {
  readonly learningRate: Scalar;
  /** [1]: what the gradient is multiplied with, from `normAndFactor` or `valueOn`. */
  readonly factor: Tensor;
  /** Bound of each element of the gradient, after the factor. Default: none. */
  readonly limit?: number;
  /** Default 0. */
  readonly weightDecay?: Scalar;
  /** The decay shrinks the parameter by learningRate · weightDecay (Loshchilov & Hutter 2019, arXiv:1711.05101), or (default) enters the gradient. */
  readonly decoupled?: boolean;
  /** Gets the sums of squares of the gradient as it came, as `sumsOfSquares` gives them. */
  readonly squares?: Tensor;
}

/** What an update kernel is called with, as far as all share it. An operand that is not there is the parameter, of which no element is touched. Errors: `E_SHAPE`. */
export function updateArguments(
  operation: string,
  parameter: Tensor,
  gradient: Tensor,
  options: UpdateOptions,
): {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly factor: Tensor;
  readonly partials: Tensor;
  readonly hasPartials: number;
  readonly n: number;
  readonly learningRate: Scalar;
  readonly weightDecay: Scalar;
  readonly delta: number;
  readonly decoupled: boolean;
} {
  expectShape(
    gradient.size === parameter.size,
    operation,
    () => ({ en: `a gradient like the parameter, [${parameter.shape.join(", ")}]`, zh: `与参数同形 [${parameter.shape.join(", ")}] 的梯度` }),
    gradient,
  );
  const { learningRate, factor, limit = Number.POSITIVE_INFINITY, weightDecay = 0, decoupled = false, squares } = options;
  const present = { partials: squares ?? parameter, hasPartials: squares ? 1 : 0 };
  return { parameter, gradient, factor, n: parameter.size, learningRate, weightDecay, delta: limit, decoupled, ...present };
}

/** Options of `sgdUpdate`. */
export interface SgdUpdate extends UpdateOptions {
  /** The buffer, like the parameter; undefined: no momentum. */
  readonly momentumBuffer?: Tensor;
  readonly momentum?: Scalar;
  readonly dampening?: Scalar;
  readonly nesterov?: boolean;
  /** Keras's form: the buffer holds steps, with the learning rate of their time, instead of gradients. */
  readonly rateInside?: boolean;
}

/**
 * One step of gradient descent, in place: p -= learningRate · d, or along a buffer b = momentum · b + (1 - dampening) · d.
 * Shapes: the same for both. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 *
 * @example
 * const p = tensor([1, 2]);
 * sgdUpdate(p, tensor([10, -10]), { learningRate: 0.1, factor: tensor([1]) });
 * p.dataSync(); // [0, 3]
 */
export const sgdUpdate: Op<[parameter: Tensor, gradient: Tensor, options: SgdUpdate]> = defineOp({
  name: "sgdUpdate",
  inPlace: ([parameter]) => parameter,
  forward: (run, [parameter, gradient, options]) => {
    const { momentumBuffer, momentum = 0, dampening = 0, nesterov = false, rateInside = false } = options;
    const buffer = { momentumBuffer: momentumBuffer ?? parameter, hasMomentum: momentumBuffer ? 1 : 0 };
    run.sgdUpdate({ momentum, dampening, nesterov, rateInside, ...buffer, ...updateArguments("sgdUpdate", parameter, gradient, options) });
  },
});

/** Options of `adamUpdate`. */
export interface AdamUpdate extends UpdateOptions {
  /** Moments, like the parameter. */
  readonly m: Tensor;
  readonly v: Tensor;
  /** AMSGrad's largest second moment; undefined: without. */
  readonly largest?: Tensor;
  readonly beta1: Scalar;
  readonly beta2: number;
  readonly epsilon: number;
  readonly correction1: Scalar;
  readonly correction2: Scalar;
  /** Nadam's look ahead: what of the gradient enters beside the first moment. Not with `largest`. Default 0. */
  readonly ahead?: Scalar;
}

/**
 * One step of Adam, in place: p -= learningRate · (correction1 · m + ahead · d) / (sqrt(v) · correction2 + epsilon). Shapes: the same for all. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; AMSGrad: Reddi, Kale & Kumar 2018.
 *
 * @example
 * const [p, m, v] = [tensor([1, 2]), zeros([2]), zeros([2])];
 * const corrections = { correction1: 10, correction2: Math.sqrt(1000) };
 * adamUpdate(p, tensor([5, -3]), { m, v, learningRate: 0.1, factor: tensor([1]), beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...corrections });
 * p.dataSync(); // [0.9, 2.1]
 */
export const adamUpdate: Op<[parameter: Tensor, gradient: Tensor, options: AdamUpdate]> = defineOp({
  name: "adamUpdate",
  inPlace: ([parameter]) => parameter,
  forward: (run, [parameter, gradient, options]) => {
    const { m, v, largest, beta1, beta2, epsilon, correction1, correction2, ahead = 0 } = options;
    const numbers = { beta1, beta2, epsilon, correction1, correction2, ahead };
    run.adamUpdate({
      m,
      v,
      largest: largest ?? parameter,
      hasLargest: largest ? 1 : 0,
      ...numbers,
      ...updateArguments("adamUpdate", parameter, gradient, options),
    });
  },
});

/**
 * average = momentum · average + (1 - momentum) · x, in place: an exponential moving average. Shapes: the same for both. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const average = tensor([1, 1]);
 * averageUpdate(average, tensor([2, 3]), 0.5).dataSync(); // [1.5, 2]
 */
export const averageUpdate: Op<[average: Tensor, x: Tensor, momentum: Scalar]> = defineOp({
  name: "averageUpdate",
  inPlace: ([average]) => average,
  forward(run, [average, x, momentum]) {
    expectShape(x.size === average.size, "averageUpdate", () => ({ en: `${average.size} values`, zh: `${average.size} 个值` }), x);
    run.averageUpdate({ average, x, n: x.size, momentum });
  },
});

/**
 * Exchanges the values of two tensors, in place. Shapes: the same for both. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const [a, b] = [tensor([1, 2]), tensor([3, 4])];
 * exchange(a, b);
 * a.dataSync(); // [3, 4]
 */
export function exchange(a: Tensor, b: Tensor): void {
  exchangeBoth(a, b);
}

const exchangeBoth: Op<[a: Tensor, b: Tensor], { readonly a: Tensor; readonly b: Tensor }> = defineOp<
  [Tensor, Tensor],
  { readonly a: Tensor; readonly b: Tensor }
>({
  name: "exchange",
  inPlace: ([a, b]) => ({ a, b }),
  forward(run, [a, b]) {
    expectShape(a.size === b.size, "exchange", () => ({ en: `${a.size} values`, zh: `${a.size} 个值` }), b);
    run.exchange({ a, b, n: a.size });
  },
});

/**
 * Memory for the sums of squares that updates give, one place a run: what `sumsOfSquares` gives, not yet filled in.
 *
 * @example
 * const x = tensor([3, 4]);
 * placesForSquares(x, [x, x]).shape; // [2]
 */
export const placesForSquares: Op<[first: Tensor, all: readonly Tensor[]]> = defineOp({
  name: "placesForSquares",
  shape: ([, all]) => ({ shape: [all.reduce((sum, { size }) => sum + squareRuns(size), 0)] }),
  forward: () => undefined,
});
