// Callbacks that change the learning rate between epochs.
import { aNumber, countFromZero, fromZero, InkstoneError, type Rules, readOptions } from "../../core/index.ts";
import type { Callback, Logs, TrainedModel, TrainingPlan } from "./callback.ts";
import { Monitor, type MonitorOptions, monitorRules } from "./monitor.ts";

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

const rules: Rules<ReduceLROnPlateauOptions> = {
  ...monitorRules,
  factor: aNumber({ above: 0, below: 1 }),
  patience: countFromZero,
  cooldown: countFromZero,
  minLearningRate: fromZero,
};

// A rate that callbacks set would take the place of a schedule for good.
function refuseSchedule({ schedule }: TrainingPlan): void {
  if (!schedule) return;
  const allowed = { en: "a number, where a callback is to change it", zh: "数值（若由回调调整学习率）" };
  throw new InkstoneError("E_OPTION", { option: "learningRate", value: "a schedule", allowed });
}

/**
 * Multiplies the learning rate with `factor` once the watched number has not become better for `patience` epochs. `minDelta` is 1e-4 by default. Adds `learning_rate` to the logs.
 * Keras's `ReduceLROnPlateau`. Errors: `E_OPTION` for a factor of 1 or more; at the start for an optimiser whose rate is a schedule, and where the logs
 * will not have the number.
 *
 * @example
 * const callback = new ReduceLROnPlateau({ monitor: "val_loss", factor: 0.5, patience: 2 });
 */
export class ReduceLROnPlateau implements Callback {
  readonly adds: readonly string[] = ["learning_rate"];
  readonly #options: ReduceLROnPlateauOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    this.#options = readOptions("ReduceLROnPlateau", options, rules);
    this.#monitor = new Monitor({ minDelta: 1e-4, ...options });
  }

  setModel(model: TrainedModel, plan: TrainingPlan): void {
    refuseSchedule(plan);
    this.#model = model;
    this.#monitor.begin(plan);
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
 * Errors: `E_OPTION` at the start for an optimiser whose rate is a schedule.
 *
 * @example
 * const callback = new LearningRateScheduler((epoch, rate) => (epoch < 5 ? rate : rate * 0.9));
 */
export class LearningRateScheduler implements Callback {
  readonly adds: readonly string[] = ["learning_rate"];
  readonly #schedule: (epoch: number, learningRate: number) => number;
  #model: TrainedModel | undefined;

  constructor(schedule: (epoch: number, learningRate: number) => number) {
    this.#schedule = schedule;
  }

  setModel(model: TrainedModel, plan: TrainingPlan): void {
    refuseSchedule(plan);
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
