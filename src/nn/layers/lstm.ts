// LSTM: long short-term memory.
import { lstm, type Shape } from "../../tensor/index.ts";
import { type Activation, activationOf } from "../activations.ts";
import { type Initializer, initialize, isLoading } from "../initializers/index.ts";
import { type CellCall, type OutputsAndStates, Recurrent, type RecurrentLayerOptions, recurrentOptionNames } from "./recurrent.ts";
import { lstmStep, stepByStep } from "./step-by-step.ts";

/** Options of `LSTM`, as in Keras. */
export interface LSTMOptions extends RecurrentLayerOptions {
  /** Default "sigmoid". Another one is computed step by step, many times slower. */
  readonly recurrentActivation?: Activation;
  /** The bias of the forget gate begins at 1. Default true. */
  readonly unitForgetBias?: boolean;
}

/**
 * Long short-term memory, over whole sequences. [B, T, C] -> [B, units], the last output, or [B, T, units] with `returnSequences`.
 *
 * With u = x · kernel + h · recurrentKernel + bias in blocks i, f, c, o: c' = σ(f) · c + σ(i) · tanh(c̃), h' = σ(o) · tanh(c'). kernel [C, 4 · units],
 * recurrentKernel [units, 4 · units], bias [4 · units]. Skipped steps of a mask leave the state as it is. States (`callWithState`, `initialState`): hidden, cell.
 * Errors: `E_SHAPE` that names the layer; `E_OPTION`. Keras's `LSTM`; PyTorch's `nn.LSTM` has these matrices transposed and two biases, which are added.
 * Source: Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000; forget bias: Jozefowicz et al. 2015.
 *
 * @example
 * const layer = new LSTM({ units: 4, returnSequences: true });
 * layer.call(tensor(new Float32Array(30), [2, 5, 3])).shape; // [2, 5, 4]
 * layer.kernel.shape; // [3, 16]
 */
export class LSTM extends Recurrent {
  static override readonly className: string = "LSTM";
  static override readonly optionNames: readonly string[] = [...recurrentOptionNames, "recurrentActivation", "unitForgetBias"];
  readonly activation: Activation;
  readonly recurrentActivation: Activation;
  readonly #options: LSTMOptions;

  constructor(options: LSTMOptions) {
    super(options, 4, 2);
    this.activation = options.activation ?? "tanh";
    this.recurrentActivation = options.recurrentActivation ?? "sigmoid";
    this.#options = options;
    for (const activation of [this.activation, this.recurrentActivation]) activationOf(activation);
  }

  like(changes: Partial<LSTMOptions>): LSTM {
    return new LSTM({ ...this.#options, ...changes });
  }

  protected override biasValues(initializer: Initializer): { readonly shape: Shape; readonly values: Float32Array } {
    if (this.#options.unitForgetBias === false || isLoading()) return super.biasValues(initializer);
    const values = new Float32Array(4 * this.units).fill(1);
    values.set(initialize(initializer, [this.units]));
    values.set(initialize(initializer, [2 * this.units]), 2 * this.units);
    return { shape: [4 * this.units], values };
  }

  protected cell(call: CellCall): OutputsAndStates {
    const [activation, recurrentActivation] = [activationOf(this.activation), activationOf(this.recurrentActivation)];
    if (this.activation !== "tanh" || this.recurrentActivation !== "sigmoid" || call.stateDropout) {
      return stepByStep(call, this.units, 2, lstmStep(call, this.recurrentKernel, { activation, recurrentActivation }));
    }
    const { gates, mask, reverse, zeroMasked, states } = call;
    const results = lstm(gates, this.recurrentKernel, { mask, reverse, zeroMasked, ...(states && { hidden: states[0], cell: states[1] }) });
    return { outputs: results.outputs, states: [results.hidden, results.cell] };
  }
}
