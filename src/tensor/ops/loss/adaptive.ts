// Optimiser steps that divide by the root of squared gradients: RMSprop and Adagrad.
import type { Scalar } from "../../../native/index.ts";
import { defineOp, type Op } from "../../op.ts";
import type { Tensor } from "../../tensor.ts";
import { type UpdateOptions, updateArguments } from "../optimize.ts";

/** Options of `rmspropUpdate`. */
export interface RmspropUpdate extends UpdateOptions {
  /** Mean of squares, like the parameter. */
  readonly v: Tensor;
  /** Mean of gradients: the step is divided by the root of the variance. Undefined: of the mean of squares. */
  readonly meanGradient?: Tensor;
  /** Undefined: no momentum. */
  readonly momentumBuffer?: Tensor;
  readonly rho: number;
  readonly momentum?: Scalar;
  readonly epsilon: number;
  /** Epsilon is added under the root, as Keras does. */
  readonly epsilonInside?: boolean;
  /** Keras's form: the buffer holds steps with the learning rate of their time. */
  readonly rateInside?: boolean;
}

/**
 * One step of RMSprop, in place: v = rho · v + (1 - rho) · d², p -= learningRate · d / (sqrt(v) + epsilon). Shapes: the same for all. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; centered: Graves 2013, arXiv:1308.0850.
 *
 * @example
 * const [p, v] = [tensor([1, 2]), zeros([2])];
 * rmspropUpdate(p, tensor([5, -3]), { v, rho: 0.75, epsilon: 1e-8, learningRate: 0.1, factor: tensor([1]) });
 * p.dataSync(); // [0.8, 2.2]
 */
export const rmspropUpdate: Op<[parameter: Tensor, gradient: Tensor, options: RmspropUpdate]> = defineOp({
  name: "rmspropUpdate",
  inPlace: ([parameter]) => parameter,
  forward: (run, [parameter, gradient, options]) => {
    const { v, meanGradient, momentumBuffer, rho, momentum = 0, epsilon, epsilonInside = false, rateInside = false } = options;
    run.rmspropUpdate({
      v,
      meanGradient: meanGradient ?? parameter,
      hasMean: meanGradient ? 1 : 0,
      momentumBuffer: momentumBuffer ?? parameter,
      hasMomentum: momentumBuffer ? 1 : 0,
      rho,
      momentum,
      epsilon,
      epsilonInside,
      rateInside,
      ...updateArguments("rmspropUpdate", parameter, gradient, options),
    });
  },
});

/** Options of `adagradUpdate`. */
export interface AdagradUpdate extends UpdateOptions {
  /** Sum of squares, like the parameter. */
  readonly sum: Tensor;
  readonly epsilon: number;
  /** Epsilon is added under the root, as Keras does. */
  readonly epsilonInside?: boolean;
}

/**
 * One step of Adagrad, in place: sum += d², p -= learningRate · d / (sqrt(sum) + epsilon). Shapes: the same for all. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Duchi, Hazan & Singer 2011, JMLR 12.
 *
 * @example
 * const [p, sum] = [tensor([1, 2]), zeros([2])];
 * adagradUpdate(p, tensor([5, -3]), { sum, epsilon: 1e-10, learningRate: 0.1, factor: tensor([1]) });
 * p.dataSync(); // [0.9, 2.1]
 */
export const adagradUpdate: Op<[parameter: Tensor, gradient: Tensor, options: AdagradUpdate]> = defineOp({
  name: "adagradUpdate",
  inPlace: ([parameter]) => parameter,
  forward: (run, [parameter, gradient, options]) => {
    const { sum, epsilon, epsilonInside = false } = options;
    run.adagradUpdate({ sum, epsilon, epsilonInside, ...updateArguments("adagradUpdate", parameter, gradient, options) });
  },
});

/** Options of `adadeltaUpdate`. */
export interface AdadeltaUpdate extends UpdateOptions {
  /** Means of the squares of gradients and of steps, like the parameter. */
  readonly v: Tensor;
  readonly moved: Tensor;
  readonly rho: number;
  readonly epsilon: number;
}

/**
 * One step of Adadelta, in place: v = rho · v + (1 - rho) · d², step = d · sqrt(moved + epsilon) / sqrt(v + epsilon), p -= learningRate · step, and moved takes step² as v took d².
 * Shapes: the same for all. Types: f32. Errors: `E_SHAPE`.
 *
 * Source: Zeiler 2012, arXiv:1212.5701, algorithm 1.
 *
 * @example
 * const [p, v, moved] = [tensor([1]), zeros([1]), zeros([1])];
 * adadeltaUpdate(p, tensor([0.5]), { v, moved, rho: 0.75, epsilon: 0.1875, learningRate: 1, factor: tensor([1]) });
 * p.dataSync(); // [0.5669873]
 */
export const adadeltaUpdate: Op<[parameter: Tensor, gradient: Tensor, options: AdadeltaUpdate]> = defineOp({
  name: "adadeltaUpdate",
  inPlace: ([parameter]) => parameter,
  forward: (run, [parameter, gradient, options]) => {
    const { v, moved, rho, epsilon } = options;
    run.adadeltaUpdate({ v, moved, rho, epsilon, ...updateArguments("adadeltaUpdate", parameter, gradient, options) });
  },
});
