// Adadelta.
import { aboveZero, belowOne, checkOption } from "../../core/index.ts";
import { adadeltaUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `Adadelta`. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** What the means of squares keep. Default 0.95 in Keras's form, 0.9 in PyTorch's. */
  readonly rho?: number;
  /** Under both roots. Default 1e-7 in Keras's form, 1e-6 in PyTorch's. */
  readonly epsilon?: number;
}

interface AdadeltaSettings {
  [name: string]: number | boolean;
  rho: number;
  epsilon: number;
  torch: boolean;
}

/**
 * Adadelta. `new Adadelta(options)`: Keras's (learningRate 0.001, rho 0.95, decay decoupled). `new Adadelta(parameters, options)`: PyTorch's (learningRate 1, rho 0.9,
 * decay enters the gradient). It has no momentum.
 *
 * Source: Zeiler 2012, arXiv:1212.5701. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new Adadelta([x], { rho: 0, epsilon: 3 });
 * add(x, x).backward(tensor([0.5, -0.5]));
 * optimizer.step();
 * x.dataSync(); // [2.1339746, 4.8660254]
 */
export class Adadelta extends Optimizer<AdadeltaSettings> {
  constructor(options?: AdadeltaOptions);
  constructor(parameters: Parameters, options?: AdadeltaOptions);
  constructor(first?: Parameters | AdadeltaOptions, second?: AdadeltaOptions) {
    const { parameters, options, torch } = given("Adadelta", first, second, { rho: belowOne, epsilon: aboveZero }, false);
    const { rho = torch ? 0.9 : 0.95, epsilon = torch ? 1e-6 : 1e-7 } = options;
    checkOption("rho", rho, belowOne);
    checkOption("epsilon", epsilon, aboveZero);
    super("adadelta", parameters, { learningRate: torch ? 1 : 0.001, ...options }, { rho, epsilon, torch });
  }

  protected stateOf(): Record<string, number> {
    return { v: 0, moved: 0 };
  }

  protected numbers(): Record<string, number> {
    return {};
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar: _, ...call }: UpdateCall): void {
    const { rho, epsilon, torch } = this.settings;
    adadeltaUpdate(parameter, gradient, { v: state["v"], moved: state["moved"], rho, epsilon, decoupled: !torch, ...call });
  }
}
