// ModelCheckpoint: the model as it is after an epoch, saved.
import type { Callback, Logs, TrainedModel } from "./callback.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

/** Options of `ModelCheckpoint`, as in Keras. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** The folder; `{epoch}` (from 1, two digits) and names of the logs, as `{val_loss}` (four decimals), are filled in. */
  readonly filepath: string;
  /** Only where the watched number is better than before. Default false. */
  readonly saveBestOnly?: boolean;
  /** Errors of the disk are told to this function, and training goes on. Default: they end it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Saves the model after each epoch; whatever happens meanwhile, the folder holds the whole of what was saved last. Keras's `ModelCheckpoint`.
 *
 * Errors: those of `save`; `E_OPTION` where the logs do not have the watched number.
 *
 * @example
 * const callback = new ModelCheckpoint({ filepath: "best", saveBestOnly: true });
 */
export class ModelCheckpoint implements Callback {
  readonly #options: ModelCheckpointOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  /** Folders in the order in which they were written. */
  readonly saved: string[] = [];

  constructor(options: ModelCheckpointOptions) {
    this.#options = options;
    this.#monitor = new Monitor(options);
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { filepath, saveBestOnly = false, onError } = this.#options;
    if (saveBestOnly) {
      const value = this.#monitor.read(logs);
      if (!this.#monitor.better(value)) return;
      this.#monitor.best = value;
    }
    const path = filepath.replace(/\{(\w+)\}/g, (whole, name: string) => {
      if (name === "epoch") return String(epoch + 1).padStart(2, "0");
      return Object.hasOwn(logs, name) ? logs[name].toFixed(4) : whole;
    });
    try {
      await this.#model?.save(path);
      this.saved.push(path);
    } catch (error) {
      if (onError === undefined) throw error;
      onError(error);
    }
  }
}
