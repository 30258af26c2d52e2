// RMSprop.
import { aboveZero, aFlag, belowOne, checkOption } from "../../core/index.ts";
import { rmspropUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `RMSprop`. */
export interface RMSpropOptions extends OptimizerOptions {
  /** What the mean of squares keeps: PyTorch's `alpha`. Default 0.9 in Keras's form, 0.99 in PyTorch's. */
  readonly rho?: number;
  /** Default 0: no buffer. */
  readonly momentum?: number;
  /** Default 1e-7 in Keras's form, 1e-8 in PyTorch's. */
  readonly epsilon?: number;
  /** Divides by the root of the variance of the gradient instead of that of its mean square. Default false. */
  readonly centered?: boolean;
}

interface RMSpropSettings {
  [name: string]: number | boolean;
  rho: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  torch: boolean;
}

/**
 * RMSprop. `new RMSprop(options)`: Keras's (learningRate 0.001, rho 0.9, epsilon 1e-7 under the root, the buffer holds steps, decay decoupled).
 * `new RMSprop(parameters, options)`: PyTorch's (learningRate 0.01, rho 0.99, epsilon 1e-8 beside the root, decay enters the gradient).
 *
 * Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; centered: Graves 2013, arXiv:1308.0850. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new RMSprop([x], { learningRate: 0.5, rho: 0.75 });
 * add(x, x).backward(tensor([1, -1]));
 * optimizer.step();
 * x.dataSync(); // [2, 5]
 */
export class RMSprop extends Optimizer<RMSpropSettings> {
  constructor(options?: RMSpropOptions);
  constructor(parameters: Parameters, options?: RMSpropOptions);
  constructor(first?: Parameters | RMSpropOptions, second?: RMSpropOptions) {
    const { parameters, options, torch } = given("RMSprop", first, second, {
      rho: belowOne,
      momentum: belowOne,
      epsilon: aboveZero,
      centered: aFlag,
    });
    const { rho = torch ? 0.99 : 0.9, momentum = 0, epsilon = torch ? 1e-8 : 1e-7, centered = false } = options;
    checkOption("rho", rho, belowOne);
    checkOption("momentum", momentum, belowOne);
    checkOption("epsilon", epsilon, aboveZero);
    super("rmsprop", parameters, { learningRate: torch ? 0.01 : 0.001, ...options }, { rho, momentum, epsilon, centered, torch });
  }

  protected stateOf(): Record<string, number> {
    const { centered, momentum } = this.settings;
    return { v: 0, ...(centered ? { meanGradient: 0 } : {}), ...(momentum > 0 || this.momentumSchedule ? { momentumBuffer: 0 } : {}) };
  }

  protected numbers(): Record<string, number> {
    return { momentum: this.momentum(this.settings.momentum) };
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar, ...call }: UpdateCall): void {
    const { rho, epsilon, torch } = this.settings;
    const { v, meanGradient, momentumBuffer } = state;
    const form = { epsilonInside: !torch, rateInside: !torch, decoupled: !torch };
    rmspropUpdate(parameter, gradient, { v, meanGradient, momentumBuffer, rho, momentum: scalar("momentum"), epsilon, ...form, ...call });
  }
}
