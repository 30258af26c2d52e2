// Options of fit and of its kin, as in Keras.
import {
  aFlag,
  aFunction,
  aList,
  anObject,
  anything,
  aSignal,
  atLeastOne,
  countFromZero,
  either,
  oneOf,
  type Rules,
  share,
} from "../../core/index.ts";
import type { Callback } from "../callbacks/callback.ts";
import type { Output } from "../progress/output.ts";
import type { Inputs, Targets } from "./core.ts";
import type { ClassWeight, SampleWeight } from "./data.ts";

/** Inputs and targets, and maybe a weight for each row. */
export type ValidationData = readonly [x: Inputs, y: Targets] | readonly [x: Inputs, y: Targets, sampleWeight: SampleWeight];

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
  /** Of each row, or of each step of each row [N, T]. */
  readonly sampleWeight?: SampleWeight;
  /** Of the rows, or steps, of each class, by its number: in training, not in validation. */
  readonly classWeight?: ClassWeight;
  /** Default "auto". */
  readonly verbose?: Verbosity;
  /**
   * Number of the first epoch, for a run that is taken up again: epochs have the order of rows that goes with their number. Default: 0 for the callbacks, and orders go on
   * from what this compiled model has been trained before.
   */
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
  readonly sampleWeight?: SampleWeight;
  readonly classWeight?: ClassWeight;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Default 32. */
  readonly batchSize?: number;
  readonly sampleWeight?: SampleWeight;
  readonly signal?: AbortSignal;
}

/** What options of `fit` may be. */
export const fitRules: Rules<FitOptions> = {
  epochs: countFromZero,
  batchSize: atLeastOne,
  validationSplit: { allowed: { en: "0, or above 0 and below 1", zh: "0，或大于 0 且小于 1" }, holds: (value) => share.holds(value) && value !== 1 },
  validationData: aList,
  callbacks: {
    allowed: { en: "a list of callbacks", zh: "回调列表" },
    holds: (value) => Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null),
  },
  shuffle: either(aFlag, aFunction),
  seed: countFromZero,
  sampleWeight: anything,
  classWeight: anObject,
  verbose: oneOf(["auto", 0, 1, 2]),
  initialEpoch: countFromZero,
  signal: aSignal,
  gradientAccumulation: atLeastOne,
  stepsPerEpoch: atLeastOne,
  validationBatchSize: atLeastOne,
  output: anything,
};

/** What options of single batches may be. */
export const batchRules: Rules<BatchOptions> = { sampleWeight: anything, classWeight: anObject, seed: countFromZero, signal: aSignal };
