// A compiled model: its optimiser, loss and metrics, and the recordings of its steps, kept by the shape of the batch. Knows no epochs.
import { InkstoneError } from "../../core/index.ts";
import type { ElementType } from "../../native/index.ts";
import { type ClippingOptions, type Optimizer, optimizerOf } from "../../nn/index.ts";
import type { ComputePrecision, Tensor } from "../../tensor/index.ts";
import { type LossChoice, lossOf, type TrainingLoss } from "../step/losses.ts";
import { type Metric, type MetricFunction, metricOf } from "../step/metrics.ts";
import { Recent } from "../step/shape.ts";
import { type Columns, EvaluationStep, PredictionStep, type Steppable, TrainStep } from "../step/steps.ts";
import type { ModelCore } from "./core.ts";

/** Options of `compile`, as in Keras. */
export interface CompileOptions extends ClippingOptions {
  /** A Keras id ("adam", "sgd", …), or an optimiser. Default "rmsprop", as in Keras. Clipping goes with an id; an optimiser has its own. */
  readonly optimizer?: string | Optimizer;
  /** A Keras id, the same with options, or a function of targets and predictions. */
  readonly loss: LossChoice;
  readonly metrics?: readonly (string | MetricFunction | Metric)[];
  /** In what products are computed; parameters stay f32. Default "f32". */
  readonly precision?: ComputePrecision;
}

// Recordings that are kept: each holds the memory of its intermediates.
const MOST_SHAPES = 8;

function optimizerFor({ optimizer = "rmsprop", clipnorm, globalClipnorm, maxGradNorm, clipvalue }: CompileOptions): Optimizer {
  const clipping = { clipnorm, globalClipnorm, maxGradNorm, clipvalue };
  const given = Object.entries(clipping).find(([, value]) => value !== undefined);
  if (typeof optimizer !== "string" && given) {
    const allowed = { en: "with the id of an optimiser; an optimiser is given it itself", zh: "与优化器名称一起使用；优化器对象应自行设置" };
    throw new InkstoneError("E_OPTION", { option: given[0], value: given[1], allowed });
  }
  return optimizerOf(optimizer, clipping);
}

/** What `compile` makes of a model. */
export class Compiled {
  readonly options: CompileOptions;
  readonly optimizer: Optimizer;
  readonly loss: TrainingLoss;
  readonly metrics: readonly Metric[];
  readonly #model: ModelCore;
  readonly #training = new Recent<TrainStep>(MOST_SHAPES);
  readonly #evaluation = new Recent<EvaluationStep>(MOST_SHAPES);

  constructor(model: ModelCore, options: CompileOptions) {
    this.#model = model;
    this.options = options;
    this.optimizer = optimizerFor(options);
    this.loss = lossOf(options.loss);
    this.metrics = (options.metrics ?? []).map((metric) => metricOf(metric, this.loss.kind));
  }

  /** The model as steps see it. */
  steppable(columns: Columns): Steppable {
    const model = this.#model;
    return {
      device: model.device,
      inputTypes: model.inputTypes(columns.inputs),
      precision: this.options.precision ?? "f32",
      loss: this.loss,
      metrics: this.metrics,
      outcome: (inputs) => model.outcome(inputs),
      train: (training) => model.train(training),
      trainableParameters: () => model.trainableParameters(),
    };
  }

  /** The recorded training step for batches of this many rows. */
  training(columns: Columns, rows: number, options: { readonly seed: number; readonly accumulate: boolean }): TrainStep {
    const key = `${keyOf(columns, rows)} ${options.seed} ${options.accumulate} ${this.#model.trainableKey()}`;
    return this.#training.get(key, () => new TrainStep(this.steppable(columns), columns, rows, options));
  }

  /** The recorded evaluation step for batches of this many rows. */
  evaluation(columns: Columns, rows: number): EvaluationStep {
    return this.#evaluation.get(keyOf(columns, rows), () => new EvaluationStep(this.steppable(columns), columns, rows));
  }

  /** Frees the recordings. */
  release(): void {
    this.#training.dispose();
    this.#evaluation.dispose();
  }

  dispose(): void {
    this.release();
    this.optimizer.dispose();
  }
}

/** Batches with the same key run through the same recording. */
export function keyOf({ inputs, targets, weights }: Columns, rows: number): string {
  return [rows, ...[...inputs, targets].map((column) => `[${column?.shape}]`), weights ? "weighted" : ""].join(" ");
}

/** Recorded predictions of a model, kept by shape. They need no compilation. */
export class Predictions {
  readonly #steps = new Recent<PredictionStep>(MOST_SHAPES);

  get(model: ModelCore, columns: Columns, rows: number): PredictionStep {
    return this.#steps.get(keyOf(columns, rows), () => new PredictionStep(plain(model, columns), columns, rows));
  }

  dispose(): void {
    this.#steps.dispose();
  }
}

function plain(model: ModelCore, columns: Columns): Steppable {
  const inputTypes: readonly ElementType[] = model.inputTypes(columns.inputs);
  const loss: TrainingLoss = { name: undefined, kind: "values", items: (targets) => ({ losses: targets }) };
  const outcome = (inputs: readonly Tensor[]) => model.outcome(inputs);
  return {
    device: model.device,
    inputTypes,
    precision: "f32",
    loss,
    metrics: [],
    outcome,
    train: (training) => model.train(training),
    trainableParameters: () => [],
  };
}
