// Adagrad.
import { aboveZero, checkOption, fromZero } from "../../core/index.ts";
import { adagradUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `Adagrad`. */
export interface AdagradOptions extends OptimizerOptions {
  /** What the sums of squares begin with. Default 0.1 in Keras's form, 0 in PyTorch's. */
  readonly initialAccumulatorValue?: number;
  /** The learning rate of step t is divided by 1 + t · lrDecay: PyTorch's `lr_decay`. Default 0. */
  readonly lrDecay?: number;
  /** Default 1e-7 in Keras's form, 1e-10 in PyTorch's. */
  readonly epsilon?: number;
}

interface AdagradSettings {
  [name: string]: number | boolean;
  initialAccumulatorValue: number;
  lrDecay: number;
  epsilon: number;
  torch: boolean;
}

/**
 * Adagrad. `new Adagrad(options)`: Keras's (learningRate 0.001, sums begin at 0.1, epsilon 1e-7 under the root, decay decoupled).
 * `new Adagrad(parameters, options)`: PyTorch's (learningRate 0.01, sums begin at 0, epsilon 1e-10 beside the root, decay enters the gradient).
 *
 * Source: Duchi, Hazan & Singer 2011, JMLR 12. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new Adagrad([x], { learningRate: 0.5 });
 * add(x, x).backward(tensor([1, -1]));
 * optimizer.step();
 * x.dataSync(); // [2.5, 4.5]
 */
export class Adagrad extends Optimizer<AdagradSettings> {
  constructor(options?: AdagradOptions);
  constructor(parameters: Parameters, options?: AdagradOptions);
  constructor(first?: Parameters | AdagradOptions, second?: AdagradOptions) {
    const rules = { initialAccumulatorValue: fromZero, lrDecay: fromZero, epsilon: aboveZero };
    const { parameters, options, torch } = given("Adagrad", first, second, rules, false);
    const { initialAccumulatorValue = torch ? 0 : 0.1, lrDecay = 0, epsilon = torch ? 1e-10 : 1e-7 } = options;
    checkOption("initialAccumulatorValue", initialAccumulatorValue, fromZero);
    checkOption("lrDecay", lrDecay, fromZero);
    checkOption("epsilon", epsilon, aboveZero);
    const settings = { initialAccumulatorValue, lrDecay, epsilon, torch };
    super("adagrad", parameters, { learningRate: torch ? 0.01 : 0.001, ...options }, settings);
  }

  protected stateOf(): Record<string, number> {
    return { sum: this.settings.initialAccumulatorValue };
  }

  protected numbers(): Record<string, number> {
    return {};
  }

  protected override rateFactor(steps: number): number {
    return 1 / (1 + steps * this.settings.lrDecay);
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar: _, ...call }: UpdateCall): void {
    const { epsilon, torch } = this.settings;
    adagradUpdate(parameter, gradient, { sum: state["sum"], epsilon, epsilonInside: !torch, decoupled: !torch, ...call });
  }
}
