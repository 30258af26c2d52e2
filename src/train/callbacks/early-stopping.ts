// EarlyStopping: no longer than it gets better.
import { aFlag, countFromZero, finite, type Rules, readOptions } from "../../core/index.ts";
import type { Callback, Logs, TrainedModel, TrainingPlan } from "./callback.ts";
import { Monitor, type MonitorOptions, monitorRules } from "./monitor.ts";

/** Options of `EarlyStopping`, as in Keras. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without anything better before it stops. Default 0. */
  readonly patience?: number;
  /** Whether the model gets the weights of its best epoch back. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before it begins to look. Default 0. */
  readonly startFromEpoch?: number;
  /** What the number has to be better than to count. */
  readonly baseline?: number;
}

const rules: Rules<EarlyStoppingOptions> = {
  ...monitorRules,
  patience: countFromZero,
  restoreBestWeights: aFlag,
  startFromEpoch: countFromZero,
  baseline: finite,
};

/**
 * Stops once the watched number has not become better for `patience` epochs. Keras's `EarlyStopping`. Errors: `E_OPTION` at the start where the logs will not have the number, or nobody knows what is better of it.
 *
 * @example
 * const callback = new EarlyStopping({ monitor: "val_loss", patience: 3, restoreBestWeights: true });
 * callback.stoppedEpoch; // 0
 */
export class EarlyStopping implements Callback {
  readonly adds: readonly string[] = [];
  readonly #monitor: Monitor;
  readonly #options: EarlyStoppingOptions;
  #model: TrainedModel | undefined;
  #wait = 0;
  #weights: Float32Array[] | undefined;
  /** The epoch after which it stopped; 0: it did not. */
  stoppedEpoch = 0;
  bestEpoch = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    this.#options = readOptions("EarlyStopping", options, rules);
    this.#monitor = new Monitor(options);
  }

  get best(): number {
    return this.#monitor.best;
  }

  setModel(model: TrainedModel, plan: TrainingPlan): void {
    this.#model = model;
    this.#monitor.begin(plan);
  }

  onTrainBegin(): void {
    this.#monitor.reset();
    this.#weights = undefined;
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { patience = 0, restoreBestWeights = false, startFromEpoch = 0, baseline } = this.#options;
    const value = this.#monitor.read(logs);
    if (epoch < startFromEpoch) return;
    if (restoreBestWeights && this.#weights === undefined) this.#weights = this.#model?.getWeights();
    this.#wait++;
    if (this.#monitor.better(value)) {
      this.#monitor.best = value;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#weights = this.#model?.getWeights();
      if (baseline === undefined || this.#monitor.better(value, baseline)) this.#wait = 0;
      return;
    }
    if (this.#wait < patience || epoch === 0 || this.#model === undefined) return;
    this.stoppedEpoch = epoch;
    this.#model.stopTraining = true;
  }

  onTrainEnd(): void {
    if (this.#weights) this.#model?.setWeights(this.#weights);
    this.#weights = undefined;
  }
}
