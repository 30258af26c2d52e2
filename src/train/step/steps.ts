// One step of training, of evaluation, of prediction: recorded once for a shape of batch, run for each batch while the event loop goes on.
import type { ElementType } from "../../native/index.ts";
import type { Optimizer } from "../../nn/index.ts";

import { type Arena, type ComputePrecision, type Device, gradients, noGrad, Tensor, withPrecision, withRandom } from "../../tensor/index.ts";

import type { Column } from "../inputs/column.ts";
import { meanOf, summedLoss, type TrainingLoss } from "./losses.ts";
import type { Metric } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";
import { Recorded } from "./recorded.ts";
import { Slot } from "./shape.ts";
import { gradientMap, UpdateStep } from "./update.ts";

/** Columns of a batch: inputs, targets, and maybe a weight for each row. */
export interface Columns {
  readonly inputs: readonly Column[];
  readonly targets?: Column;
  readonly weights?: Column;
}

/** What steps need of a model. */
export interface Steppable {
  readonly device: Device;
  readonly inputTypes: readonly ElementType[];
  readonly precision: ComputePrecision;
  readonly loss: TrainingLoss;
  readonly metrics: readonly Metric[];
  /** Memory that its steps of several shapes share: they never run at the same time, and what one has left is read before the next. Default: each has its own. */
  readonly arena?: Arena;
  outcome(inputs: readonly Tensor[]): Outcome;
  train(training: boolean): unknown;
  trainableParameters(): Tensor[];
}

/** What a step has found of its batch. */
export interface StepResult {
  /** Mean loss. */
  readonly loss: number;
  /** What it is the mean of. */
  readonly count: number;
  /** Before clipping, where a step was made. */
  readonly gradientNorm?: number;
}

/** Where the columns of a batch lie on the device. */
class BatchSlots {
  readonly inputs: readonly Slot[];
  readonly targets: Slot | undefined;
  readonly weights: Slot | undefined;

  constructor(rows: number, columns: Columns, model: Steppable) {
    const { device, inputTypes, loss } = model;
    this.inputs = columns.inputs.map((column, i) => new Slot(rows, column, inputTypes[i], device));
    this.targets = columns.targets && new Slot(rows, columns.targets, loss.kind === "ids" ? "i32" : "f32", device);
    this.weights = columns.weights && new Slot(rows, columns.weights, "f32", device);
  }

  fill(columns: Columns, rows: Uint32Array): void {
    for (const [i, slot] of this.inputs.entries()) slot.fill(columns.inputs[i], rows);
    if (columns.targets) this.targets?.fill(columns.targets, rows);
    if (columns.weights) this.weights?.fill(columns.weights, rows);
  }

  dispose(): void {
    for (const slot of [...this.inputs, this.targets, this.weights]) slot?.tensor.dispose();
  }
}

type LossOutputs = {
  readonly total: Tensor;
  readonly count: readonly Tensor[];
  readonly observed: readonly Tensor[];
  readonly mask: readonly Tensor[];
};

// Forward and loss, as part of a recording.
function forwardLoss(model: Steppable, slots: BatchSlots): { outputs: LossOutputs; mean: () => Tensor; count: number | undefined } {
  const outcome = model.outcome(slots.inputs.map(({ tensor }) => tensor));
  if (slots.targets === undefined) throw new TypeError("a batch without targets");
  const summed = summedLoss(model.loss, slots.targets.tensor, outcome, slots.weights?.tensor);
  const observed = noGrad(() => model.metrics.map((metric) => metric.observe(outcome)));
  const { total, count } = summed;
  const outputs = { total, count: count instanceof Tensor ? [count] : [], observed, mask: outcome.mask ? [outcome.mask] : [] };
  return { outputs, mean: () => meanOf(summed), count: typeof count === "number" ? count : undefined };
}

// Reads what a run has left.
function readLoss(outputs: LossOutputs, known: number | undefined): StepResult {
  const count = known ?? outputs.count[0].dataSync()[0];
  return { loss: outputs.total.dataSync()[0] / (count || 1), count };
}

function observe(model: Steppable, slots: BatchSlots, outputs: LossOutputs, rows: number): void {
  if (model.metrics.length === 0 || slots.targets === undefined) return;
  const { values: targets } = slots.targets;
  const mask = outputs.mask[0]?.dataSync();
  for (const [i, metric] of model.metrics.entries()) {
    metric.update({ rows, observed: outputs.observed[i].dataSync(), targets, width: targets.length / rows, mask });
  }
}

/** Forward and loss of a batch, without dropout and without a tape. */
export class EvaluationStep {
  readonly #slots: BatchSlots;
  readonly #recording: Recorded<LossOutputs>;
  readonly #rows: number;
  readonly #model: Steppable;
  #count: number | undefined;

  constructor(model: Steppable, columns: Columns, rows: number) {
    this.#model = model;
    this.#rows = rows;
    this.#slots = new BatchSlots(rows, columns, model);
    this.#recording = new Recorded(
      model.device,
      () =>
        noGrad(() =>
          withPrecision(model.precision, () => {
            model.train(false);
            const { outputs, count } = forwardLoss(model, this.#slots);
            this.#count = count;
            return outputs;
          }),
        ),
      model.arena,
    );
  }

  /** Runs it for these rows; the metrics of the model are updated. */
  async run(columns: Columns, rows: Uint32Array, signal?: AbortSignal): Promise<StepResult> {
    this.#slots.fill(columns, rows);
    await this.#recording.run({}, signal);
    observe(this.#model, this.#slots, this.#recording.outputs, this.#rows);
    return readLoss(this.#recording.outputs, this.#count);
  }

  dispose(): void {
    this.#recording.dispose();
    this.#slots.dispose();
  }
}

/** The predictions of a batch. */
export class PredictionStep {
  readonly #slots: BatchSlots;
  readonly #recording: Recorded<Tensor>;

  constructor(model: Steppable, columns: Columns, rows: number) {
    this.#slots = new BatchSlots(rows, { inputs: columns.inputs }, model);
    this.#recording = new Recorded(model.device, () =>
      noGrad(() =>
        withPrecision(model.precision, () => {
          model.train(false);
          return model.outcome(this.#slots.inputs.map(({ tensor }) => tensor)).prediction();
        }),
      ),
    );
  }

  /** Runs it for these rows. The tensor holds until the next run. */
  async run(columns: Columns, rows: Uint32Array, signal?: AbortSignal): Promise<Tensor> {
    this.#slots.fill({ inputs: columns.inputs }, rows);
    await this.#recording.run({}, signal);
    return this.#recording.outputs;
  }

  dispose(): void {
    this.#recording.dispose();
    this.#slots.dispose();
  }
}

type TrainOutputs = { readonly loss: LossOutputs; readonly gradients: readonly Tensor[] };

/** Forward, loss and gradients of a batch. */
export class TrainStep {
  readonly #slots: BatchSlots;
  readonly #recording: Recorded<TrainOutputs>;
  readonly #rows: number;
  readonly #model: Steppable;
  #count: number | undefined;
  #update: UpdateStep | undefined;
  #parameters: readonly Tensor[] = [];

  /** `accumulate`: gradients of the summed loss are added to `grad` of the parameters; otherwise those of the mean are its own. */
  constructor(model: Steppable, columns: Columns, rows: number, { seed, accumulate }: { readonly seed: number; readonly accumulate: boolean }) {
    this.#model = model;
    this.#rows = rows;
    this.#slots = new BatchSlots(rows, columns, model);
    this.#recording = new Recorded(
      model.device,
      (registers) => {
        const step = registers.define("step");
        return withRandom({ seed, step }, () =>
          withPrecision(model.precision, () => {
            model.train(true);
            try {
              return this.#record(accumulate);
            } finally {
              model.train(false);
            }
          }),
        );
      },
      model.arena,
    );
  }

  #record(accumulate: boolean): TrainOutputs {
    const { outputs, mean, count } = forwardLoss(this.#model, this.#slots);
    this.#count = count;
    if (!accumulate) {
      this.#parameters = this.#model.trainableParameters();
      return { loss: outputs, gradients: gradients(mean(), this.#parameters) };
    }
    outputs.total.backward();
    return { loss: outputs, gradients: [] };
  }

  /** Forward and gradients; the metrics of the model are updated where `observed`. `step`: what dropout draws by. */
  async run(columns: Columns, rows: Uint32Array, step: number, options: { readonly signal?: AbortSignal } = {}): Promise<StepResult> {
    this.#slots.fill(columns, rows);
    await this.#recording.run({ step }, options.signal);
    return readLoss(this.#recording.outputs.loss, this.#count);
  }

  /** To be called after a run whose loss is accepted. */
  observe(): void {
    observe(this.#model, this.#slots, this.#recording.outputs.loss, this.#rows);
  }

  /** The update by this step's own gradients. */
  update(optimizer: Optimizer): UpdateStep {
    this.#update ??= new UpdateStep(this.#model.device, optimizer, gradientMap(this.#parameters, this.#recording.outputs.gradients), false);
    return this.#update;
  }

  dispose(): void {
    this.#update?.dispose();
    this.#recording.dispose();
    this.#slots.dispose();
  }
}
