// Nadam.
import { aboveZero, aFlag, belowOne, checkOption, fromZero } from "../../core/index.ts";
import { adamUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `Nadam`. */
export interface NadamOptions extends OptimizerOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7 in Keras's form, 1e-8 in PyTorch's. */
  readonly epsilon?: number;
  /** How fast the momentum of step t, beta1 · (1 - 0.5 · 0.96^(t · momentumDecay)), reaches beta1. Default 1 in Keras's form, 0.004 in PyTorch's. */
  readonly momentumDecay?: number;
  /** The decay shrinks the parameter and does not enter the gradient. Default true in Keras's form, false in PyTorch's. */
  readonly decoupledWeightDecay?: boolean;
}

interface NadamSettings {
  [name: string]: number | boolean;
  beta1: number;
  beta2: number;
  epsilon: number;
  momentumDecay: number;
  torch: boolean;
  decoupled: boolean;
}

/**
 * Adam with Nesterov's look ahead. `new Nadam(options)`: Keras's (learningRate 0.001, epsilon 1e-7, decay decoupled). `new Nadam(parameters, options)`: PyTorch's
 * `NAdam` (learningRate 0.002, epsilon 1e-8, decay enters the gradient). Its momentum follows a schedule of its own: no `momentumSchedule`.
 *
 * Source: Dozat 2016, "Incorporating Nesterov momentum into Adam", ICLR workshop. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new Nadam([x], { learningRate: 0.5, beta1: 0 });
 * add(x, x).backward(tensor([1, -1]));
 * optimizer.step();
 * x.dataSync(); // [2.5, 4.5]
 */
export class Nadam extends Optimizer<NadamSettings> {
  constructor(options?: NadamOptions);
  constructor(parameters: Parameters, options?: NadamOptions);
  constructor(first?: Parameters | NadamOptions, second?: NadamOptions) {
    const rules = { beta1: belowOne, beta2: belowOne, epsilon: aboveZero, momentumDecay: fromZero, decoupledWeightDecay: aFlag };
    const { parameters, options, torch } = given("Nadam", first, second, rules, false);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = torch ? 1e-8 : 1e-7, momentumDecay = torch ? 0.004 : 1, decoupledWeightDecay = !torch } = options;
    checkOption("beta1", beta1, belowOne);
    checkOption("beta2", beta2, belowOne);
    checkOption("epsilon", epsilon, aboveZero);
    checkOption("momentumDecay", momentumDecay, fromZero);
    const settings = { beta1, beta2, epsilon, momentumDecay, torch, decoupled: decoupledWeightDecay };
    super("nadam", parameters, { learningRate: torch ? 0.002 : 0.001, ...options }, settings);
  }

  protected stateOf(): Record<string, number> {
    return { m: 0, v: 0 };
  }

  // The momentum of a step.
  #of(step: number): number {
    const { beta1, momentumDecay } = this.settings;
    return beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
  }

  protected numbers(step: number): Record<string, number> {
    // The product of all momentums so far, from the step alone, so that a run that goes on has the same bits. It is 0 after some thousands.
    let product = 1;
    for (let t = 1; t <= step && product > 0; t++) product *= this.#of(t);
    const [now, next] = [this.#of(step), this.#of(step + 1)];
    return {
      correction1: next / (1 - product * next),
      correction2: 1 / Math.sqrt(1 - this.settings.beta2 ** step),
      ahead: (1 - now) / (1 - product),
    };
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar, ...call }: UpdateCall): void {
    const { beta1, beta2, epsilon, decoupled } = this.settings;
    const numbers = { beta1, beta2, epsilon, correction1: scalar("correction1"), correction2: scalar("correction2"), ahead: scalar("ahead") };
    adamUpdate(parameter, gradient, { m: state["m"], v: state["v"], decoupled, ...numbers, ...call });
  }
}
