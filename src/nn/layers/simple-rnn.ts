// SimpleRNN: the plain recurrent layer.
import { simpleRnn } from "../../tensor/index.ts";
import { type Activation, activationOf } from "../activations.ts";
import { type CellCall, type OutputsAndStates, Recurrent, type RecurrentLayerOptions, recurrentOptionNames } from "./recurrent.ts";
import { simpleStep, stepByStep } from "./step-by-step.ts";

/**
 * Plain recurrent layer, over whole sequences: h' = tanh(x · kernel + h · recurrentKernel + bias). [B, T, C] -> [B, units], or [B, T, units] with `returnSequences`.
 *
 * kernel [C, units], recurrentKernel [units, units], bias [units]. "tanh" and "relu" are one kernel; other activations are computed step by step, many times slower.
 * Errors: `E_SHAPE` that names the layer; `E_OPTION`. Keras's `SimpleRNN`; PyTorch's `nn.RNN` has these matrices transposed and two biases, which are added.
 * Source: Elman 1990.
 *
 * @example
 * new SimpleRNN({ units: 4 }).call(tensor(new Float32Array(30), [2, 5, 3])).shape; // [2, 4]
 */
export class SimpleRNN extends Recurrent {
  static override readonly className: string = "SimpleRNN";
  static override readonly optionNames: readonly string[] = [...recurrentOptionNames];
  readonly activation: Activation;
  readonly #options: RecurrentLayerOptions;

  constructor(options: RecurrentLayerOptions) {
    super(options, 1, 1);
    this.activation = options.activation ?? "tanh";
    this.#options = options;
    activationOf(this.activation);
  }

  like(changes: Partial<RecurrentLayerOptions>): SimpleRNN {
    return new SimpleRNN({ ...this.#options, ...changes });
  }

  protected cell(call: CellCall): OutputsAndStates {
    const { gates, mask, reverse, zeroMasked, states, stateDropout } = call;
    if ((this.activation !== "tanh" && this.activation !== "relu") || stateDropout) {
      return stepByStep(call, this.units, 1, simpleStep(call, this.recurrentKernel, activationOf(this.activation)));
    }
    const { outputs, hidden } = simpleRnn(gates, this.recurrentKernel, {
      mask,
      reverse,
      zeroMasked,
      hidden: states?.[0],
      activation: this.activation,
    });
    return { outputs, states: [hidden] };
  }
}
