// What tuning is made of: packed batches, looks, the optimiser with its rates, the clock. Knows no epochs and no files.
import { uniform } from "../../core/index.ts";
import type { TrainableEncoder } from "../../models/index.ts";
import { AdamW, linear, type ParameterGroup, warmUp } from "../../nn/index.ts";
import { type Device, type Tensor, withPrecision } from "../../tensor/index.ts";
import { shuffledOrder } from "../inputs/batches.ts";
import { type Batch, type BatchSource, checkSignal, RecordedFunction, type TrainingTask } from "../loop/index.ts";
import type { Judge, Objective } from "./objective.ts";
import type { TuneOptions } from "./options.ts";
import { type PlacedText, packTexts } from "./packing.ts";
import type { TuneLook } from "./usual.ts";

const DISGUISE = 102;

/** Steps before what is left can be told. */
const SEEN = 10;

/** What is left, by the mean of the steps behind the first ten, which record lists. */
export class Clock {
  readonly #total: number;
  #began = 0;

  constructor(total: number) {
    this.#total = total;
  }

  step(done: number): { readonly secondsLeft?: number } {
    if (done <= SEEN) this.#began = performance.now();
    if (done <= SEEN) return {};
    return { secondsLeft: (((performance.now() - this.#began) / 1000) * (this.#total - done)) / (done - SEEN) };
  }
}

/** AdamW whose rate rises and falls over the steps; heads learn faster, vectors do not decay. `models`: share an encoder. */
export function optimizerFor(models: readonly TrainableEncoder[], steps: number, options: TuneOptions): AdamW {
  const { learningRate: rate = 1e-4, headRate = 5, warmUp: share = 0.1, weightDecay = 0.01 } = options;
  const head = new Set(models.flatMap((model) => model.head.trainableParameters()));
  const tables = new Set(models.flatMap((model) => model.encoder.trainableParameters()));
  const all = [...new Set(models.flatMap((model) => model.trainableParameters()))];
  const groups: ParameterGroup[] = [];
  for (const isHead of [false, true])
    for (const isVector of [false, true]) {
      const parameters = all.filter((each) => (head.has(each) && !tables.has(each)) === isHead && each.shape.length < 2 === isVector);
      if (parameters.length > 0) groups.push({ parameters, learningRateScale: isHead ? headRate : 1, ...(isVector ? { weightDecay: 0 } : {}) });
    }
  const rising = Math.round(steps * share);
  const falling = linear({ rate, steps: Math.max(1, steps - rising), end: 0 });
  const learningRate = rising > 0 ? warmUp(rising, falling, rate / rising) : falling;
  return new AdamW(groups, { learningRate, weightDecay, maxGradNorm: 1 });
}

/** A batch with what it was made of. */
export interface TunedBatch<Example> extends Batch {
  readonly examples: readonly Example[];
  readonly places: readonly PlacedText[];
}

/** An objective on a model: its task, its batches, its looks. */
export class Tuning<Example> {
  readonly task: TrainingTask;
  readonly #model: TrainableEncoder;
  readonly #objective: Objective<Example>;
  readonly #device: Device;
  readonly #size: number;
  readonly #seed: number;
  readonly #looking: RecordedFunction<{ total: Tensor; scores: Tensor }>;

  constructor(model: TrainableEncoder, objective: Objective<Example>, device: Device, options: TuneOptions) {
    this.#model = model;
    this.#objective = objective;
    this.#device = device;
    this.#size = options.batchSize ?? 32;
    this.#seed = options.seed ?? 0;
    const precision = options.precision ?? (device.executor.name === "native" ? "bf16" : "f32");
    this.#looking = new RecordedFunction(model);
    this.task = {
      name: "encoder",
      device,
      precision,
      turns: model,
      key: () => "",
      loss: (columns) => this.#loss(columns),
      train: (training) => model.train(training),
      trainableParameters: () => model.trainableParameters(),
      stateDict: () => model.stateDict(),
      lookupTables: model.encoder.lookupTables,
    };
  }

  #loss([ids, positions, types, segments, ...more]: readonly Tensor[]) {
    const states = this.#model.encoder.forward({ ids, positions, types, segments });
    const { total, count, scores } = this.#objective.loss(states, this.#model.head, more);
    return { total: total.reshape([1]), count, scores };
  }

  #batch(examples: readonly Example[], draw?: (element: number) => number): TunedBatch<Example> {
    const objective = this.#objective;
    const texts = examples.flatMap((example) => objective.texts(example));
    const { columns, ids, places, rows } = packTexts(texts, this.#model.config);
    const place = { places, rows, ...(draw === undefined ? {} : { draw }) };
    const more = objective.columns(examples, place);
    objective.disguise?.(ids, examples, place);
    return { rows: examples.length, columns: [...columns, ...more], examples, places };
  }

  /** Loss of the columns of a batch. */
  loss(columns: readonly Tensor[]): ReturnType<TrainingTask["loss"]> {
    return this.#loss(columns);
  }

  /** Shuffled anew each epoch: a function of seed and epoch alone. */
  source(examples: readonly Example[]): BatchSource & { readonly steps: number; batches(epoch: number, from: number): Iterable<Batch> } {
    const [size, seed] = [this.#size, this.#seed];
    const steps = Math.ceil(examples.length / size);
    const made = (order: Uint32Array, batch: number, epoch: number) => {
      const rows = order.subarray(batch * size, (batch + 1) * size);
      const chosen = Array.from(rows, (row) => examples[row]);
      return this.#batch(chosen, (element) => uniform(seed, epoch * steps + batch, DISGUISE, element));
    };
    return {
      steps,
      *batches(epoch, from) {
        const order = shuffledOrder(examples.length, seed, epoch);
        for (let batch = from; batch < steps; batch++) yield made(order, batch, epoch);
      },
    };
  }

  /** Loss and metrics of examples. */
  async look(examples: readonly Example[], signal?: AbortSignal): Promise<Omit<TuneLook, "epoch"> & { judge: Judge<Example> }> {
    const judge: Judge<Example> = this.#objective.judge();
    let [loss, batches] = [0, 0];
    for (let from = 0; from < examples.length; from += this.#size) {
      checkSignal(signal, "evaluate");
      const batch = this.#batch(examples.slice(from, from + this.#size));
      const compute = (columns: readonly Tensor[]) =>
        withPrecision(this.task.precision, () => {
          const { total, scores, count } = this.#loss(columns);
          return { total, scores, ...(typeof count === "number" ? {} : { count }) };
        });
      const read = ({ total, scores, count }: { total: Tensor; scores: Tensor; count?: Tensor }) => {
        judge.take(batch.examples, scores.dataSync() as Float32Array, batch.places);
        return total.dataSync()[0] / (count?.dataSync()[0] || 1);
      };
      loss += await this.#looking.run(this.#device, batch, "look", compute, read, signal);
      batches++;
    }
    return { loss: loss / (batches || 1), metrics: judge.metrics(), judge };
  }

  release(): Promise<void> {
    return this.#looking.release();
  }
}
