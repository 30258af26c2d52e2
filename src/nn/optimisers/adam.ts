// Adam and AdamW.
import { aboveZero, aFlag, belowOne, checkOption } from "../../core/index.ts";
import { adamUpdate, type Tensor } from "../../tensor/index.ts";
import { given } from "./given.ts";
import type { Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends OptimizerOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7 in Keras's form, 1e-8 in PyTorch's. */
  readonly epsilon?: number;
  /** The largest second moment so far stands for the present one. Default false. */
  readonly amsgrad?: boolean;
}

interface AdamSettings {
  [name: string]: number | boolean;
  beta1: number;
  beta2: number;
  epsilon: number;
  amsgrad: boolean;
  torch: boolean;
  decoupled: boolean;
}

/** Corrections of the moments of step t. Keras adds epsilon to the root of v before it is corrected ("epsilon hat"), PyTorch after. */
export function corrections(step: number, { beta1, beta2, torch }: { beta1: number; beta2: number; torch: boolean }): Record<string, number> {
  const [first, second] = [1 - beta1 ** step, Math.sqrt(1 - beta2 ** step)];
  return torch ? { correction1: 1 / first, correction2: 1 / second } : { correction1: second / first, correction2: 1 };
}

// What Adam and AdamW share.
abstract class Moments extends Optimizer<AdamSettings> {
  protected constructor(
    name: string,
    first: Parameters | AdamOptions | undefined,
    second: AdamOptions | undefined,
    decay: { torch: number; keras: number } | undefined,
  ) {
    const { parameters, options, torch } = given(name, first, second, { beta1: belowOne, beta2: belowOne, epsilon: aboveZero, amsgrad: aFlag });
    const { beta1 = 0.9, beta2 = 0.999, epsilon = torch ? 1e-8 : 1e-7, amsgrad = false } = options;
    checkOption("beta1", beta1, belowOne);
    checkOption("beta2", beta2, belowOne);
    checkOption("epsilon", epsilon, aboveZero);
    const weightDecay = decay && (torch ? decay.torch : decay.keras);
    const settings = { beta1, beta2, epsilon, amsgrad, torch, decoupled: decay !== undefined || !torch };
    super(name, parameters, { learningRate: 0.001, weightDecay, ...options }, settings);
  }

  protected stateOf(): Record<string, number> {
    return this.settings.amsgrad ? { m: 0, v: 0, largest: 0 } : { m: 0, v: 0 };
  }

  protected numbers(step: number): Record<string, number> {
    const beta1 = this.momentum(this.settings.beta1);
    return { beta1, ...corrections(step, { ...this.settings, beta1 }) };
  }

  protected update({ parameter, state }: Slot, gradient: Tensor, { scalar, ...call }: UpdateCall): void {
    const { beta2, epsilon, decoupled } = this.settings;
    const { m, v, largest } = state;
    const numbers = { beta1: scalar("beta1"), beta2, epsilon, correction1: scalar("correction1"), correction2: scalar("correction2") };
    adamUpdate(parameter, gradient, { m, v, largest, decoupled, ...numbers, ...call });
  }
}

/**
 * Adam. `new Adam(options)`: Keras's (epsilon 1e-7, added before the correction; decay decoupled). `new Adam(parameters, options)`: PyTorch's (epsilon 1e-8, added after it;
 * decay enters the gradient). learningRate 0.001 in both.
 *
 * Source: Kingma & Ba 2015, arXiv:1412.6980; AMSGrad: Reddi, Kale & Kumar 2018, arXiv:1904.09237. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([3, 4]).requireGrad();
 * const optimizer = new Adam([x], { learningRate: 0.5 });
 * add(x, x).backward(tensor([1, -1]));
 * optimizer.step();
 * x.dataSync(); // [2.5, 4.5]
 */
export class Adam extends Moments {
  constructor(options?: AdamOptions);
  constructor(parameters: Parameters, options?: AdamOptions);
  constructor(first?: Parameters | AdamOptions, second?: AdamOptions) {
    super("adam", first, second, undefined);
  }
}

/**
 * Adam with decoupled weight decay. `new AdamW(options)`: Keras's (weightDecay 0.004). `new AdamW(parameters, options)`: PyTorch's (weightDecay 0.01). All else as `Adam`.
 *
 * Source: Loshchilov & Hutter 2019, arXiv:1711.05101. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([4]).requireGrad();
 * const optimizer = new AdamW([x], { learningRate: 0.5, weightDecay: 0.5 });
 * add(x, x).backward(tensor([1]));
 * optimizer.step();
 * x.dataSync(); // [2.5]
 */
export class AdamW extends Moments {
  constructor(options?: AdamOptions);
  constructor(parameters: Parameters, options?: AdamOptions);
  constructor(first?: Parameters | AdamOptions, second?: AdamOptions) {
    super("adamw", first, second, { torch: 0.01, keras: 0.004 });
  }
}
