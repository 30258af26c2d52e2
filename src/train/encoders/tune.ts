// Tunes an encoder on examples of any objective: shuffled packed batches, warm-up and decline, a look after each epoch, the best weights kept. Knows no files.
import { aboveZero, aFunction, aNumber, aSignal, belowOne, fromZero, oneOf, type Rules, readOptions, uniform, whole } from "../../core/index.ts";
import type { TrainableEncoder } from "../../models/index.ts";
import { AdamW, linear, type ParameterGroup, warmUp } from "../../nn/index.ts";
import { type ComputePrecision, cpu, type Device, type Tensor, withPrecision } from "../../tensor/index.ts";
import { type Batch, type BatchSource, checkSignal, RecordedFunction, TrainingLoop, type TrainingTask } from "../loop/index.ts";
import type { Judge, Objective } from "./objective.ts";
import { type PlacedText, packTexts } from "./packing.ts";
import { isKept, type TuneLook, usualEpochs } from "./usual.ts";

/** How an encoder is tuned. */
export interface TuneOptions {
  /** Most passes over the examples. Default `usualEpochs`: 3 where a class has a thousand examples, more where it has fewer. */
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
  /** Epochs whose look is worse than the best by more than its standard error, after which it ends. Default 2. */
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
  patience: whole(1),
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

const SHUFFLE = 101;
const DISGUISE = 102;

/**
 * Tunes all weights of an encoder and its head. The same examples, options, seed and tier give the same bits.
 *
 * Errors: `E_OPTION`; `E_TRAINING_LOSS`, `E_STEP` where a loss or gradient is not finite; the signal's reason, with the weights of the last whole step.
 */
export async function tuneEncoder<Example>(
  model: TrainableEncoder,
  objective: Objective<Example>,
  { train, validation = [] }: TuneData<Example>,
  given: TuneOptions = {},
): Promise<Tuned<Example>> {
  const options = readOptions("tune", given, tuneRules);
  const { seed = 0, patience = 2, signal, onStep, onLook } = options;
  const epochs = options.epochs ?? usualEpochs(train.length, objective.outputs);
  const device = cpu();
  const tuning = new Tuning(model, objective, device, options);
  const source = tuning.source(train);
  const total = (source.steps ?? 1) * epochs;
  const optimizer = optimizerFor(model, total, options);
  const loop = new TrainingLoop(tuning.task, source, { optimizer, seed, signal });
  const looks: TuneLook[] = [];
  let best: { look: TuneLook; judge: Judge<Example>; weights: Float32Array[] } | undefined;
  let most: TuneLook | undefined;
  let [steps, waited, seconds, examples] = [0, 0, 0, 0];
  const clock = new Clock(total);
  model.dropWith(options.dropout ?? 0.1);
  try {
    for (let epoch = 0; epoch < epochs && waited < patience; epoch++) {
      let since = performance.now();
      for await (const step of loop.epoch(epoch)) {
        steps++;
        examples += step.rows;
        onStep?.({ done: steps, total, epoch, loss: step.meanLoss, ...clock.step(steps) });
      }
      seconds += (performance.now() - since) / 1000;
      since = performance.now();
      if (validation.length === 0) continue;
      const { judge, ...seen } = await tuning.look(validation, signal);
      const look = { epoch, ...seen };
      looks.push(look);
      onLook?.(look);
      if (most !== undefined && !isKept(look, most, validation.length)) waited++;
      else {
        waited = 0;
        best = { look, judge, weights: epoch === epochs - 1 ? [] : copied(model.trainableParameters()) };
      }
      if (most === undefined || first(look) > first(most)) most = look;
    }
    if (best !== undefined && best.look !== looks.at(-1))
      for (const [i, weight] of model.trainableParameters().entries()) weight.write(best.weights[i]);
  } finally {
    await loop.end();
    await tuning.release();
    optimizer.dispose();
  }
  return { looks, best: best?.look, judge: best?.judge, steps, seconds, examplesPerSecond: seconds > 0 ? examples / seconds : 0 };
}

const copied = (weights: readonly Tensor[]): Float32Array[] => weights.map((weight) => Float32Array.from(weight.dataSync()));

const first = ({ metrics }: TuneLook): number => Object.values(metrics)[0] ?? 0;

/** Steps before what is left can be told. */
const SEEN = 10;

/** What is left, by the mean of the steps behind the first ten, which record lists. */
class Clock {
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

function optimizerFor(model: TrainableEncoder, steps: number, options: TuneOptions): AdamW {
  const { learningRate: rate = 1e-4, headRate = 5, warmUp: share = 0.1, weightDecay = 0.01 } = options;
  const head = new Set(model.head.trainableParameters());
  const tables = new Set(model.encoder.trainableParameters());
  const all = model.trainableParameters();
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

interface TunedBatch<Example> extends Batch {
  readonly examples: readonly Example[];
  readonly places: readonly PlacedText[];
}

/** An objective on a model: its task, its batches, its looks. */
class Tuning<Example> {
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

  /** Shuffled anew each epoch: a function of seed and epoch alone. */
  source(examples: readonly Example[]): BatchSource {
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
        const order = shuffledRows(examples.length, seed, epoch);
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

function shuffledRows(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const at = Math.floor(uniform(seed, epoch, SHUFFLE, i) * (i + 1));
    [order[i], order[at]] = [order[at], order[i]];
  }
  return order;
}
