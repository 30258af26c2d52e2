// Training of models from sequence to sequence: batches of like length, a recording for each shape, one block of memory for all of them.
import type { EncoderDecoder } from "../../models/index.ts";
import { type Optimizer, optimizerOf } from "../../nn/index.ts";
import { Arena, type ComputePrecision } from "../../tensor/index.ts";
import { type Callback, CallbackList, type TrainedModel } from "../callbacks/callback.ts";
import { History } from "../history.ts";
import { plainOrder } from "../inputs/batches.ts";
import { checkCount, checkSignal } from "../model/evaluate.ts";
import type { Verbosity } from "../model/options.ts";
import type { Output } from "../progress/output.ts";
import { Progress } from "../progress/progress.ts";
import { bindTrainable } from "../step/bind.ts";
import { lossOf } from "../step/losses.ts";
import { afterFailure, withoutLoss } from "../step/refusal.ts";
import { Recent } from "../step/shape.ts";
import { type Columns, EvaluationStep, type Steppable, type StepResult, TrainStep } from "../step/steps.ts";
import { checkPairs, type SequencePairs, sequenceBatches, sequenceColumns } from "./batches.ts";

/** How sequences are learnt. */
export interface FitSequencesOptions {
  /** Default 10. */
  readonly epochs?: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Ids that begin and end a target; the second ends a source, too. */
  readonly begin: number;
  readonly end: number;
  /** Default "adam" with gradients clipped to a norm of 1. */
  readonly optimizer?: string | Optimizer;
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

/** Shapes of batches whose recordings are kept. */
const MOST_SHAPES = 64;

/**
 * Trains a model on pairs of sequences of ids, a target after its source, with teacher forcing: cross-entropy of each next id. Losses of an epoch are means over its ids.
 *
 * Errors: `E_TRAINING_DATA`, `E_TRAINING_ROW` for pairs that cannot be used; `E_TRAINING_LOSS` at a step whose loss is not finite; `E_CANCELLED` by its signal, with the weights of the last whole step.
 *
 * @example
 * const model = new RecurrentEncoderDecoder({ sourceVocabulary: 8, targetVocabulary: 8, units: 16 });
 * const pairs = { source: [[4, 5], [6]], target: [[5, 4], [6]] };
 * const history = await fitSequences(model, pairs, { begin: 2, end: 3, epochs: 2, verbose: 0 });
 * history.history["loss"].length; // 2
 */
export async function fitSequences(model: EncoderDecoder, pairs: SequencePairs, options: FitSequencesOptions): Promise<History> {
  const { epochs = 10, batchSize = 64, seed = 0, signal, validation } = options;
  checkCount("epochs", epochs, 0);
  checkCount("batchSize", batchSize);
  checkPairs("pairs", pairs, model.vocabularies);
  if (validation) checkPairs("validation", validation, model.vocabularies);
  checkSignal(signal, "fit");
  const training = new SequenceTraining(model, options);
  const batches = (epoch: number) => (options.batches?.(epoch) ?? sequenceBatches(pairs, batchSize, seed, epoch)).slice(0, options.stepsPerEpoch);
  const verbose = options.verbose === undefined || options.verbose === "auto" ? 1 : options.verbose;
  const history = new History();
  const progress = verbose === 0 ? [] : [new Progress(options.output ?? process.stdout)];
  const plan = { epochs, initialEpoch: 0, steps: batches(0).length, verbose };
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...progress, history], training, plan);
  try {
    await callbacks.call("onTrainBegin", {});
    for (let epoch = 0; epoch < epochs && !training.stopTraining; epoch++) {
      const started = performance.now();
      await callbacks.call("onEpochBegin", epoch, {});
      const logs: Record<string, number> = { loss: await trainEpoch(training, pairs, batches(epoch), epoch, callbacks) };
      if (validation) logs["val_loss"] = await training.evaluate(validation, batchSize);
      await callbacks.call("onEpochEnd", epoch, logs);
      history.seconds.push((performance.now() - started) / 1000);
    }
    await callbacks.call("onTrainEnd", {});
  } finally {
    training.release();
  }
  return history;
}

async function trainEpoch(
  training: SequenceTraining,
  pairs: SequencePairs,
  batches: readonly Uint32Array[],
  epoch: number,
  callbacks: CallbackList,
): Promise<number> {
  let [sum, count] = [0, 0];
  for (const [batch, rows] of batches.entries()) {
    await callbacks.call("onTrainBatchBegin", batch, {});
    const found = await training.step(pairs, rows, { epoch, batch }, callbacks.acceptsNaN);
    sum += found.loss * found.count;
    count += found.count;
    await callbacks.call("onTrainBatchEnd", batch, { loss: sum / count });
    if (training.stopTraining) break;
  }
  return sum / (count || 1);
}

// The model as steps and callbacks see it.
class SequenceTraining implements TrainedModel {
  readonly name: string;
  readonly optimizer: Optimizer;
  stopTraining = false;
  readonly #model: EncoderDecoder;
  readonly #options: FitSequencesOptions;
  readonly #steppable: Steppable;
  readonly #arena: Arena;
  readonly #training = new Recent<TrainStep>(MOST_SHAPES);
  readonly #evaluation = new Recent<EvaluationStep>(MOST_SHAPES);

  constructor(model: EncoderDecoder, options: FitSequencesOptions) {
    this.#model = model;
    this.#options = options;
    this.name = options.trained?.name ?? "encoder_decoder";
    this.optimizer = optimizerOf(options.optimizer ?? "adam");
    bindTrainable(model, this.name, this.optimizer);
    const { device } = model.trainableParameters()[0];
    this.#arena = new Arena(device);
    this.#steppable = steppable(model, this.#arena, options);
  }

  async step(pairs: SequencePairs, rows: Uint32Array, place: { epoch: number; batch: number }, acceptsNaN: boolean): Promise<StepResult> {
    const { seed = 0, signal } = this.#options;
    checkSignal(signal, "fit");
    const columns = sequenceColumns(pairs, rows, this.#options);
    const step = this.#training.get(keyOf(columns, rows), () => new TrainStep(this.#steppable, columns, rows.length, { seed, accumulate: false }));
    const found = await step
      .run(columns, plainOrder(rows.length), this.optimizer.steps, { signal })
      .catch((error: unknown) => afterFailure(error, place, acceptsNaN));
    if (!Number.isFinite(found.loss)) return withoutLoss(found, place, acceptsNaN);
    await step.update(this.optimizer).run(this.#model.stateDict());
    return found;
  }

  async evaluate(pairs: SequencePairs, batchSize: number): Promise<number> {
    let [sum, count] = [0, 0];
    for (const rows of sequenceBatches(pairs, batchSize, 0, 0)) {
      checkSignal(this.#options.signal, "evaluate");
      const columns = sequenceColumns(pairs, rows, this.#options);
      const step = this.#evaluation.get(keyOf(columns, rows), () => new EvaluationStep(this.#steppable, columns, rows.length));
      const found = await step.run(columns, plainOrder(rows.length), this.#options.signal);
      sum += found.loss * found.count;
      count += found.count;
    }
    return sum / (count || 1);
  }

  getWeights(): Float32Array[] {
    return this.#model.trainableParameters().map((weight) => Float32Array.from(weight.dataSync()));
  }

  setWeights(weights: readonly ArrayLike<number>[]): void {
    for (const [i, weight] of this.#model.trainableParameters().entries()) weight.write(weights[i]);
  }

  async save(path: string): Promise<void> {
    await this.#options.trained?.save(path);
  }

  release(): void {
    this.#training.dispose();
    this.#evaluation.dispose();
    this.#arena.dispose();
  }
}

const keyOf = ({ inputs }: Columns, rows: Uint32Array) => [rows.length, ...inputs.map(({ width }) => width)].join(" ");

function steppable(model: EncoderDecoder, arena: Arena, { labelSmoothing, precision = "f32" }: FitSequencesOptions): Steppable {
  return {
    device: arena.device,
    arena,
    inputTypes: ["i32", "i32"],
    precision,
    metrics: [],
    // Padding does not count.
    loss: lossOf({ name: "sparse_categorical_crossentropy", fromLogits: true, ignoreIndex: 0, labelSmoothing }),
    outcome([source, target]) {
      const logits = model.forward(source, target);
      return { prediction: () => logits };
    },
    train: (training) => model.train(training),
    trainableParameters: () => model.trainableParameters(),
  };
}
