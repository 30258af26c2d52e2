// Inputs of a model in batches, checked and built for: what looks inside goes through data in. Knows no gradients.
import { type Tensor, tensor } from "../../tensor/index.ts";
import { type ArrayInput, columnOf } from "../inputs/column.ts";
import type { Model } from "../model/model.ts";

/** Rows at a time. */
const ROWS = 32;

/** Some rows of an input. */
export interface InputBatch {
  /** The first of them. */
  readonly first: number;
  readonly rows: number;
  /** As a tensor [rows, ...] of the type that the model takes. */
  tensor(): Tensor;
}

/** Checks an input, builds the model for it, and gives its rows. The model runs as in use from here on. Errors: those of `predict`. */
export async function* inputBatches(model: Model, x: ArrayInput): AsyncGenerator<InputBatch> {
  const [column] = await model.fitInputs([await columnOf("x", x)]);
  const [type] = model.inputTypes([column]);
  model.ensureBuilt([column.shape], [type]);
  model.eval();
  for (let first = 0; first < column.rows; first += ROWS) {
    const rows = Math.min(ROWS, column.rows - first);
    const values = column.values.subarray(first * column.width, (first + rows) * column.width);
    const typed = type === "i32" ? Int32Array.from(values) : Float32Array.from(values);
    yield { first, rows, tensor: () => tensor(typed, [rows, ...column.shape], { device: model.device }) };
  }
}
