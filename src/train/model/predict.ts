// predict: what a model gives for rows, in batches.
import { aSignal, type Rules, readOptions, whole } from "../../core/index.ts";
import type { Shape, Values } from "../../tensor/index.ts";
import { batchesOf, gathered, plainOrder } from "../inputs/batches.ts";
import { checkSignal } from "../loop/index.ts";
import type { Predictions } from "./compiled.ts";
import type { Inputs, ModelCore } from "./core.ts";
import { modelInputs } from "./data.ts";

/** Options of `predict`. */
export interface PredictOptions {
  /** Default 32. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/**
 * Predictions: rows end to end, and their shape with the number of rows first.
 *
 * @example
 * const found = new Prediction(Float32Array.of(0.1, 0.9, 0.8, 0.2), [2, 2]);
 * found.argMax(); // Int32Array [1, 0]
 * found.row(1); // Float32Array [0.8, 0.2]
 */
export class Prediction {
  readonly values: Values;
  readonly shape: Shape;

  constructor(values: Values, shape: Shape) {
    this.values = values;
    this.shape = shape;
  }

  /** The values of one row. */
  row(i: number): Values {
    const width = this.values.length / this.shape[0];
    return this.values.subarray(i * width, (i + 1) * width);
  }

  /** The place of the largest value of each row, over the last dimension. */
  argMax(): Int32Array {
    const width = this.shape[this.shape.length - 1];
    return Int32Array.from({ length: this.values.length / width }, (_, i) => {
      let best = 0;
      for (let k = 1; k < width; k++) if (this.values[i * width + k] > this.values[i * width + best]) best = k;
      return best;
    });
  }
}

const rules: Rules<PredictOptions> = { batchSize: whole(1), signal: aSignal };

/** Predictions for inputs: one for each output of the model. */
export async function predict(model: ModelCore, predictions: Predictions, x: Inputs, options: PredictOptions = {}): Promise<readonly Prediction[]> {
  const { batchSize = 32, signal } = readOptions("predict", options, rules);
  const { rows, inputs, inputTypes, outputs } = await modelInputs(model, x);
  const widths = outputs.map((shape) => shape.reduce((product, size) => product * size, 1));
  const values = widths.map((width) => new Float32Array(rows * width));
  const columns = inputs.map((column, i) => ({ column, role: "input" as const, type: inputTypes[i] }));
  let at = 0;
  for (const batch of batchesOf(plainOrder(rows), batchSize)) {
    checkSignal(signal, "predict");
    const found = await predictions.run(gathered(columns, batch), signal);
    for (const [i, width] of widths.entries()) values[i].set(found[i], at * width);
    at += batch.length;
  }
  return outputs.map((shape, i) => new Prediction(values[i], [rows, ...shape]));
}
