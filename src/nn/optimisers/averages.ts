// Exponential moving averages of the parameters. Knows no update rule.
import { atLeastOne, belowOne, checkOption } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { averageUpdate, exchange, noGrad, outsideScopes, type Tensor, zeros } from "../../tensor/index.ts";

/** Options of averages, with Keras's names. */
export interface AveragesOptions {
  /** Keeps an exponential moving average of each parameter. Default false. */
  readonly useEma?: boolean;
  /** average = emaMomentum · average + (1 - emaMomentum) · parameter; after the first step it is the parameter. Default 0.99. */
  readonly emaMomentum?: number;
  /** After so many steps, each time, the parameters become their averages. Default: never. */
  readonly emaOverwriteFrequency?: number;
}

/**
 * The averages of an optimiser's parameters: `optimizer.averages`, with `useEma`.
 *
 * @example
 * const x = tensor([0]);
 * const optimizer = new SGD([x], { learningRate: 1, useEma: true, emaMomentum: 0.5 });
 * for (const gradient of [-1, -1]) {
 *   const numbers = optimizer.scalars();
 *   optimizer.apply([tensor([gradient])], (name) => numbers[name]);
 *   optimizer.advance();
 * }
 * optimizer.averages?.of(x).dataSync(); // [1.5]
 */
export class Averages {
  readonly #momentum: number;
  readonly #every: number | undefined;
  readonly #averages = new Map<Tensor, Tensor>();

  constructor({ emaMomentum = 0.99, emaOverwriteFrequency }: AveragesOptions) {
    checkOption("emaMomentum", emaMomentum, belowOne);
    if (emaOverwriteFrequency !== undefined) checkOption("emaOverwriteFrequency", emaOverwriteFrequency, atLeastOne);
    this.#momentum = emaMomentum;
    this.#every = emaOverwriteFrequency;
  }

  /** The number that `apply` asks for, after so many steps. */
  numbers(steps: number): { readonly emaMomentum: number } {
    return { emaMomentum: steps === 0 ? 0 : this.#momentum };
  }

  /** Emits the kernels that move the averages. */
  apply(parameters: readonly Tensor[], scalar: (name: string) => Scalar): void {
    for (const parameter of parameters) averageUpdate(this.of(parameter), parameter, scalar("emaMomentum"));
  }

  /** Overwrites the parameters where it is time. */
  advance(parameters: readonly Tensor[], steps: number): void {
    if (this.#every !== undefined && steps % this.#every === 0) this.overwrite(parameters);
  }

  /** The average of a parameter. */
  of(parameter: Tensor): Tensor {
    const found = this.#averages.get(parameter);
    if (found) return found;
    const made = outsideScopes(() => zeros(parameter.shape, { device: parameter.device, dense: true }));
    this.#averages.set(parameter, made);
    return made;
  }

  /** Exchanges parameters and averages: once to use the averages, again to train on. Keras's `SwapEMAWeights`. */
  swap(parameters: readonly Tensor[]): void {
    noGrad(() => {
      for (const parameter of parameters) exchange(parameter, this.of(parameter));
    });
  }

  /** The parameters become their averages: Keras's `finalize_variable_values`. */
  overwrite(parameters: readonly Tensor[]): void {
    noGrad(() => {
      for (const parameter of parameters) averageUpdate(parameter, this.of(parameter), 0);
    });
  }

  /** By name, as they are saved. */
  named(parameters: readonly Tensor[], name: (parameter: Tensor, i: number) => string): [string, Tensor][] {
    return parameters.map((parameter, i) => [`average.${name(parameter, i)}`, this.of(parameter)]);
  }

  /** Frees the averages of all other parameters. */
  keepOnly(parameters: ReadonlySet<Tensor>): void {
    for (const [parameter, average] of this.#averages) {
      if (parameters.has(parameter)) continue;
      average.dispose();
      this.#averages.delete(parameter);
    }
  }
}
