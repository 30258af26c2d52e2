// SGD: stochastic gradient descent with momentum.
import { aFlag, belowOne, checkOption, fromZero } from "../../core/index.ts";
import { sgdUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `SGD`. */
export interface SGDOptions extends OptimizerOptions {
  /** Default 0: no buffer. */
  readonly momentum?: number;
  /** What of the gradient does not enter the buffer after the first step; PyTorch's form only. Default 0. */
  readonly dampening?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

interface SGDSettings {
  [name: string]: number | boolean;
  momentum: number;
  dampening: number;
  nesterov: boolean;
  torch: boolean;
}

/**
 * Gradient descent. `new SGD(options)`: Keras's (learningRate 0.01; the buffer holds steps: b = momentum · b + learningRate · g; decay decoupled).
 * `new SGD(parameters, options)`: PyTorch's (learningRate 0.001; the buffer holds gradients: b = momentum · b + (1 - dampening) · g; decay enters the gradient).
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning". Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new SGD([x], { learningRate: 0.5 });
 * add(x, x).backward(tensor([1, 1]));
 * optimizer.step();
 * x.dataSync(); // [2, 3]
 */
export class SGD extends Optimizer<SGDSettings> {
  constructor(options?: SGDOptions);
  constructor(parameters: Parameters, options?: SGDOptions);
  constructor(first?: Parameters | SGDOptions, second?: SGDOptions) {
    const { parameters, options, torch } = given("SGD", first, second, { momentum: belowOne, dampening: fromZero, nesterov: aFlag });
    const { momentum = 0, dampening = 0, nesterov = false } = options;
    checkOption("momentum", momentum, belowOne);
    checkOption("dampening", dampening, fromZero);
    super("sgd", parameters, { learningRate: torch ? 0.001 : 0.01, ...options }, { momentum, dampening, nesterov, torch });
  }

  protected stateOf(): Record<string, number> {
    return this.settings.momentum > 0 || this.momentumSchedule ? { momentumBuffer: 0 } : {};
  }

  // The first gradient enters the buffer whole.
  protected numbers(step: number): Record<string, number> {
    return { dampening: step === 1 ? 0 : this.settings.dampening, momentum: this.momentum(this.settings.momentum) };
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar, ...call }: UpdateCall): void {
    const { nesterov, torch } = this.settings;
    const numbers = { momentum: scalar("momentum"), dampening: scalar("dampening") };
    const form = { nesterov, rateInside: !torch, decoupled: !torch };
    sgdUpdate(parameter, gradient, { momentumBuffer: state["momentumBuffer"], ...form, ...numbers, ...call });
  }
}
