// fit: epochs of batches. A step is two recorded lists: forward with gradients, which a signal may cut short and whose loss is looked at, and the update, which always runs whole.
import { InkstoneError } from "../../core/index.ts";
import { holdGradients, withDevice } from "../../tensor/index.ts";
import { CallbackList, type Logs, type TrainingPlan } from "../callbacks/callback.ts";
import { History } from "../history.ts";
import { batchesOf, plainOrder, shuffledOrder } from "../inputs/batches.ts";
import { Progress } from "../progress/progress.ts";
import { bindTrainable } from "../step/bind.ts";
import { afterFailure, type StepPlace, withoutLoss } from "../step/refusal.ts";
import type { StepResult } from "../step/steps.ts";
import { gradientMap, UpdateStep } from "../step/update.ts";

import type { Compiled } from "./compiled.ts";
import type { ModelCore } from "./core.ts";
import { type GivenData, type RowData, splitData, trainingData } from "./data.ts";
import { checkCount, checkSignal, evaluateRows, LossMean, logsOf } from "./evaluate.ts";
import type { BatchOptions, FitOptions } from "./options.ts";

/** Where a training stands. */
interface Run {
  readonly model: ModelCore;
  readonly compiled: Compiled;
  readonly callbacks: CallbackList;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** How many batches make a step. */
  readonly accumulation: number;
  /** The update by accumulated gradients, once there is one. */
  update: UpdateStep | undefined;
  /** Items whose gradients are summed up and not yet used. */
  pending: number;
  batches: number;
}

/** Trains a model. */
export async function fitModel(model: ModelCore, compiled: Compiled, given: GivenData, options: FitOptions = {}): Promise<History> {
  const { epochs = 1, batchSize = 32, initialEpoch = 0, stepsPerEpoch, gradientAccumulation = 1, seed = 0, signal } = options;
  checkCount("epochs", epochs, 0);
  checkCount("batchSize", batchSize);
  checkCount("gradientAccumulation", gradientAccumulation);
  if (stepsPerEpoch !== undefined) checkCount("stepsPerEpoch", stepsPerEpoch);
  const { train, validation } = await dataOf(model, compiled, given, options);
  const steps = Math.min(stepsPerEpoch ?? Number.POSITIVE_INFINITY, Math.ceil(train.rows / batchSize));
  const verbose = options.verbose === undefined || options.verbose === "auto" ? 1 : options.verbose;
  const plan: TrainingPlan = { epochs, initialEpoch, steps, verbose };
  const history = new History();
  const progress = verbose === 0 ? [] : [new Progress(options.output ?? process.stdout)];
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...progress, history], model, plan);
  const run = begin(model, compiled, callbacks, { seed, signal, accumulation: gradientAccumulation });
  model.stopTraining = false;
  try {
    await callbacks.call("onTrainBegin", {});
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      const started = performance.now();
      await callbacks.call("onEpochBegin", epoch, {});
      const order = orderOf(options.shuffle ?? true, train.rows, seed, epoch);
      const logs = await trainEpoch(run, train, batchesOf(order, batchSize).slice(0, steps), epoch);
      if (validation) Object.assign(logs, await validate(compiled, validation, options.validationBatchSize ?? batchSize, { signal, callbacks }));
      await callbacks.call("onEpochEnd", epoch, logs);
      history.seconds.push((performance.now() - started) / 1000);
    }
    await callbacks.call("onTrainEnd", {});
    if (verbose === 1 && history.epoch.length > 1) (options.output ?? process.stdout).write(`\n${history}\n`);
  } finally {
    end(run);
  }
  return history;
}

function orderOf(shuffle: boolean | ((epoch: number) => Uint32Array), rows: number, seed: number, epoch: number): Uint32Array {
  if (typeof shuffle === "boolean") return shuffle ? shuffledOrder(rows, seed, epoch) : plainOrder(rows);
  const order = shuffle(epoch);
  const wrong = order.findIndex((row) => row >= rows);
  if (wrong >= 0 || order.length === 0) {
    throw new InkstoneError("E_OPTION", {
      option: "shuffle",
      value: order[wrong],
      allowed: { en: `rows from 0 to ${rows - 1}`, zh: `0 至 ${rows - 1} 的行号` },
    });
  }
  return order;
}

function begin(
  model: ModelCore,
  compiled: Compiled,
  callbacks: CallbackList,
  { seed, signal, accumulation }: { readonly seed: number; readonly signal?: AbortSignal; readonly accumulation: number },
): Run {
  checkSignal(signal, "fit");
  bindTrainable(model, model.name, compiled.optimizer);
  // What a loop of the program has left there does not belong to this training.
  if (accumulation > 1) for (const parameter of model.trainableParameters()) parameter.zeroGrad();
  return { model, compiled, callbacks, seed, signal, accumulation, update: undefined, pending: 0, batches: 0 };
}

function end(run: Run): void {
  run.update?.dispose();
  run.compiled.optimizer.gradientScale = 1;
  if (run.accumulation > 1) for (const parameter of run.model.trainableParameters()) parameter.zeroGrad();
  run.compiled.release();
}

async function dataOf(
  model: ModelCore,
  compiled: Compiled,
  given: GivenData,
  options: FitOptions,
): Promise<{ train: RowData; validation: RowData | undefined }> {
  const { validationData, validationSplit = 0, sampleWeight, classWeight } = options;
  const all = await trainingData(model, compiled.loss, { ...given, sampleWeight, classWeight });
  if (validationData) {
    const [x, y, weights] = validationData;
    return { train: all, validation: await trainingData(model, compiled.loss, { x, y, sampleWeight: weights }, { y: "validationData[1]" }) };
  }
  if (validationSplit === 0) return { train: all, validation: undefined };
  const [train, validation] = splitData(all, validationSplit);
  return { train, validation };
}

async function validate(
  compiled: Compiled,
  data: RowData,
  batchSize: number,
  options: { readonly signal?: AbortSignal; readonly callbacks: CallbackList },
): Promise<Logs> {
  const logs = await evaluateRows(compiled, data, batchSize, options);
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}

async function trainEpoch(run: Run, data: RowData, batches: readonly Uint32Array[], epoch: number): Promise<Logs> {
  const { model, compiled, callbacks, signal } = run;
  const loss = new LossMean();
  for (const metric of compiled.metrics) metric.reset();
  for (const [batch, rows] of batches.entries()) {
    checkSignal(signal, "fit");
    await callbacks.call("onTrainBatchBegin", batch, {});
    const found = await trainBatch(run, data, rows, { epoch, batch, last: batch === batches.length - 1 });
    loss.add(found.loss, rows.length);
    await callbacks.call("onTrainBatchEnd", batch, logsOf(loss, compiled.metrics));
    if (model.stopTraining) break;
  }
  return logsOf(loss, compiled.metrics);
}

interface Place extends StepPlace {
  /** Whether the epoch ends with it: what is summed up is used then. */
  readonly last: boolean;
}

async function trainBatch(run: Run, data: RowData, rows: Uint32Array, place: Place): Promise<StepResult> {
  const { compiled, seed, signal, accumulation } = run;
  const accumulate = accumulation > 1;
  if (accumulate) holdGradients(run.model.trainableParameters());
  const step = withDevice(run.model.device, () => compiled.training(data, rows.length, { seed, accumulate }));
  const { acceptsNaN } = run.callbacks;
  const found = await step.run(data, rows, compiled.optimizer.steps, { signal }).catch((error: unknown) => afterFailure(error, place, acceptsNaN));
  if (!Number.isFinite(found.loss)) return withoutLoss(found, place, acceptsNaN);
  step.observe();
  if (!accumulate) {
    await step.update(compiled.optimizer).run(run.model.stateDict());
    return found;
  }
  run.pending += found.count;
  run.batches++;
  if (run.batches === accumulation || place.last) await applyPending(run);
  return found;
}

async function applyPending(run: Run): Promise<void> {
  const { model, compiled } = run;
  const { optimizer } = compiled;
  optimizer.gradientScale = 1 / (run.pending || 1);
  const parameters = model.trainableParameters();
  run.update ??= new UpdateStep(model.device, optimizer, gradientMap(parameters, holdGradients(parameters)), true);
  await run.update.run(model.stateDict());
  run.pending = 0;
  run.batches = 0;
}

/** One step on one batch; its recording is kept for the next. */
export async function trainOnBatch(model: ModelCore, compiled: Compiled, given: GivenData, options: BatchOptions = {}): Promise<Logs> {
  const { sampleWeight, classWeight, seed = 0, signal } = options;
  const data = await trainingData(model, compiled.loss, { ...given, sampleWeight, classWeight });
  const callbacks = new CallbackList([], model, { epochs: 1, initialEpoch: 0, steps: 1, verbose: 0 });
  const run = begin(model, compiled, callbacks, { seed, signal, accumulation: 1 });
  return trainEpoch(run, data, [plainOrder(data.rows)], 0);
}
