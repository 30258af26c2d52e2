// A compiled model: its optimiser, a loss and metrics for each output, and the model as a task of the training loop. Knows no epochs.
import { aList, anObject, anything, InkstoneError, listed, oneOf, type Rules, readOptions } from "../../core/index.ts";
import { type ClippingOptions, type Optimizer, type OptimizerName, optimizerOf } from "../../nn/index.ts";
import { add, type ComputePrecision, noGrad, scale, type Tensor, type Values } from "../../tensor/index.ts";
import { type Batch, type BatchColumn, type LossParts, RecordedFunction, type SeenBatch, Steps, type TrainingTask } from "../loop/index.ts";
import { lossOfParts } from "../loop/loss-parts.ts";
import { type LossChoice, lossOf, summedLoss, type TrainingLoss } from "../step/losses.ts";
import { type Metric, type MetricChoice, metricOf } from "../step/metrics.ts";
import { formOf, type OutcomeForm } from "../step/outcome.ts";
import type { ModelCore } from "./core.ts";

/** Options of `compile`, as in Keras. */
export interface CompileOptions extends ClippingOptions {
  /** A Keras id ("adam", "sgd", …), or an optimiser. Default "rmsprop", as in Keras. Clipping goes with an id; an optimiser has its own. */
  readonly optimizer?: OptimizerName | Optimizer;
  /** A Keras id, the same with options, or a function of targets and predictions; of a model of several outputs one for each, in their order or by their names. */
  readonly loss: LossChoice | readonly LossChoice[] | Readonly<Record<string, LossChoice>>;
  /** What the loss of each output is multiplied by. Default: 1 each. */
  readonly lossWeights?: readonly number[];
  /** Of a model of several outputs a list for each. */
  readonly metrics?: readonly MetricChoice[] | readonly (readonly MetricChoice[])[];
  /** In what products are computed; parameters stay f32. Default "f32". */
  readonly precision?: ComputePrecision;
}

const rules: Rules<CompileOptions> = {
  optimizer: anything,
  loss: anything,
  lossWeights: aList,
  metrics: aList,
  precision: oneOf(["f32", "bf16"]),
  clipnorm: anything,
  globalClipnorm: anything,
  maxGradNorm: anything,
  clipvalue: anything,
};

function optimizerFor({ optimizer = "rmsprop", clipnorm, globalClipnorm, maxGradNorm, clipvalue }: CompileOptions): Optimizer {
  const clipping = { clipnorm, globalClipnorm, maxGradNorm, clipvalue };
  const given = Object.entries(clipping).find(([, value]) => value !== undefined);
  if (typeof optimizer !== "string" && given) {
    const allowed = { en: "with the id of an optimiser; an optimiser is given it itself", zh: "与优化器名称一起使用；优化器对象应自行设置" };
    throw new InkstoneError("E_OPTION", { option: given[0], value: given[1], allowed });
  }
  return optimizerOf(optimizer, clipping);
}

/** An output of a model with what is asked of it. */
export interface Head {
  /** Of the output; undefined where it is the only one. */
  readonly name: string | undefined;
  readonly loss: TrainingLoss;
  readonly weight: number;
  readonly metrics: readonly Metric[];
  readonly chosen: { readonly loss: LossChoice; readonly metrics: readonly MetricChoice[] };
}

/** What is true of all batches of a shape, output by output. */
export interface HeadForm extends OutcomeForm {
  /** Whether a mask is among what was observed. */
  readonly masked: boolean;
  /** Whether the last column of the batch is weights. */
  readonly weighted: boolean;
}

/** What `compile` makes of a model. */
export class Compiled {
  readonly options: CompileOptions;
  readonly optimizer: Optimizer;
  readonly heads: readonly Head[];
  readonly steps: Steps<readonly HeadForm[]>;
  readonly task: TrainingTask<readonly HeadForm[]>;
  /** Epochs that were trained: those of the next fit have other orders of rows. */
  epochs = 0;

  constructor(model: ModelCore, given: CompileOptions) {
    const options = readOptions("compile", given, rules);
    if (options.loss === undefined)
      throw new InkstoneError("E_OPTION", {
        option: "loss",
        value: undefined,
        allowed: { en: "the name of a loss, or a function", zh: "损失名称或函数" },
      });
    this.options = options;
    this.optimizer = optimizerFor(options);
    this.heads = headsOf(model.outputNames, options);
    this.task = taskOf(model, this);
    this.steps = new Steps(this.task);
  }

  /** Metrics of one run, counted from nothing; those that were given as objects are themselves. */
  metrics(): HeadMetrics {
    return new HeadMetrics(this.heads);
  }

  dispose(): void {
    void this.steps.release();
    this.optimizer.dispose();
  }
}

function headsOf(names: readonly string[], options: CompileOptions): Head[] {
  const several = names.length > 1;
  const losses = several ? severalLosses(names, options.loss) : [options.loss as LossChoice];
  const weights = options.lossWeights ?? names.map(() => 1);
  if (weights.length !== names.length) wrongCount("lossWeights", weights.length, names);
  const lists = (options.metrics ?? []) as readonly (MetricChoice | readonly MetricChoice[])[];
  const nested = several && lists.every(Array.isArray);
  if (several && lists.length > 0 && !nested) wrongCount("metrics", lists.length, names);
  return names.map((name, i) => {
    const metrics = (several ? (lists[i] ?? []) : lists) as readonly MetricChoice[];
    checkNames(metrics);
    return {
      name: several ? name : undefined,
      loss: lossOf(losses[i]),
      weight: weights[i],
      metrics: metrics.map(metricOf),
      chosen: { loss: losses[i], metrics },
    };
  });
}

function severalLosses(names: readonly string[], loss: CompileOptions["loss"]): readonly LossChoice[] {
  if (Array.isArray(loss)) return loss.length === names.length ? (loss as readonly LossChoice[]) : wrongCount("loss", loss.length, names);
  const byName = loss as Readonly<Record<string, LossChoice>>;
  if (anObject.holds(loss) && names.every((name) => Object.hasOwn(byName, name))) return names.map((name) => byName[name]);
  return names.map(() => loss as LossChoice);
}

function wrongCount(option: string, value: number, names: readonly string[]): never {
  const { en, zh } = listed(names);
  throw new InkstoneError("E_OPTION", { option, value, allowed: { en: `one for each output: ${en}`, zh: `每个输出一个：${zh}` } });
}

// Two of one name, or one called "loss", would write over each other in the logs.
function checkNames(metrics: readonly MetricChoice[]): void {
  const names = metrics.map((metric) => (typeof metric === "string" ? metric : (metric?.name ?? "")));
  const twice = names.find(
    (name, i) => name === "loss" || names.indexOf(name) !== i || (name === "" && typeof metrics[i] === "function" && names.length > 1),
  );
  if (twice === undefined) return;
  const allowed = { en: 'metrics whose names differ from each other and from "loss"', zh: "名称互不相同且不为“loss”的指标" };
  throw new InkstoneError("E_OPTION", { option: "metrics", value: twice, allowed });
}

/** Loss and metrics of each output, over the batches of a run. */
export class HeadMetrics {
  readonly #heads: readonly Head[];
  readonly #metrics: readonly (readonly Metric[])[];
  readonly #losses: { sum: number; rows: number }[];

  constructor(heads: readonly Head[]) {
    this.#heads = heads;
    this.#metrics = heads.map((head) => head.chosen.metrics.map(metricOf));
    this.#losses = heads.map(() => ({ sum: 0, rows: 0 }));
    this.reset();
  }

  reset(): void {
    for (const metric of this.#metrics.flat()) metric.reset();
    for (const loss of this.#losses) Object.assign(loss, { sum: 0, rows: 0 });
  }

  /** Takes what was seen of a batch. */
  update({ rows, observed, columns, form = [] }: SeenBatch<readonly HeadForm[]>): void {
    let at = 0;
    const targets = columns.slice(columns.length - form.length - (form[0]?.weighted ? 1 : 0), columns.length);
    for (const [i, head] of form.entries()) {
      const own = observed.slice(at, at + this.#metrics[i].length);
      at += own.length;
      const mask: Values | undefined = head.masked ? observed[at++] : undefined;
      if (form.length > 1) {
        this.#losses[i].sum += observed[at++][0] * rows;
        this.#losses[i].rows += rows;
      }
      for (const [m, metric] of this.#metrics[i].entries())
        metric.update({ rows, observed: own[m], targets: targets[i], width: targets[i].length / rows, mask, form: head });
    }
  }

  /** By name; of several outputs behind the name of the output, with its loss. */
  results(): Record<string, number> {
    return Object.fromEntries(
      this.#heads.flatMap(({ name }, i) => {
        const before = name === undefined ? "" : `${name}_`;
        const loss = this.#losses[i];
        const own = name === undefined ? [] : [[`${name}_loss`, loss.sum / (loss.rows || 1)] as const];
        return [...own, ...this.#metrics[i].map((metric) => [`${before}${metric.name}`, metric.result()] as const)];
      }),
    );
  }

  /** Names of what `results` gives, with what is better. */
  get directions(): ReadonlyMap<string, Metric["better"]> {
    const entries = this.#heads.flatMap(({ name }, i) => {
      const before = name === undefined ? "" : `${name}_`;
      const own = name === undefined ? [] : [[`${name}_loss`, "smaller"] as const];
      return [...own, ...this.#metrics[i].map((metric) => [`${before}${metric.name}`, metric.better] as const)];
    });
    return new Map<string, Metric["better"]>([["loss", "smaller"], ...entries]);
  }
}

// The model as the loop sees it.
function taskOf(model: ModelCore, { heads, options }: Compiled): TrainingTask<readonly HeadForm[]> {
  return {
    name: model.name,
    device: model.device,
    precision: options.precision ?? "f32",
    turns: model,
    key: () => model.recordingKey(),
    loss: (columns, batch) => lossesOf(model, heads, columns, batch),
    train: (training) => model.train(training),
    trainableParameters: () => model.trainableParameters(),
    stateDict: () => model.stateDict(),
    get lookupTables() {
      return model.lookupTables;
    },
  };
}

function lossesOf(model: ModelCore, heads: readonly Head[], columns: readonly Tensor[], batch: Batch): LossParts<readonly HeadForm[]> {
  const of = (role: BatchColumn["role"]) => columns.filter((_, i) => batch.columns[i].role === role);
  const [weights] = of("weight");
  const targets = of("target");
  const outcomes = model.outcomes(of("input"));
  const summed = heads.map(({ loss }, i) => summedLoss(loss, targets[i], outcomes[i], weights));
  const means = heads.length > 1 ? summed.map(lossOfParts) : [];
  const observed = noGrad(() =>
    heads.flatMap(({ metrics, loss }, i) => {
      const { mask } = outcomes[i];
      const seen = metrics.map((metric) => metric.observe(outcomes[i], formOf(outcomes[i], targets[i], loss)));
      return [...seen, ...(mask && metrics.length > 0 ? [mask] : []), ...(means[i] ? [means[i]] : [])];
    }),
  );
  const form = heads.map(({ loss, metrics }, i) => ({
    ...formOf(outcomes[i], targets[i], loss),
    masked: outcomes[i].mask !== undefined && metrics.length > 0,
    weighted: weights !== undefined,
  }));
  const penalty = model.penalty();
  if (heads.length === 1 && heads[0].weight === 1) return { ...summed[0], penalty, observed, form };
  if (heads.length === 1) return { total: scale(summed[0].total, heads[0].weight), count: summed[0].count, penalty, observed, form };
  const all = means.map((mean, i) => scale(mean, heads[i].weight * batch.rows));
  return { total: all.reduce((sum, one) => add(sum, one)).reshape([1]), count: batch.rows, penalty, observed, form };
}

/** Recorded predictions of a model. They need no compilation. */
export class Predictions {
  readonly #model: ModelCore;
  readonly #recorded: RecordedFunction<readonly Tensor[]>;

  constructor(model: ModelCore) {
    this.#model = model;
    this.#recorded = new RecordedFunction(model);
  }

  /** What each output gives for a batch: copies. */
  run(batch: Batch, signal?: AbortSignal): Promise<readonly Values[]> {
    const model = this.#model;
    const predict = (columns: readonly Tensor[]) => {
      model.train(false);
      return model.outcomes(columns).map(({ prediction }) => prediction());
    };
    const copied = (outputs: readonly Tensor[]) => outputs.map((output) => output.dataSync());
    return this.#recorded.run(model.device, batch, model.recordingKey(), predict, copied, signal);
  }

  dispose(): void {
    void this.#recorded.release();
  }
}
