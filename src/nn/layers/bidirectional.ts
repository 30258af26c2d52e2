// Bidirectional: a recurrent layer in both directions.
import { InkstoneError, listed } from "../../core/index.ts";
import { add, concatenate, multiply, type Shape, scale, type Tensor } from "../../tensor/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { type OutputsAndStates, Recurrent, type RecurrentCall } from "./recurrent.ts";

/** How the outputs of both directions become one. */
export type MergeMode = "concat" | "sum" | "mul" | "ave";

const merges: Readonly<Record<MergeMode, (there: Tensor, back: Tensor) => Tensor>> = {
  concat: (a, b) => concatenate([a, b], -1),
  sum: (a, b) => add(a, b),
  mul: (a, b) => multiply(a, b),
  ave: (a, b) => scale(add(a, b), 0.5),
};

/** Options of `Bidirectional`, as in Keras. */
export interface BidirectionalOptions extends LayerOptions {
  /** The forward layer. */
  readonly layer: Recurrent;
  /** Default: one like `layer`, with weights of its own. */
  readonly backwardLayer?: Recurrent;
  /** Default "concat". Not merged at all: `both`. */
  readonly mergeMode?: MergeMode;
}

/**
 * A recurrent layer from the first step to the last and one from the last to the first; their outputs merged. [B, T, C] -> [B, 2 · units], the last output of each
 * direction, or [B, T, 2 · units] where the layer returns sequences (there skipped steps give zeros); `units` wide unless merged by "concat".
 *
 * States: those of the forward layer, then those of the backward layer. Errors: `E_SHAPE` that names the layer, `E_OPTION`. Keras's `Bidirectional`.
 * Source: Schuster & Paliwal 1997.
 *
 * @example
 * new Bidirectional({ layer: new LSTM({ units: 4 }) }).call(tensor(new Float32Array(30), [2, 5, 3])).shape; // [2, 8]
 */
export class Bidirectional extends Layer {
  static override readonly className: string = "Bidirectional";
  static override readonly optionNames: readonly string[] = ["layer", "backwardLayer", "mergeMode"];
  readonly mergeMode: MergeMode;
  readonly forwardLayer: Recurrent;
  readonly backwardLayer: Recurrent;

  constructor(options: BidirectionalOptions) {
    if (!(options?.layer instanceof Recurrent)) {
      const allowed = { en: "a recurrent layer: { layer: new LSTM({ … }) }", zh: "循环层：{ layer: new LSTM({ … }) }" };
      throw new InkstoneError("E_OPTION", {
        option: "Bidirectional: layer",
        value: options instanceof Layer ? options.name : options?.layer,
        allowed,
      });
    }
    super({ inputShape: options.layer.inputShape, ...options });
    const { layer, mergeMode = "concat" } = options;
    this.mergeMode = mergeMode;
    this.forwardLayer = layer;
    this.backwardLayer = options.backwardLayer ?? layer.like({ goBackwards: !layer.goBackwards, name: `backward_${layer.name}` });
    const { returnSequences, goBackwards } = this.backwardLayer;
    const allowed = listed(Object.keys(merges));
    if (!Object.hasOwn(merges, mergeMode)) throw new InkstoneError("E_OPTION", { option: "mergeMode", value: mergeMode, allowed });
    if (returnSequences !== layer.returnSequences || goBackwards === layer.goBackwards) {
      const why = { en: "a layer of the other direction with the same returnSequences", zh: "方向相反且 returnSequences 相同的层" };
      throw new InkstoneError("E_OPTION", { option: "backwardLayer", value: this.backwardLayer.name, allowed: why });
    }
  }

  protected override build(shape: Shape): void {
    this.forwardLayer.ensureBuilt(shape);
    this.backwardLayer.ensureBuilt(shape);
  }

  /** The outputs of both directions, each step at its place, not merged: Keras's `merge_mode=None`. */
  both(x: Tensor, call: RecurrentCall = {}): readonly [forward: OutputsAndStates, backward: OutputsAndStates] {
    this.ensureBuilt(x.shape.slice(1));
    const { initialState } = call;
    const half = (initialState?.length ?? 0) / 2;
    const one = (layer: Recurrent, states: readonly Tensor[] | undefined) =>
      this.#ends(layer.walk(x, { ...call, initialState: states }, layer.returnSequences));
    return [one(this.forwardLayer, initialState?.slice(0, half)), one(this.backwardLayer, initialState?.slice(half))];
  }

  /** As `call`, and the last states of both. */
  callWithState(x: Tensor, call: RecurrentCall = {}): OutputsAndStates {
    const [there, back] = this.both(x, call);
    return { outputs: merges[this.mergeMode](there.outputs, back.outputs), states: [...there.states, ...back.states] };
  }

  forward(x: Tensor, call: RecurrentCall = {}): Tensor {
    return this.callWithState(x, call).outputs;
  }

  outputShape(shape: Shape): Shape {
    const one = this.forwardLayer.outputShape(shape);
    return this.mergeMode === "concat" ? [...one.slice(0, -1), 2 * one[one.length - 1]] : one;
  }

  override outputMask(x: Tensor, mask?: Tensor): Tensor | undefined {
    return this.forwardLayer.outputMask(x, mask);
  }

  #ends({ outputs, states }: OutputsAndStates): OutputsAndStates {
    return { outputs: this.forwardLayer.returnSequences ? outputs : states[0], states };
  }
}
