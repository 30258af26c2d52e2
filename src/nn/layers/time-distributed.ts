// TimeDistributed: a layer on each step by itself.
import { argMax, full, max, noGrad, type Shape, stack, type Tensor, toFloat } from "../../tensor/index.ts";
import { Layer, type LayerCall, type LayerOptions } from "../layer.ts";

/** Options of `TimeDistributed`, as in Keras. */
export interface TimeDistributedOptions extends LayerOptions {
  /** What is applied to each step. */
  readonly layer: Layer;
}

/**
 * A layer applied to each step by itself, with the same weights: [B, T, ...] -> [B, T, ...output]. Steps become rows of one batch. Errors: `E_SHAPE`. Keras's `TimeDistributed`.
 *
 * @example
 * new TimeDistributed({ layer: new Dense({ units: 2 }) }).call(tensor(new Float32Array(30), [2, 5, 3])).shape; // [2, 5, 2]
 */
export class TimeDistributed extends Layer {
  static override readonly className: string = "TimeDistributed";
  static override readonly optionNames: readonly string[] = ["layer"];
  readonly layer: Layer;
  /** What the layer takes: ids, where it is an embedding. */
  override readonly inputType: "f32" | "i32";

  constructor(options: TimeDistributedOptions) {
    super(options);
    this.layer = options.layer;
    this.inputType = options.layer.inputType;
  }

  protected override build(shape: Shape): void {
    this.expect(shape.length >= 1, { en: "sequences [steps, ...]", zh: "形如 [步数, ...] 的序列" }, shape);
    this.layer.ensureBuilt(shape.slice(1));
  }

  override get idLimit(): number | undefined {
    return this.layer.idLimit;
  }

  // Steps as rows of one batch, and the mask within each: that of words, where one of [B, T, W] came.
  #steps(x: Tensor, mask: Tensor | undefined): { readonly flat: Tensor; readonly inner: Tensor | undefined } {
    const [rows, steps, ...one] = x.shape;
    const inner = mask && mask.shape.length > 2 ? mask.reshape([rows * steps, ...mask.shape.slice(2)]) : undefined;
    return { flat: x.reshape([rows * steps, ...one]), inner };
  }

  forward(x: Tensor, { mask }: LayerCall = {}): Tensor {
    const { flat, inner } = this.#steps(x, mask);
    const y = this.layer.call(flat, { mask: inner });
    return y.reshape([...x.shape.slice(0, 2), ...y.shape.slice(1)]);
  }

  /** The mask of the steps. Where the layer has used up a mask within them, a step counts in which anything did. */
  override outputMask(x: Tensor, mask?: Tensor): Tensor | undefined {
    const { flat, inner } = this.#steps(x, mask);
    const left = this.layer.outputMask(flat, inner);
    const steps = x.shape.slice(0, 2);
    if (left !== undefined) return left.reshape([...steps, ...left.shape.slice(1)]);
    if (inner === undefined) return mask;
    return noGrad(() => {
      const any = max(toFloat(inner).reshape([...steps, inner.size / (steps[0] * steps[1])]), { axis: -1 });
      return argMax(stack([full(any, any.shape, 0.5), any], -1), { axis: -1 });
    });
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length >= 1, { en: "sequences [steps, ...]", zh: "形如 [步数, ...] 的序列" }, shape);
    return [shape[0], ...this.layer.outputShape(shape.slice(1))];
  }
}
