// How an encoder is tuned and what that gives: options with their rules, data, steps, results. Knows no loop.
import { aboveZero, aFunction, aNumber, aSignal, belowOne, fromZero, oneOf, type Rules, whole } from "../../core/index.ts";
import type { ComputePrecision } from "../../tensor/index.ts";
import type { Judge } from "./objective.ts";
import type { TuneLook } from "./usual.ts";

/** How an encoder is tuned. */
export interface TuneOptions {
  /** Most passes over the examples. Default `usualEpochs`: 5 where a class has a thousand examples, more where it has fewer. */
  readonly epochs?: number;
  /** Examples of a step. Default 32. */
  readonly batchSize?: number;
  /** The highest rate: reached after the warm-up, then it falls to 0. Default 1e-4. */
  readonly learningRate?: number;
  /** The head's rate is this times as high. Default 5. */
  readonly headRate?: number;
  /** Share of all steps in which the rate rises. Default 0.1. */
  readonly warmUp?: number;
  /** Of matrices. Default 0.01. */
  readonly weightDecay?: number;
  /** Share of values that is dropped in training. Default 0.1. */
  readonly dropout?: number;
  /** Epochs whose look is worse than the best by more than its standard error, after which it ends; 0: never, so that the rate falls to its end. Default 0. */
  readonly patience?: number;
  /** In what products are computed. Default bf16 on the native kernels, f32 on the others. */
  readonly precision?: ComputePrecision;
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Told of every step. */
  readonly onStep?: (step: TuneStep) => void;
  /** Told of every look at the validation examples. */
  readonly onLook?: (look: TuneLook) => void;
}

/** A step of tuning. */
export interface TuneStep {
  /** Steps made, and all that may come. */
  readonly done: number;
  readonly total: number;
  readonly epoch: number;
  /** Mean of the epoch so far. */
  readonly loss: number;
  /** What the steps that are left take, as those before took; undefined in the first ten. */
  readonly secondsLeft?: number;
}

/** What tuning came to. */
export interface Tuned<Example> {
  /** Of the look whose weights were kept: what it has seen. */
  readonly judge: Judge<Example> | undefined;
  readonly looks: readonly TuneLook[];
  /** The look whose weights were kept; undefined without validation examples: then the last weights were. */
  readonly best: TuneLook | undefined;
  readonly steps: number;
  readonly seconds: number;
  /** Of training alone. */
  readonly examplesPerSecond: number;
}

/** Rules of `TuneOptions`. */
export const tuneRules: Rules<TuneOptions> = {
  epochs: whole(1, 1000),
  batchSize: whole(1, 4096),
  learningRate: aboveZero,
  headRate: aboveZero,
  warmUp: belowOne,
  weightDecay: fromZero,
  dropout: aNumber({ from: 0, below: 1 }),
  patience: whole(0),
  precision: oneOf(["f32", "bf16"]),
  seed: whole(0),
  signal: aSignal,
  onStep: aFunction,
  onLook: aFunction,
};

/** Examples to learn from, and some to look at. */
export interface TuneData<Example> {
  readonly train: readonly Example[];
  /** Default: none; then every epoch is made and the last weights are kept. */
  readonly validation?: readonly Example[];
}
