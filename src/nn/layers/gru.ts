// GRU: gated recurrent unit.
import { gru, type Shape, type Tensor } from "../../tensor/index.ts";
import { type Activation, activationOf } from "../activations.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { type CellCall, type OutputsAndStates, Recurrent, type RecurrentLayerOptions, recurrentOptionNames } from "./recurrent.ts";
import { gruStep, stepByStep } from "./step-by-step.ts";

/** Options of `GRU`, as in Keras. */
export interface GRUOptions extends RecurrentLayerOptions {
  /** Default "sigmoid". Another one is computed step by step, many times slower. */
  readonly recurrentActivation?: Activation;
  /** Whether the reset gate comes after the product with the state, as in PyTorch. Before it is computed step by step, many times slower. Default true. */
  readonly resetAfter?: boolean;
}

/**
 * Gated recurrent unit, over whole sequences. [B, T, C] -> [B, units], the last output, or [B, T, units] with `returnSequences`.
 *
 * In blocks z, r, n of x · kernel + bias[0] and u = h · recurrentKernel + bias[1]: h' = z' · h + (1 - z') · tanh(n + r' · u_n), z' = σ(z + u_z), r' = σ(r + u_r).
 * kernel [C, 3 · units], recurrentKernel [units, 3 · units], bias [2, 3 · units]; without `resetAfter` [3 · units], and the new state is tanh(n + (r' · h) · U_n).
 * Errors: `E_SHAPE` that names the layer; `E_OPTION`. Keras's `GRU`; PyTorch's `nn.GRU` has the blocks r, z, n and these matrices transposed.
 * Source: Cho et al. 2014, arXiv:1406.1078.
 *
 * @example
 * const layer = new GRU({ units: 4 });
 * layer.call(tensor(new Float32Array(30), [2, 5, 3])).shape; // [2, 4]
 * layer.bias?.shape; // [2, 12]
 */
export class GRU extends Recurrent {
  static override readonly className: string = "GRU";
  static override readonly optionNames: readonly string[] = [...recurrentOptionNames, "recurrentActivation", "resetAfter"];
  readonly activation: Activation;
  readonly recurrentActivation: Activation;
  readonly resetAfter: boolean;
  readonly #options: GRUOptions;

  constructor(options: GRUOptions) {
    super(options, 3, 1);
    this.activation = options.activation ?? "tanh";
    this.recurrentActivation = options.recurrentActivation ?? "sigmoid";
    this.resetAfter = options.resetAfter ?? true;
    this.#options = options;
    for (const activation of [this.activation, this.recurrentActivation]) activationOf(activation);
  }

  like(changes: Partial<GRUOptions>): GRU {
    return new GRU({ ...this.#options, ...changes });
  }

  protected override biasValues(initializer: Initializer): { readonly shape: Shape; readonly values: Float32Array } {
    if (!this.resetAfter) return super.biasValues(initializer);
    const shape = [2, 3 * this.units];
    return { shape, values: initialize(initializer, shape) };
  }

  protected override get inputBias(): Tensor | undefined {
    return this.#biasRow(0);
  }

  protected cell(call: CellCall): OutputsAndStates {
    const bias = this.resetAfter ? this.#biasRow(1) : undefined;
    const [activation, recurrentActivation] = [activationOf(this.activation), activationOf(this.recurrentActivation)];
    if (this.activation !== "tanh" || this.recurrentActivation !== "sigmoid" || call.stateDropout || !this.resetAfter) {
      const step = gruStep(call, this.recurrentKernel, bias, this.resetAfter, { activation, recurrentActivation });
      return stepByStep(call, this.units, 1, step);
    }
    const { gates, mask, reverse, zeroMasked, states } = call;
    const { outputs, hidden } = gru(gates, this.recurrentKernel, { mask, reverse, zeroMasked, recurrentBias: bias, hidden: states?.[0] });
    return { outputs, states: [hidden] };
  }

  #biasRow(row: number): Tensor | undefined {
    return this.bias?.shape.length === 2 ? this.bias.rows(row, 1).reshape([3 * this.units]) : this.bias;
  }
}
