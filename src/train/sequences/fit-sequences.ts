// Training of models from sequence to sequence: batches of like length on the one training loop.
import {
  aFunction,
  aList,
  anObject,
  anything,
  aSignal,
  atLeastOne,
  belowOne,
  countFromZero,
  InkstoneError,
  oneOf,
  type Rules,
  readOptions,
} from "../../core/index.ts";
import type { EncoderDecoder } from "../../models/index.ts";
import { type Optimizer, type OptimizerName, optimizerOf } from "../../nn/index.ts";
import type { ComputePrecision } from "../../tensor/index.ts";
import { type Callback, CallbackList, type TrainedModel } from "../callbacks/callback.ts";
import { History } from "../history.ts";
import { type BatchSource, checkSignal, TrainingLoop, type TrainingTask } from "../loop/index.ts";
import type { Verbosity } from "../model/options.ts";
import type { Output } from "../progress/output.ts";
import { Progress } from "../progress/progress.ts";
import { lossOf, summedLoss } from "../step/losses.ts";
import { checkPairs, type SequencePairs, sequenceBatch, sequenceBatches } from "./batches.ts";

/** How sequences are learnt. */
export interface FitSequencesOptions {
  /** Default 10. */
  readonly epochs?: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Number of the first epoch, for a run that is taken up again. Default 0. */
  readonly initialEpoch?: number;
  /** Ids that begin and end a target; the second ends a source, too. */
  readonly begin: number;
  readonly end: number;
  /** Default "adam" with gradients clipped to a norm of 1. */
  readonly optimizer?: OptimizerName | Optimizer;
  /** Default 0. */
  readonly labelSmoothing?: number;
  readonly validation?: SequencePairs;
  readonly callbacks?: readonly Callback[];
  readonly seed?: number;
  readonly precision?: ComputePrecision;
  /** Most steps of an epoch. Default: all batches. */
  readonly stepsPerEpoch?: number;
  /** The batches of an epoch, in the place of shuffled ones of like length. */
  readonly batches?: (epoch: number) => readonly Uint32Array[];
  readonly verbose?: Verbosity;
  readonly output?: Output;
  readonly signal?: AbortSignal;
  /** What callbacks may do with what is trained; default: nothing but to stop it. */
  readonly trained?: Pick<TrainedModel, "name" | "save">;
}

const rules: Rules<FitSequencesOptions> = {
  epochs: countFromZero,
  batchSize: atLeastOne,
  initialEpoch: countFromZero,
  begin: atLeastOne,
  end: atLeastOne,
  optimizer: anything,
  labelSmoothing: belowOne,
  validation: anObject,
  callbacks: aList,
  seed: countFromZero,
  precision: oneOf(["f32", "bf16"]),
  stepsPerEpoch: atLeastOne,
  batches: aFunction,
  verbose: oneOf(["auto", 0, 1, 2]),
  output: anything,
  signal: aSignal,
  trained: anObject,
};

/**
 * Trains a model on pairs of sequences of ids, a target after its source, with teacher forcing: cross-entropy of each next id. Losses of an epoch are means over its ids.
 *
 * Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW` for pairs that cannot be used; `E_OPTION`, `E_OPTION_UNKNOWN`; `E_TRAINING_LOSS` at a step whose loss is not finite; `E_CANCELLED` by
 * its signal, with the weights of the last whole step.
 *
 * @example
 * const model = new RecurrentEncoderDecoder({ sourceVocabulary: 8, targetVocabulary: 8, units: 16 });
 * const pairs = { source: [[4, 5], [6]], target: [[5, 4], [6]] };
 * const history = await fitSequences(model, pairs, { begin: 2, end: 3, epochs: 2, verbose: 0 });
 * history.history["loss"].length; // 2
 */
export async function fitSequences(model: EncoderDecoder, pairs: SequencePairs, wanted: FitSequencesOptions): Promise<History> {
  const options = readOptions("fitSequences", wanted, rules);
  const { epochs = 10, batchSize = 64, initialEpoch = 0, seed = 0, signal, validation } = options;
  checkPairs("pairs", pairs, model.vocabularies);
  if (validation) checkPairs("validation", validation, model.vocabularies);
  checkSignal(signal, "fit");
  const task = sequenceTask(model, options);
  const optimizer = optimizerOf(options.optimizer ?? "adam");
  const source = sequenceSource(pairs, options, (epoch) => options.batches?.(epoch) ?? sequenceBatches(pairs, batchSize, seed, epoch));
  let acceptsNaN = false;
  let before: (batch: number) => Promise<void> | undefined = () => undefined;
  const loop = new TrainingLoop(task, source, {
    optimizer,
    seed,
    stepsPerEpoch: options.stepsPerEpoch,
    signal,
    get acceptsNaN() {
      return acceptsNaN;
    },
    before: (batch) => before(batch),
  });
  const trained = new TrainedSequences(task, optimizer, options);
  const verbose = options.verbose === undefined || options.verbose === "auto" ? 1 : options.verbose;
  const history = new History();
  const progress = verbose === 0 ? [] : [new Progress(options.output ?? process.stdout)];
  const told = [...(options.callbacks ?? []), ...progress, history];
  const plan = {
    ...{ epochs, initialEpoch, steps: loop.stepsPerEpoch, verbose },
    names: ["loss", ...(validation ? ["val_loss"] : []), ...told.flatMap(({ adds }) => adds ?? [])],
    open: told.some(({ adds, onEpochEnd }) => adds === undefined && onEpochEnd !== undefined),
    better: () => undefined,
    schedule: typeof optimizer.learningRateSetting === "function",
  };
  try {
    const callbacks = new CallbackList(told, trained, plan);
    acceptsNaN = callbacks.acceptsNaN;
    before = (batch) => callbacks.call("onTrainBatchBegin", batch, {});
    await callbacks.call("onTrainBegin", {});
    for (let epoch = initialEpoch; epoch < epochs && !trained.stopTraining; epoch++) {
      const started = performance.now();
      await callbacks.call("onEpochBegin", epoch, {});
      const logs: Record<string, number> = { loss: 0 };
      for await (const step of loop.epoch(epoch)) {
        logs["loss"] = step.meanLoss;
        await callbacks.call("onTrainBatchEnd", step.batch, { ...logs });
        if (trained.stopTraining) break;
      }
      if (validation)
        logs["val_loss"] = (
          await loop.evaluate(sequenceSource(validation, options, () => sequenceBatches(validation, batchSize, 0, 0)).batches(0, 0))
        ).loss;
      await callbacks.call("onEpochEnd", epoch, logs);
      history.seconds.push((performance.now() - started) / 1000);
    }
    await callbacks.call("onTrainEnd", {});
  } finally {
    await loop.end();
  }
  return history;
}

// Batches of pairs, filled up to one length when their turn comes.
function sequenceSource(pairs: SequencePairs, ends: FitSequencesOptions, order: (epoch: number) => readonly Uint32Array[]): BatchSource {
  return {
    steps: order(0).length,
    *batches(epoch, from) {
      for (const rows of order(epoch).slice(from)) yield sequenceBatch(pairs, rows, ends);
    },
  };
}

// What callbacks see of it.
class TrainedSequences implements TrainedModel {
  readonly name: string;
  readonly optimizer: Optimizer;
  stopTraining = false;
  readonly #task: TrainingTask;
  readonly #options: FitSequencesOptions;

  constructor(task: TrainingTask, optimizer: Optimizer, options: FitSequencesOptions) {
    this.#task = task;
    this.#options = options;
    this.name = task.name;
    this.optimizer = optimizer;
  }

  getWeights(): Float32Array[] {
    return this.#task.trainableParameters().map((weight) => Float32Array.from(weight.dataSync()));
  }

  setWeights(weights: readonly ArrayLike<number>[]): void {
    for (const [i, weight] of this.#task.trainableParameters().entries()) weight.write(weights[i]);
  }

  async save(path: string): Promise<void> {
    await this.#options.trained?.save(path);
  }

  async saveWeights(path: string): Promise<void> {
    await this.#options.trained?.save(path);
  }
}

// Cross-entropy of each next id; padding does not count.
function sequenceTask(model: EncoderDecoder, { labelSmoothing, precision = "f32", trained }: FitSequencesOptions): TrainingTask {
  const loss = lossOf({ name: "sparse_categorical_crossentropy", fromLogits: true, ignoreIndex: 0, labelSmoothing });
  const name = trained?.name ?? "encoder_decoder";
  const [first] = model.trainableParameters();
  if (first === undefined)
    throw new InkstoneError("E_MODEL_LAYERS", { layer: name, why: { en: "it has no weights to train", zh: "没有可训练的权重" } });
  return {
    name,
    device: first.device,
    precision,
    turns: model,
    key: () => model.trainableParameters().length.toString(),
    loss([source, target, answers]) {
      const logits = model.forward(source, target);
      return summedLoss(loss, answers, { prediction: () => logits });
    },
    train: (training) => model.train(training),
    trainableParameters: () => model.trainableParameters(),
    stateDict: () => model.stateDict(),
  };
}
