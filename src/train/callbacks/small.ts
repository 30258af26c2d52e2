// Callbacks of a few lines.
import { knownOptions } from "../../core/index.ts";
import type { Callback, Logs, TrainedModel } from "./callback.ts";

/**
 * Stops at the first loss that is not finite, and keeps the weights before it; without this callback such a loss is an error. Keras's `TerminateOnNaN`.
 *
 * @example
 * new TerminateOnNaN().acceptsNaN; // true
 */
export class TerminateOnNaN implements Callback {
  readonly acceptsNaN = true;
  readonly adds: readonly string[] = [];
  #model: TrainedModel | undefined;

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBatchEnd(_batch: number, logs: Logs): void {
    if (this.#model && !Number.isFinite(logs["loss"])) this.#model.stopTraining = true;
  }
}

/**
 * A callback of functions. Keras's `LambdaCallback`; a plain object does the same.
 *
 * @example
 * const callback = new LambdaCallback({ onEpochEnd: (epoch, logs) => void [epoch, logs] });
 */
export class LambdaCallback implements Callback {
  constructor(functions: Callback) {
    knownOptions("LambdaCallback", functions, [
      ...["setModel", "onTrainBegin", "onTrainEnd", "onEpochBegin", "onEpochEnd", "onTrainBatchBegin", "onTrainBatchEnd"],
      ...["onTestBegin", "onTestEnd", "onTestBatchBegin", "onTestBatchEnd", "acceptsNaN", "adds"],
    ]);
    Object.assign(this, functions);
  }
}
