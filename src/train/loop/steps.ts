// Steps that record themselves: what is trained says its loss once for a shape of batch, and the list runs for each batch of that shape. Knows no epochs.
import type { Optimizer, Weight } from "../../nn/index.ts";
import {
  Arena,
  type ComputePrecision,
  type Device,
  gradients,
  holdGradients,
  noGrad,
  type Outputs,
  Tensor,
  type Values,
  withDevice,
  withPrecision,
  withRandom,
  zeros,
} from "../../tensor/index.ts";
import { type Batch, batchKey } from "./batch.ts";
import { lossOfParts, penalised } from "./loss-parts.ts";
import { type Queue, queueOf } from "./queue.ts";
import { Recent } from "./recent.ts";
import { Recorded } from "./recorded.ts";
import { gradientMap, UpdateStep } from "./update.ts";

/** What a forward pass gives a loop. */
export interface LossParts<Form = undefined> {
  /** The losses of all items that count, added up: [1]. */
  readonly total: Tensor;
  /** How many items count: known, or counted on the device: [1]. */
  readonly count: number | Tensor;
  /** Added to the mean loss whatever the batch: what regularisers ask for. [1] */
  readonly penalty?: Tensor;
  /** What else is read after each step. */
  readonly observed?: readonly Tensor[];
  /** What is true of all batches of this shape: handed to `observe` with them. */
  readonly form?: Form;
}

/** What a loop trains. Fit, sequences, recipes and fine-tuning are such tasks. */
export interface TrainingTask<Form = undefined> {
  readonly name: string;
  readonly device: Device;
  /** In what products are computed. */
  readonly precision: ComputePrecision;
  /** What recordings depend on beside shapes: layers that were added, weights that are frozen. */
  key(): string;
  /** Forward pass and loss of a batch, on tensors of its columns. Recorded once for each shape of batch. */
  loss(columns: readonly Tensor[], batch: Batch): LossParts<Form>;
  train(training: boolean): unknown;
  trainableParameters(): Tensor[];
  stateDict(): Map<string, Weight>;
  /** Weights that are read by id: optimisers may treat them in their own way. Default: none. */
  readonly lookupTables?: readonly Tensor[];
  /** What takes turns with the training of it; default: the task itself. */
  readonly turns?: object;
}

/** What a step has found. */
export interface StepResult {
  /** Mean loss. */
  readonly loss: number;
  /** What it is the mean of. */
  readonly count: number;
  /** Of all gradients, before clipping, where an update was made. */
  readonly gradientNorm?: number;
}

/** What was seen of a batch, on the side of JavaScript. Holds until `observe` returns. */
export interface SeenBatch<Form> {
  readonly rows: number;
  readonly observed: readonly Values[];
  /** Values of its columns. */
  readonly columns: readonly Values[];
  readonly form: Form | undefined;
}

/** How a training step runs. */
export interface TrainOptions<Form> {
  readonly seed: number;
  /** Adds gradients up, to be used by `apply`. */
  readonly accumulate: boolean;
  readonly signal?: AbortSignal;
  /** What of a result is known elsewhere, too: other processes that train the same. Default: what was found here. */
  readonly gather?: (found: StepResult) => Promise<StepResult>;
  /** Whether a result is accepted: only then is anything changed. Throws, or gives false. */
  readonly accept: (found: StepResult) => boolean;
  /** What becomes of a step that failed. Throws, or gives the result that stands for it. */
  readonly failed: (error: unknown) => StepResult;
  readonly observe?: (seen: SeenBatch<Form>) => void;
}

// Recordings share one block of memory for what lies between; a list and the inputs of a batch are all that each has of its own.
const MOST_SHAPES = 256;

type StepOutputs = {
  readonly total: Tensor;
  readonly count: readonly Tensor[];
  readonly observed: readonly Tensor[];
  readonly gradients: readonly Tensor[];
};

// Where the columns of a batch lie.
class Slots {
  readonly tensors: readonly Tensor[];
  readonly values: readonly (Float32Array | Int32Array)[];

  constructor({ columns }: Batch, device: Device) {
    this.tensors = columns.map(({ shape, type }) => zeros(shape, { type, device }));
    this.values = this.tensors.map(({ size, type }) => (type === "i32" ? new Int32Array(size) : new Float32Array(size)));
  }

  fill({ columns }: Batch): void {
    for (const [i, column] of columns.entries()) {
      column.fill(this.values[i]);
      this.tensors[i].write(this.values[i]);
    }
  }

  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
  }
}

interface StepMode {
  readonly training: boolean;
  readonly seed: number;
  readonly accumulate: boolean;
}

/** One recorded step for batches of one shape. */
class Step<Form> {
  readonly #slots: Slots;
  readonly #recording: Recorded<StepOutputs>;
  #count: number | undefined;
  #form: Form | undefined;
  #parameters: readonly Tensor[] = [];
  #update: UpdateStep | undefined;

  constructor(task: TrainingTask<Form>, batch: Batch, arena: Arena, mode: StepMode) {
    this.#slots = new Slots(batch, task.device);
    const forward = (): StepOutputs => withPrecision(task.precision, () => this.#forward(task, batch, mode));
    this.#recording = new Recorded(
      task.device,
      (registers) => {
        task.train(mode.training);
        try {
          return mode.training ? withRandom({ seed: mode.seed, step: registers.define("step") }, forward) : noGrad(forward);
        } finally {
          task.train(false);
        }
      },
      arena,
    );
  }

  #forward(task: TrainingTask<Form>, batch: Batch, { training, accumulate }: StepMode): StepOutputs {
    const parts = task.loss(this.#slots.tensors, batch);
    const { count } = parts;
    this.#count = typeof count === "number" ? count : undefined;
    this.#form = parts.form;
    const outputs = { total: penalised(parts), count: count instanceof Tensor ? [count] : [], observed: parts.observed ?? [] };
    if (!training) return { ...outputs, gradients: [] };
    if (accumulate) {
      outputs.total.backward();
      return { ...outputs, gradients: [] };
    }
    this.#parameters = task.trainableParameters();
    return { ...outputs, gradients: gradients(lossOfParts({ total: outputs.total, count }), this.#parameters) };
  }

  async run(batch: Batch, registers: Readonly<Record<string, number>>, signal?: AbortSignal): Promise<StepResult> {
    this.#slots.fill(batch);
    await this.#recording.run(registers, signal);
    const { total, count: counted } = this.#recording.outputs;
    const count = this.#count ?? counted[0].dataSync()[0];
    return { loss: total.dataSync()[0] / (count || 1), count };
  }

  seen(rows: number): SeenBatch<Form> {
    return { rows, observed: this.#recording.outputs.observed.map((tensor) => tensor.dataSync()), columns: this.#slots.values, form: this.#form };
  }

  /** The update by this step's own gradients. */
  update(device: Device, optimizer: Optimizer): UpdateStep {
    this.#update ??= new UpdateStep(device, optimizer, gradientMap(this.#parameters, this.#recording.outputs.gradients), false);
    return this.#update;
  }

  dispose(): void {
    this.#update?.dispose();
    this.#recording.dispose();
    this.#slots.dispose();
  }
}

/**
 * The steps of a task, recorded when a batch of their shape first comes. Each step has its turn in the queue of the task, from filling its inputs to reading its results: several may be asked for at once.
 */
export class Steps<Form = undefined> {
  readonly #task: TrainingTask<Form>;
  readonly #queue: Queue;
  readonly #steps = new Recent<Step<Form>>(MOST_SHAPES);
  #arena: Arena | undefined;
  #update: { readonly key: string; readonly step: UpdateStep } | undefined;

  constructor(task: TrainingTask<Form>) {
    this.#task = task;
    this.#queue = queueOf(task.turns ?? task);
  }

  /** Forward, gradients, and the update of the optimiser (not where they are accumulated). */
  train(batch: Batch, optimizer: Optimizer, options: TrainOptions<Form>): Promise<StepResult> {
    return this.#queue.run(async () => {
      const { seed, accumulate, signal } = options;
      const task = this.#task;
      if (accumulate) holdGradients(task.trainableParameters());
      const step = this.#step(batch, `${seed} ${accumulate} ${task.key()}`, { training: true, seed, accumulate });
      const here = await step.run(batch, { step: optimizer.steps }, signal).catch(options.failed);
      const found = (await options.gather?.(here)) ?? here;
      if (!options.accept(found)) return found;
      options.observe?.(step.seen(batch.rows));
      if (accumulate) return found;
      const gradientNorm = await step.update(task.device, optimizer).run(task.stateDict());
      return { loss: found.loss, count: found.count, gradientNorm };
    });
  }

  /** The update by gradients that were added up over so many items. `together`: makes sums of what was added up here and elsewhere. */
  apply(optimizer: Optimizer, items: number, together?: (gradients: readonly Tensor[]) => Promise<void>): Promise<number | undefined> {
    return this.#queue.run(async () => {
      const task = this.#task;
      await together?.(holdGradients(task.trainableParameters()));
      const key = task.key();
      if (this.#update?.key !== key) this.#update?.step.dispose();
      if (this.#update?.key !== key) {
        const parameters = task.trainableParameters();
        this.#update = { key, step: new UpdateStep(task.device, optimizer, gradientMap(parameters, holdGradients(parameters)), true) };
      }
      optimizer.gradientScale = 1 / (items || 1);
      try {
        return await this.#update.step.run(task.stateDict());
      } finally {
        optimizer.gradientScale = 1;
      }
    });
  }

  /** Throws away what was added up: recordings add to it again. */
  clear(): Promise<void> {
    return this.#queue.run(() => {
      for (const gradient of holdGradients(this.#task.trainableParameters())) gradient.write(new Float32Array(gradient.size));
    });
  }

  /** Forward and loss, without dropout and without a tape. */
  evaluate(batch: Batch, options: { readonly signal?: AbortSignal; readonly observe?: (seen: SeenBatch<Form>) => void } = {}): Promise<StepResult> {
    return this.#queue.run(async () => {
      const step = this.#step(batch, `look ${this.#task.key()}`, { training: false, seed: 0, accumulate: false });
      const found = await step.run(batch, {}, options.signal);
      options.observe?.(step.seen(batch.rows));
      return found;
    });
  }

  #step(batch: Batch, key: string, mode: StepMode): Step<Form> {
    const task = this.#task;
    this.#arena ??= new Arena(task.device);
    const arena = this.#arena;
    return this.#steps.get(`${batchKey(batch)} ${key}`, () => withDevice(task.device, () => new Step(task, batch, arena, mode)));
  }

  /** Frees the recordings once what is under way is over; they are made again where they are needed. */
  release(): Promise<void> {
    return this.#queue.run(() => {
      this.#update?.step.dispose();
      this.#update = undefined;
      this.#steps.dispose();
      this.#arena?.dispose();
      this.#arena = undefined;
    });
  }
}

/** A function of the tensors of a batch, recorded by shape: predictions. Its runs have their turns among those of `turns`. */
export class RecordedFunction<O extends Outputs> {
  readonly #queue: Queue;
  readonly #kept = new Recent<{ slots: Slots; recording: Recorded<O>; dispose(): void }>(MOST_SHAPES);
  #arena: Arena | undefined;

  constructor(turns: object) {
    this.#queue = queueOf(turns);
  }

  /** Runs `fn` on a batch; `read` takes what is wanted of the outputs before anything else runs. `key`: what the recording depends on beside shapes. */
  run<T>(
    device: Device,
    batch: Batch,
    key: string,
    fn: (columns: readonly Tensor[]) => O,
    read: (outputs: O) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#queue.run(async () => {
      this.#arena ??= new Arena(device);
      const arena = this.#arena;
      const made = this.#kept.get(`${batchKey(batch)} ${key}`, () => {
        const slots = new Slots(batch, device);
        const recording = withDevice(device, () => new Recorded(device, () => noGrad(() => fn(slots.tensors)), arena));
        return {
          slots,
          recording,
          dispose() {
            recording.dispose();
            slots.dispose();
          },
        };
      });
      made.slots.fill(batch);
      await made.recording.run({}, signal);
      return read(made.recording.outputs);
    });
  }

  release(): Promise<void> {
    return this.#queue.run(() => {
      this.#kept.dispose();
      this.#arena?.dispose();
      this.#arena = undefined;
    });
  }
}
