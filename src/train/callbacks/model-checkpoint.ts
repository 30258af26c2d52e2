// ModelCheckpoint: the model as it is after an epoch, saved.
import { aFlag, aFunction, aName, type Rules, readOptions } from "../../core/index.ts";
import type { Callback, Logs, TrainedModel, TrainingPlan } from "./callback.ts";
import { checkCheckpointName, checkpointName } from "./checkpoint-name.ts";
import { Monitor, type MonitorOptions, monitorRules } from "./monitor.ts";

/** Options of `ModelCheckpoint`, as in Keras. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** The folder; `{epoch}` (from 1, two digits) and names of the logs, as `{val_loss}` (four decimals), are filled in, in Keras's formats, too: `{epoch:03d}-{val_loss:.2f}`. */
  readonly filepath: string;
  /** Only where the watched number is better than before. Default false. */
  readonly saveBestOnly?: boolean;
  /** Weights alone, as one file: then nothing can be trained on from it as if it had not stopped. Default false. */
  readonly saveWeightsOnly?: boolean;
  /** Errors of the disk are told to this function, and training goes on. Default: they end it. */
  readonly onError?: (error: unknown) => void;
}

const rules: Rules<ModelCheckpointOptions> = {
  ...monitorRules,
  filepath: aName,
  saveBestOnly: aFlag,
  saveWeightsOnly: aFlag,
  onError: aFunction,
};

/**
 * Saves the model after each epoch; whatever happens meanwhile, the folder holds the whole of what was saved last. Keras's `ModelCheckpoint`, which may be given the path alone.
 *
 * Errors: those of `save`; `E_OPTION` at the start where the logs will not have the watched number, or a name of the path.
 *
 * @example
 * const callback = new ModelCheckpoint({ filepath: "best", saveBestOnly: true });
 */
export class ModelCheckpoint implements Callback {
  readonly adds: readonly string[] = [];
  readonly #options: ModelCheckpointOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  /** Folders in the order in which they were written. */
  readonly saved: string[] = [];

  constructor(given: ModelCheckpointOptions | string, more: Omit<ModelCheckpointOptions, "filepath"> = {}) {
    const options = readOptions("ModelCheckpoint", typeof given === "string" ? { ...more, filepath: given } : given, rules);
    if (options.filepath === undefined) readOptions("ModelCheckpoint", { filepath: "" }, rules);
    this.#options = options;
    this.#monitor = new Monitor(options);
  }

  setModel(model: TrainedModel, plan: TrainingPlan): void {
    this.#model = model;
    if (this.#options.saveBestOnly) this.#monitor.begin(plan);
    if (!plan.open) checkCheckpointName(this.#options.filepath, plan.names);
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { filepath, saveBestOnly = false, saveWeightsOnly = false, onError } = this.#options;
    if (saveBestOnly) {
      const value = this.#monitor.read(logs);
      if (!this.#monitor.better(value)) return;
      this.#monitor.best = value;
    }
    const path = checkpointName(filepath, epoch, logs);
    try {
      await (saveWeightsOnly ? this.#model?.saveWeights(path) : this.#model?.save(path));
      this.saved.push(path);
    } catch (error) {
      if (onError === undefined) throw error;
      onError(error);
    }
  }
}
