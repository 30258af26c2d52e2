// What a training calls on its way, in Keras's order and by its names. Knows no models beyond what callbacks may do with one.
import type { Optimizer } from "../../nn/index.ts";

/** Losses and metrics by name: `loss`, `accuracy`, `val_loss` … */
export type Logs = Record<string, number>;

/** What a callback may do with the model that is being trained. */
export interface TrainedModel {
  readonly name: string;
  readonly optimizer: Optimizer;
  /** Set to true: the training stops after this batch. */
  stopTraining: boolean;
  getWeights(): Float32Array[];
  setWeights(weights: readonly ArrayLike<number>[]): void;
  save(path: string): Promise<void>;
  /** Weights alone. */
  saveWeights(path: string): Promise<void>;
}

/** What a callback is told at the start. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Batches of an epoch, where that is known. */
  readonly steps: number | undefined;
  /** 0: silent, 1: a bar, 2: a line an epoch. */
  readonly verbose: 0 | 1 | 2;
  /** Names that the logs of an epoch will have. */
  readonly names: readonly string[];
  /** Whether callbacks of the program may add others. */
  readonly open: boolean;
  /** Which values of a name are better, where that is known. */
  better(name: string): "larger" | "smaller" | undefined;
  /** Whether the learning rate is a schedule. */
  readonly schedule: boolean;
}

type Told = void | Promise<void>;

/**
 * What is called on the way. All are optional; a promise is waited for. Epochs and batches count from 0.
 *
 * @example
 * const losses: number[] = [];
 * const callback: Callback = { onEpochEnd: (_epoch, logs) => void losses.push(logs["loss"]) };
 * callback.onEpochEnd?.(0, { loss: 0.5 });
 * losses; // [0.5]
 */
export interface Callback {
  setModel?(model: TrainedModel, plan: TrainingPlan): void;
  onTrainBegin?(logs: Logs): Told;
  onTrainEnd?(logs: Logs): Told;
  onEpochBegin?(epoch: number, logs: Logs): Told;
  /** What it adds to `logs` goes into the history. */
  onEpochEnd?(epoch: number, logs: Logs): Told;
  onTrainBatchBegin?(batch: number, logs: Logs): Told;
  onTrainBatchEnd?(batch: number, logs: Logs): Told;
  onTestBegin?(logs: Logs): Told;
  onTestEnd?(logs: Logs): Told;
  onTestBatchBegin?(batch: number, logs: Logs): Told;
  onTestBatchEnd?(batch: number, logs: Logs): Told;
  /** Names that it adds to the logs of an epoch: none, or these. Where it does not say, it may add any. */
  readonly adds?: readonly string[];
  /** Whether a loss that is not finite stops the training (see `TerminateOnNaN`) and is no error. */
  readonly acceptsNaN?: boolean;
}

/** All callbacks of a training, called one after the other. */
export class CallbackList {
  readonly #callbacks: readonly Callback[];

  constructor(callbacks: readonly Callback[], model: TrainedModel, plan: TrainingPlan) {
    this.#callbacks = callbacks;
    for (const callback of callbacks) callback.setModel?.(model, plan);
  }

  get acceptsNaN(): boolean {
    return this.#callbacks.some(({ acceptsNaN }) => acceptsNaN === true);
  }

  /** Calls one of the methods of all. */
  async call<K extends CallbackMethod>(method: K, ...args: Parameters<NonNullable<Callback[K]>>): Promise<void> {
    for (const callback of this.#callbacks) {
      const told = (callback[method] as ((...given: unknown[]) => Told) | undefined)?.apply(callback, args);
      if (told) await told;
    }
  }
}

type CallbackMethod = Exclude<keyof Callback, "setModel" | "acceptsNaN" | "adds">;
