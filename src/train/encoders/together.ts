// Several tasks over one encoder: batches of all of them in turn, a head each, looks and metrics of each. Knows no files.
import { readOptions, uniform } from "../../core/index.ts";
import type { TrainableEncoder } from "../../models/index.ts";
import { cpu, type Tensor } from "../../tensor/index.ts";
import { type Batch, type BatchSource, TrainingLoop, type TrainingTask, valuesColumn } from "../loop/index.ts";
import type { Judge, Objective } from "./objective.ts";
import { type TuneData, type Tuned, type TuneOptions, tuneRules } from "./options.ts";
import { copied, first } from "./tune.ts";
import { Clock, optimizerFor, Tuning } from "./tuning.ts";
import { type TuneLook, usualEpochs } from "./usual.ts";

/** A task: its head on the shared encoder, and what it learns from. */
export interface TuneTask<Example> {
  readonly model: TrainableEncoder;
  readonly objective: Objective<Example>;
  readonly data: TuneData<Example>;
}

const ORDER = 104;

interface PartBatch extends Batch {
  readonly part: number;
}

// The first column says by its length whose batch it is: batches of two tasks never share a recording.
const marked = (batch: Batch, part: number): PartBatch => ({
  ...batch,
  part,
  columns: [valuesColumn("task", new Int32Array(part + 1), [part + 1]), ...batch.columns],
});

/** Batches of all sources, shuffled among each other by seed and epoch. */
function mixed(sources: readonly BatchSource[], seed: number): BatchSource {
  const steps = sources.reduce((sum, each) => sum + (each.steps ?? 0), 0);
  return {
    steps,
    *batches(epoch, from) {
      const parts = sources.flatMap(({ steps: own = 0 }, part) =>
        Array.from({ length: own }, (_, i) => ({ part, at: uniform(seed, epoch, ORDER + part, i) })),
      );
      parts.sort((a, b) => a.at - b.at);
      const streams = sources.map((each) => (each.batches(epoch, 0) as Iterable<Batch>)[Symbol.iterator]());
      for (const [i, { part }] of parts.entries()) {
        const { value } = streams[part].next();
        if (i >= from) yield marked(value as Batch, part);
      }
    },
  };
}

/**
 * Tunes an encoder for several tasks at once: a step is a batch of one of them and changes the encoder and its head. An epoch sees every example of every task once.
 *
 * The result of each has its own looks; the epoch that is kept is the one with the highest mean of the first metrics of all tasks that are looked at.
 * Errors: as `tuneEncoder`. Source: Liu et al. 2019, arXiv:1901.11504 (MT-DNN), algorithm 1.
 */
export async function tuneTogether(tasks: readonly TuneTask<unknown>[], given: TuneOptions = {}): Promise<Tuned<unknown>[]> {
  const options = readOptions("tune", given, tuneRules);
  const { seed = 0, patience = 0, signal, onStep } = options;
  const epochs = options.epochs ?? Math.max(...tasks.map(({ data, objective }) => usualEpochs(data.train.length, objective.outputs)));
  const parts = tasks.map(({ model, objective }) => new Tuning(model, objective, cpu(), options));
  const models = tasks.map(({ model }) => model);
  const source = mixed(
    parts.map((part, i) => part.source(tasks[i].data.train)),
    seed,
  );
  const total = (source.steps ?? 1) * epochs;
  const optimizer = optimizerFor(models, total, options);
  const loop = new TrainingLoop(taskOf(parts, models), source, { optimizer, seed, signal });
  const all = [...new Set(models.flatMap((model) => model.trainableParameters()))];
  const looks: TuneLook[][] = tasks.map(() => []);
  let best: { epoch: number; mean: number; judges: (Judge<unknown> | undefined)[]; weights: Float32Array[] } | undefined;
  let [steps, waited, seconds, examples] = [0, 0, 0, 0];
  const clock = new Clock(total);
  for (const model of models) model.dropWith(options.dropout ?? 0.1);
  try {
    for (let epoch = 0; epoch < epochs && !(patience > 0 && waited >= patience); epoch++) {
      const since = performance.now();
      for await (const step of loop.epoch(epoch)) {
        steps++;
        examples += step.rows;
        onStep?.({ done: steps, total, epoch, loss: step.meanLoss, ...clock.step(steps) });
      }
      seconds += (performance.now() - since) / 1000;
      const seen = await looksOf(parts, tasks, epoch, signal);
      for (const [i, one] of seen.entries()) if (one !== undefined) looks[i].push(one.look);
      const metrics = seen.flatMap((one) => (one === undefined ? [] : [first(one.look)]));
      const mean = metrics.reduce((sum, each) => sum + each, 0) / (metrics.length || 1);
      const isBetter = metrics.length > 0 && (best === undefined || mean >= best.mean);
      waited = isBetter || metrics.length === 0 ? 0 : waited + 1;
      if (isBetter) best = { epoch, mean, judges: seen.map((one) => one?.judge), weights: epoch === epochs - 1 ? [] : copied(all) };
    }
    if (best !== undefined && best.epoch !== epochs - 1) for (const [i, weight] of all.entries()) weight.write(best.weights[i]);
  } finally {
    await loop.end();
    for (const part of parts) await part.release();
    optimizer.dispose();
  }
  const speed = { steps, seconds, examplesPerSecond: seconds > 0 ? examples / seconds : 0 };
  return tasks.map((_, i) => ({ ...speed, looks: looks[i], best: looks[i].find(({ epoch }) => epoch === best?.epoch), judge: best?.judges[i] }));
}

async function looksOf(parts: readonly Tuning<unknown>[], tasks: readonly TuneTask<unknown>[], epoch: number, signal: AbortSignal | undefined) {
  const seen: ({ look: TuneLook; judge: Judge<unknown> } | undefined)[] = [];
  for (const [i, part] of parts.entries()) {
    const { validation = [] } = tasks[i].data;
    if (validation.length === 0) seen.push(undefined);
    else {
      const { judge, ...look } = await part.look(validation, signal);
      seen.push({ look: { epoch, ...look }, judge });
    }
  }
  return seen;
}

// The loss of a batch is that of its task; only the encoder and that head have gradients then.
function taskOf(parts: readonly Tuning<unknown>[], models: readonly TrainableEncoder[]): TrainingTask {
  let now: TrainableEncoder | undefined;
  const weights = (): Tensor[] => [...new Set((now === undefined ? models : [now]).flatMap((model) => model.trainableParameters()))];
  return {
    ...parts[0].task,
    loss: ([, ...columns], batch) => {
      const { part } = batch as PartBatch;
      now = models[part];
      return parts[part].loss(columns);
    },
    train: (training) => {
      if (!training) now = undefined;
      for (const model of models) model.train(training);
    },
    trainableParameters: weights,
    stateDict: () =>
      new Map(models.flatMap((model, i) => [...model.stateDict()].map(([name, weight]) => [i === 0 ? name : `${name} (${i})`, weight] as const))),
  };
}
