// TimeDistributed: a layer on each step by itself.
import type { Shape, Tensor } from "../../tensor/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";

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
  readonly layer: Layer;

  constructor(options: TimeDistributedOptions) {
    super(options);
    this.layer = options.layer;
  }

  protected override build(shape: Shape): void {
    this.expect(shape.length >= 1, "sequences [steps, ...]", shape);
    this.layer.ensureBuilt(shape.slice(1));
  }

  forward(x: Tensor): Tensor {
    const [rows, steps, ...one] = x.shape;
    const y = this.layer.call(x.reshape([rows * steps, ...one]));
    return y.reshape([rows, steps, ...y.shape.slice(1)]);
  }

  outputShape(shape: Shape): Shape {
    this.expect(shape.length >= 1, "sequences [steps, ...]", shape);
    return [shape[0], ...this.layer.outputShape(shape.slice(1))];
  }
}
