// Callbacks that change the learning rate between epochs.
import { InkstoneError } from "../../core/index.ts";
import type { Callback, Logs, TrainedModel } from "./callback.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

/** Options of `ReduceLROnPlateau`, as in Keras. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** Default 0.1. */
  readonly factor?: number;
  /** Epochs without anything better before the rate falls. Default 10. */
  readonly patience?: number;
  /** Epochs after a fall in which it does not look. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLearningRate?: number;
}

/**
 * Multiplies the learning rate with `factor` once the watched number has not become better for `patience` epochs. `minDelta` is 1e-4 by default. Adds `learning_rate` to the logs.
 * Keras's `ReduceLROnPlateau`. Errors: `E_OPTION` for a factor of 1 or more, or where the logs do not have the number.
 *
 * @example
 * const callback = new ReduceLROnPlateau({ monitor: "val_loss", factor: 0.5, patience: 2 });
 */
export class ReduceLROnPlateau implements Callback {
  readonly #options: ReduceLROnPlateauOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    const { factor = 0.1 } = options;
    if (!(factor > 0 && factor < 1))
      throw new InkstoneError("E_OPTION", { option: "factor", value: String(factor), allowed: { en: "above 0 and below 1", zh: "大于 0 且小于 1" } });
    this.#options = options;
    this.#monitor = new Monitor({ minDelta: 1e-4, ...options });
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBegin(): void {
    this.#monitor.reset();
    this.#wait = 0;
    this.#cooldown = 0;
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    const optimizer = this.#model?.optimizer;
    if (optimizer === undefined) return;
    const { factor = 0.1, patience = 10, cooldown = 0, minLearningRate = 0 } = this.#options;
    const value = this.#monitor.read(logs);
    logs["learning_rate"] = optimizer.learningRate;
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.better(value)) {
      this.#monitor.best = value;
      this.#wait = 0;
    } else if (this.#cooldown === 0) {
      this.#wait++;
      if (this.#wait < patience || optimizer.learningRate <= minLearningRate) return;
      optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLearningRate);
      this.#cooldown = cooldown;
      this.#wait = 0;
    }
  }
}

/**
 * Sets the learning rate at the start of each epoch: a function of the epoch (from 0) and the rate so far. Adds `learning_rate` to the logs. Keras's `LearningRateScheduler`.
 *
 * @example
 * const callback = new LearningRateScheduler((epoch, rate) => (epoch < 5 ? rate : rate * 0.9));
 */
export class LearningRateScheduler implements Callback {
  readonly #schedule: (epoch: number, learningRate: number) => number;
  #model: TrainedModel | undefined;

  constructor(schedule: (epoch: number, learningRate: number) => number) {
    this.#schedule = schedule;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onEpochBegin(epoch: number): void {
    const optimizer = this.#model?.optimizer;
    if (optimizer) optimizer.learningRate = this.#schedule(epoch, optimizer.learningRate);
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    if (this.#model) logs["learning_rate"] = this.#model.optimizer.learningRate;
  }
}
