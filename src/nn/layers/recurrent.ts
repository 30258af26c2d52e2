// What recurrent layers share: weights, masks, directions, dropout, states. Knows no cell.
import { belowOne, checkCounts, InkstoneError } from "../../core/index.ts";
import {
  averageUpdate,
  dropout,
  matmul,
  multiply,
  noGrad,
  outsideScopes,
  reverse,
  type Shape,
  shift,
  type Tensor,
  tensor,
  zeros,
} from "../../tensor/index.ts";
import type { Activation } from "../activations.ts";
import { type Initializer, initialize } from "../initializers/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";
import { parameter } from "../parameter.ts";
import type { Regularizer } from "../regularizers.ts";

/** Options of every recurrent layer, as in Keras. */
export interface RecurrentLayerOptions extends LayerOptions {
  /** Width of the state and of the output. */
  readonly units: number;
  /** Default "tanh". Another one is computed step by step, many times slower. */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Outputs of all steps [B, T, units], not of the last alone. Default false. */
  readonly returnSequences?: boolean;
  /**
   * Each call begins with the states that the call before ended with, row by row; `resetStates` sets them to zero. Each number of rows has states of its own, which start at zero.
   * Rows have to keep their places: in `fit` with `shuffle: false`. Gradients end where a call begins. Default false.
   */
  readonly stateful?: boolean;
  /** From the last step to the first; with `returnSequences` the outputs come in that order. Default false. */
  readonly goBackwards?: boolean;
  /** With a mask: outputs of skipped steps are zeros, not those of the step before. Default false. */
  readonly zeroOutputForMask?: boolean;
  /** Share of the inputs that is dropped in training, the same ones in all steps of a row. Default 0. */
  readonly dropout?: number;
  /** Share of the state that is dropped where it is multiplied, the same in all steps of a row; computed step by step, many times slower. Default 0. */
  readonly recurrentDropout?: number;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: Initializer;
  /** Default "orthogonal". */
  readonly recurrentInitializer?: Initializer;
  /** Default "zeros". */
  readonly biasInitializer?: Initializer;
  /** Penalty on the size of the kernel, added to the loss. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** Penalty on the size of the recurrent kernel, added to the loss. Default: none. */
  readonly recurrentRegularizer?: Regularizer;
  /** Penalty on the size of the bias, added to the loss. Default: none. */
  readonly biasRegularizer?: Regularizer;
}

/** What a recurrent layer is called with beside its input. */
export interface RecurrentCall extends LayerCall {
  /** States to begin with, [B, units] each: of an LSTM hidden and cell. Default zeros. */
  readonly initialState?: readonly Tensor[];
}

/** Outputs, and the states after the last step that counts: what Keras gives with `return_state=True`. */
export interface OutputsAndStates {
  readonly outputs: Tensor;
  readonly states: readonly Tensor[];
}

/** What a cell is given: gates x · W + b of all steps [B, T, gates · units]. */
export interface CellCall {
  readonly gates: Tensor;
  readonly states: readonly Tensor[] | undefined;
  readonly mask: Tensor | undefined;
  readonly reverse: boolean;
  readonly zeroMasked: boolean;
  /** What the state is multiplied by before the product, [B, units]. */
  readonly stateDropout: Tensor | undefined;
}

/** Throws `E_OPTION` unless a share is in [0, 1). */
function share(name: string, value = 0): number {
  if (value >= 0 && value < 1) return value;
  throw new InkstoneError("E_OPTION", { option: name, value, allowed: belowOne.allowed });
}

/** Options of every recurrent layer. */
export const recurrentOptionNames: readonly string[] = [
  ...["units", "activation", "useBias", "returnSequences", "stateful", "goBackwards", "zeroOutputForMask", "dropout", "recurrentDropout"],
  ...["kernelInitializer", "recurrentInitializer", "biasInitializer", "kernelRegularizer", "recurrentRegularizer", "biasRegularizer"],
];

/**
 * Base of LSTM, GRU and SimpleRNN: kernel [C, gates · units], recurrentKernel [units, gates · units], bias.
 *
 * @example
 * const layers: Recurrent[] = [new LSTM({ units: 2 }), new GRU({ units: 2 }), new SimpleRNN({ units: 2 })];
 * layers.map((layer) => layer.outputShape([5, 3]).join()); // ["2", "2", "2"]
 */
export abstract class Recurrent extends Layer {
  readonly units: number;
  readonly returnSequences: boolean;
  readonly stateful: boolean;
  readonly goBackwards: boolean;
  readonly zeroOutputForMask: boolean;
  kernel!: Tensor;
  recurrentKernel!: Tensor;
  bias: Tensor | undefined;
  readonly #options: RecurrentLayerOptions;
  readonly #gates: number;
  readonly #states: number;
  // What a stateful layer goes on from, by the number of rows.
  readonly #kept = new Map<number, readonly Tensor[]>();

  /** `gates`: blocks of units in its weights; `states`: tensors of its state. */
  constructor(options: RecurrentLayerOptions, gates: number, states: number) {
    super(options);
    this.units = options.units;
    this.returnSequences = options.returnSequences ?? false;
    this.stateful = options.stateful ?? false;
    this.goBackwards = options.goBackwards ?? false;
    this.zeroOutputForMask = options.zeroOutputForMask ?? false;
    this.#options = options;
    this.#gates = gates;
    this.#states = states;
    checkCounts({ units: options.units });
    share("dropout", options.dropout);
    share("recurrentDropout", options.recurrentDropout);
  }

  protected override regularized(): ReturnType<Layer["regularized"]> {
    const { kernelRegularizer, recurrentRegularizer, biasRegularizer } = this.#options;
    return [
      [this.kernel, kernelRegularizer],
      [this.recurrentKernel, recurrentRegularizer],
      [this.bias, biasRegularizer],
    ];
  }

  /** Computes all steps. */
  protected abstract cell(call: CellCall): OutputsAndStates;

  /** Another layer like it: the same options but for these, weights of its own. */
  abstract like(changes: Partial<RecurrentLayerOptions>): Recurrent;

  /** Initial values of the bias. */
  protected biasValues(initializer: Initializer): { readonly shape: Shape; readonly values: Float32Array } {
    const shape = [this.#gates * this.units];
    return { shape, values: initialize(initializer, shape) };
  }

  /** The part of the bias that is added to the inputs. */
  protected get inputBias(): Tensor | undefined {
    return this.bias;
  }

  protected override build(shape: Shape): void {
    this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    const { kernelInitializer = "glorot_uniform", recurrentInitializer = "orthogonal", biasInitializer = "zeros", useBias = true } = this.#options;
    const columns = this.#gates * this.units;
    this.kernel = parameter([shape[1], columns], initialize(kernelInitializer, [shape[1], columns]));
    this.recurrentKernel = parameter([this.units, columns], initialize(recurrentInitializer, [this.units, columns]));
    if (!useBias) return;
    const bias = this.biasValues(biasInitializer);
    this.bias = parameter(bias.shape, bias.values);
  }

  /** Outputs of all steps, each at its place whatever the direction, and the last states. Builds where it has to. */
  walk(x: Tensor, call: RecurrentCall = {}, zeroMasked: boolean = this.zeroOutputForMask): OutputsAndStates {
    this.ensureBuilt(x.shape.slice(1));
    this.outputShape(x.shape.slice(1));
    const { mask, initialState } = call;
    this.expect(x.shape[1] > 0, { en: "at least one step", zh: "至少一步" }, x.shape);
    if (mask)
      this.expect(
        mask.shape.length === 2 && mask.shape[0] === x.shape[0] && mask.shape[1] === x.shape[1],
        { en: `a mask [${x.shape.slice(0, 2).join(", ")}]`, zh: `形如 [${x.shape.slice(0, 2).join(", ")}] 的掩码` },
        mask.shape,
      );
    if (initialState)
      this.expect(initialState.length === this.#states, { en: `${this.#states} initial states`, zh: `${this.#states} 个初始状态` }, [
        initialState.length,
      ]);
    const kept = this.stateful ? this.#keptFor(x) : undefined;
    // Copies: what is kept changes below, and gradients read what a call began with.
    const states = initialState ?? kept?.map((state) => noGrad(() => shift(state, 0)));
    const gates = matmul(this.#dropped(x, [x.shape[0], 1, x.shape[2]], this.#options.dropout) ?? x, this.kernel, { bias: this.inputBias });
    const stateDropout = this.#ones(x, [x.shape[0], this.units], this.#options.recurrentDropout);
    const made = this.cell({ gates, states, mask, reverse: this.goBackwards, zeroMasked, stateDropout });
    noGrad(() => {
      for (const [i, state] of (kept ?? []).entries()) averageUpdate(state, made.states[i], 0);
    });
    return made;
  }

  /** A stateful layer begins anew, with zeros. Keras's `reset_states`. */
  override resetStates(): void {
    for (const state of [...this.#kept.values()].flat()) state.write(new Float32Array(state.size));
  }

  #keptFor(x: Tensor): readonly Tensor[] {
    const found = this.#kept.get(x.shape[0]);
    if (found) return found;
    const make = () => zeros([x.shape[0], this.units], { device: x.device, dense: true });
    const made = outsideScopes(() => Array.from({ length: this.#states }, make));
    this.#kept.set(x.shape[0], made);
    return made;
  }

  forward(x: Tensor, call: RecurrentCall = {}): Tensor {
    return this.callWithState(x, call).outputs;
  }

  /**
   * As `call`, and the states after the last step that counts: Keras's `return_state=True`. Given to `initialState` they let a sequence go on, step by step as well.
   *
   * @example
   * const layer = new LSTM({ units: 2 });
   * const [first, rest] = [tensor(new Float32Array(6), [1, 2, 3]), tensor(new Float32Array(3), [1, 1, 3])];
   * const { states } = layer.callWithState(first);
   * layer.callWithState(rest, { initialState: states }).outputs.shape; // [1, 2]
   */
  callWithState(x: Tensor, call: RecurrentCall = {}): OutputsAndStates {
    const { outputs, states } = this.walk(x, call);
    if (!this.returnSequences) return { outputs: states[0], states };
    return { outputs: this.goBackwards ? reverse(outputs, 1) : outputs, states };
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length === 2, { en: "sequences [steps, width]", zh: "形如 [步数, 宽度] 的序列" }, shape);
    if (this.built)
      this.expect(
        shape[1] === this.kernel.shape[0],
        { en: `inputs of width ${this.kernel.shape[0]}`, zh: `宽度为 ${this.kernel.shape[0]} 的输入` },
        shape,
      );
    return this.returnSequences ? [shape[0], this.units] : [this.units];
  }

  override outputMask(_x: Tensor, mask?: Tensor): Tensor | undefined {
    return this.returnSequences ? mask : undefined;
  }

  // Ones of which a share is zeroed, the others larger by as much; undefined where nothing is dropped.
  #ones(like: Tensor, shape: Shape, rate = 0): Tensor | undefined {
    if (!this.training || rate === 0) return undefined;
    const size = shape.reduce((product, length) => product * length, 1);
    return dropout(tensor(new Float32Array(size).fill(1), shape, { device: like.device }), rate);
  }

  #dropped(x: Tensor, shape: Shape, rate?: number): Tensor | undefined {
    const mask = this.#ones(x, shape, rate);
    return mask && multiply(x, mask);
  }
}
