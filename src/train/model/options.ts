// Options of fit and of its kin, as in Keras.
import type { Callback } from "../callbacks/callback.ts";
import type { ArrayInput } from "../inputs/column.ts";
import type { Output } from "../progress/output.ts";
import type { Inputs } from "./core.ts";

/** Inputs and targets, and maybe a weight for each row. */
export type ValidationData = readonly [x: Inputs, y: ArrayInput] | readonly [x: Inputs, y: ArrayInput, sampleWeight: ArrayLike<number>];

/** What is shown: nothing, a bar with a line an epoch, a line an epoch. "auto": 1. A bar is only drawn on a terminal. */
export type Verbosity = "auto" | 0 | 1 | 2;

/** Options of `fit`. */
export interface FitOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Default 32. */
  readonly batchSize?: number;
  /** The last part of the data, before any shuffling, is kept for validation. Default 0. */
  readonly validationSplit?: number;
  readonly validationData?: ValidationData;
  readonly callbacks?: readonly Callback[];
  /** Whether each epoch has the rows in another order. Default true. A function gives the rows of an epoch itself: each in its place, maybe not all, maybe some twice. */
  readonly shuffle?: boolean | ((epoch: number) => Uint32Array);
  /** What shuffling and dropout draw from: the same seed gives the same bits. Default 0. */
  readonly seed?: number;
  /** Of each row. */
  readonly sampleWeight?: ArrayLike<number>;
  /** Of the rows of each class. */
  readonly classWeight?: Readonly<Record<number, number>>;
  /** Default "auto". */
  readonly verbose?: Verbosity;
  /** Where to begin, for a run that is taken up again. Default 0. */
  readonly initialEpoch?: number;
  /** Cancels: the promise is rejected with `E_CANCELLED`, the weights are those after the last whole step. */
  readonly signal?: AbortSignal;
  /** So many batches make one step of the optimiser, as one batch of all their rows would. Default 1. */
  readonly gradientAccumulation?: number;
  /** Batches of an epoch; default: all there are. */
  readonly stepsPerEpoch?: number;
  /** Default: `batchSize`. */
  readonly validationBatchSize?: number;
  /** Where progress is written. Default: standard output. */
  readonly output?: Output;
}

/** Options of `trainOnBatch` and `testOnBatch`. */
export interface BatchOptions {
  readonly sampleWeight?: ArrayLike<number>;
  readonly classWeight?: Readonly<Record<number, number>>;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Default 32. */
  readonly batchSize?: number;
  readonly sampleWeight?: ArrayLike<number>;
  readonly signal?: AbortSignal;
}
