// fit: epochs of batches through the training loop, with callbacks, validation and history. Knows no steps.
import { InkstoneError, readOptions } from "../../core/index.ts";
import { type Callback, CallbackList, type Logs, type TrainingPlan } from "../callbacks/callback.ts";
import { History } from "../history.ts";
import { columnsSource, gathered, plainOrder, shuffledOrder } from "../inputs/batches.ts";
import { isStream, streamSource, type TrainingStream } from "../inputs/stream.ts";
import { type BatchSource, checkSignal, TrainingLoop } from "../loop/index.ts";
import { Progress } from "../progress/progress.ts";
import type { Compiled, HeadForm } from "./compiled.ts";
import type { Inputs, ModelCore, Targets } from "./core.ts";
import { batchColumns, type GivenData, type RowData, type SampleWeight, splitData, trainingData, withClassWeights } from "./data.ts";
import { evaluateBatches, LossMean, rowsInOrder } from "./evaluate.ts";
import { type BatchOptions, batchRules, type FitOptions, fitRules } from "./options.ts";

/** Batches as fit takes them one by one. */
export type BatchStream = TrainingStream<Inputs, Targets, SampleWeight>;

/** What is trained on, and what is looked at after each epoch. */
interface Sources {
  readonly train: BatchSource;
  readonly validation: BatchSource | undefined;
}

/** Trains a model. */
export async function fitModel(
  model: ModelCore,
  compiled: Compiled,
  given: GivenData | { readonly stream: BatchStream },
  wanted: FitOptions = {},
): Promise<History> {
  const options = readOptions("fit", wanted, fitRules);
  const { epochs = 1, initialEpoch = 0, gradientAccumulation = 1, stepsPerEpoch, seed = 0, signal } = options;
  // The order of rows goes with the number of the epoch: as it is told, or as this model has been trained.
  const first = options.initialEpoch ?? compiled.epochs;
  const { train, validation } = await sourcesOf(model, compiled, given, options);
  const verbose = options.verbose === undefined || options.verbose === "auto" ? 1 : options.verbose;
  const history = new History();
  const progress = verbose === 0 ? [] : [new Progress(options.output ?? process.stdout)];
  checkSignal(signal, "fit");
  const metrics = compiled.metrics();
  const loss = new LossMean();
  let report: (batch: number) => Promise<void> | undefined = () => undefined;
  let acceptsNaN = false;
  const loop = new TrainingLoop<readonly HeadForm[]>(
    compiled.task,
    train,
    {
      optimizer: compiled.optimizer,
      seed,
      accumulation: gradientAccumulation,
      stepsPerEpoch,
      signal,
      get acceptsNaN() {
        return acceptsNaN;
      },
      before: (batch) => report(batch),
      observe: (seen) => metrics.update(seen),
    },
    compiled.steps,
  );
  const logs = (): Logs => ({ loss: loss.value, ...metrics.results() });
  const told = [...(options.callbacks ?? []), ...progress, history];
  const plan = planOf({ epochs, initialEpoch, steps: loop.stepsPerEpoch, verbose }, told, metrics.directions, validation !== undefined, compiled);
  model.stopTraining = false;
  try {
    const callbacks = new CallbackList(told, model, plan);
    acceptsNaN = callbacks.acceptsNaN;
    report = (batch) => callbacks.call("onTrainBatchBegin", batch, {});
    await callbacks.call("onTrainBegin", {});
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      const started = performance.now();
      await callbacks.call("onEpochBegin", epoch, {});
      metrics.reset();
      loss.reset();
      for await (const step of loop.epoch(first + epoch - initialEpoch)) {
        loss.add(step.loss, step.rows);
        await callbacks.call("onTrainBatchEnd", step.batch, logs());
        if (model.stopTraining) break;
      }
      compiled.epochs = first + epoch - initialEpoch + 1;
      const found = logs();
      if (validation) Object.assign(found, await validate(compiled, validation, { signal, callbacks }));
      await callbacks.call("onEpochEnd", epoch, found);
      history.seconds.push((performance.now() - started) / 1000);
    }
    await callbacks.call("onTrainEnd", {});
    if (verbose === 1 && history.epoch.length > 1) (options.output ?? process.stdout).write(`\n${history}\n`);
  } finally {
    await loop.end();
    await compiled.steps.release();
  }
  return history;
}

// What callbacks are told at the start: they refuse what can never come.
function planOf(
  plan: Omit<TrainingPlan, "names" | "better" | "open" | "schedule">,
  callbacks: readonly Callback[],
  directions: ReadonlyMap<string, "larger" | "smaller" | undefined>,
  validated: boolean,
  { optimizer }: Compiled,
): TrainingPlan {
  const own = [...directions.keys()];
  const added = callbacks.flatMap(({ adds }) => adds ?? []);
  const names = [...own, ...(validated ? own.map((name) => `val_${name}`) : []), ...added];
  return {
    ...plan,
    names,
    better: (name) => directions.get(name.replace(/^val_/, "")),
    open: callbacks.some(({ adds, onEpochEnd, onEpochBegin }) => adds === undefined && (onEpochEnd !== undefined || onEpochBegin !== undefined)),
    schedule: typeof optimizer.learningRateSetting === "function",
  };
}

async function sourcesOf(
  model: ModelCore,
  compiled: Compiled,
  given: GivenData | { readonly stream: BatchStream },
  options: FitOptions,
): Promise<Sources> {
  const { validationData, validationSplit = 0, sampleWeight, classWeight, batchSize = 32, seed = 0, shuffle = true } = options;
  const look = options.validationBatchSize ?? batchSize;
  const given3 = validationData as readonly [Inputs, Targets, SampleWeight?] | undefined;
  const checked = async () => {
    if (given3 === undefined) return undefined;
    const data = await trainingData(model, compiled, { x: given3[0], y: given3[1], sampleWeight: given3[2] }, { y: "validationData[1]" });
    return rowsInOrder(data, compiled, look);
  };
  if ("stream" in given) {
    for (const option of ["validationSplit", "sampleWeight", "batchSize", "shuffle"] as const)
      if (options[option] !== undefined) refuseWithStream(option, options[option]);
    return { train: streamOf(model, compiled, given.stream, classWeight), validation: await checked() };
  }
  const all = await trainingData(model, compiled, { ...given, sampleWeight });
  const [kept, rest] = validationSplit > 0 && given3 === undefined ? splitData(all, validationSplit) : [all, undefined];
  const data = withClassWeights(kept, compiled, classWeight);
  const order = (epoch: number) => orderOf(shuffle, data.rows, seed, epoch);
  return {
    train: columnsSource(batchColumns(data, compiled), order, batchSize),
    validation: rest ? rowsInOrder(rest, compiled, look) : await checked(),
  };
}

function refuseWithStream(option: string, value: unknown): never {
  const allowed = {
    en: "only for data in memory: a stream has its own batches, order and weights",
    zh: "仅用于内存中的数据：数据流自带批次、次序和权重",
  };
  throw new InkstoneError("E_OPTION", { option, value: typeof value === "object" ? "…" : value, allowed });
}

/** A stream as a source of batches for a model, each checked as it comes. */
export function streamOf(model: ModelCore, compiled: Compiled, stream: BatchStream, classWeight?: FitOptions["classWeight"]): BatchSource {
  return streamSource(stream, async (x, y, sampleWeight) => {
    const data: RowData = withClassWeights(await trainingData(model, compiled, { x, y, sampleWeight }), compiled, classWeight);
    return gathered(batchColumns(data, compiled), plainOrder(data.rows));
  });
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

async function validate(
  compiled: Compiled,
  source: BatchSource,
  options: { readonly signal?: AbortSignal; readonly callbacks: CallbackList },
): Promise<Logs> {
  const logs = await evaluateBatches(compiled, source, options);
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}

/** One step on one batch; its recording is kept for the next. */
export async function trainOnBatch(model: ModelCore, compiled: Compiled, given: GivenData, options: BatchOptions = {}): Promise<Logs> {
  const { sampleWeight, classWeight, seed = 0, signal } = readOptions("trainOnBatch", options, batchRules);
  const data = withClassWeights(await trainingData(model, compiled, { ...given, sampleWeight }), compiled, classWeight);
  checkSignal(signal, "fit");
  const metrics = compiled.metrics();
  const source = rowsInOrder(data, compiled, data.rows);
  const loop = new TrainingLoop(
    compiled.task,
    source,
    { optimizer: compiled.optimizer, seed, signal, observe: (seen) => metrics.update(seen) },
    compiled.steps,
  );
  let loss = 0;
  for await (const step of loop.epoch(0)) loss = step.loss;
  return { loss, ...metrics.results() };
}

/** The data of a call of fit: rows in memory, or a stream of batches with its options in the second place. */
export function givenOf(
  x: Inputs | BatchStream,
  y: Targets | FitOptions | undefined,
  options: FitOptions | undefined,
): readonly [GivenData | { readonly stream: BatchStream }, FitOptions | undefined] {
  if (isStream(x)) return [{ stream: x as BatchStream }, options ?? (y as FitOptions | undefined)];
  return [{ x: x as Inputs, y: y as Targets }, options];
}
