// The one training loop: epochs of batches from any source, a state that can be saved after any step, and gone on from. Knows no models and no data.
import type { Optimizer } from "../../nn/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { World } from "../world/index.ts";
import type { Batch, BatchSource } from "./batch.ts";
import { bindTrainable } from "./bind.ts";
import { afterFailure, withoutLoss } from "./refusal.ts";
import { checkSignal } from "./signal.ts";
import { type SeenBatch, type StepResult, Steps, type TrainingTask } from "./steps.ts";
import { foundTogether, meanTogether, partOf, summedGradients } from "./together.ts";

/** Where a run stands: with the weights and the state of the optimiser all that it needs to go on as if it had not been stopped. */
export interface RunState {
  /** The epoch that is under way, or comes: from 0. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  /** What shuffling and dropout draw from. */
  readonly seed: number;
  /** Of the batches of this epoch so far: the sum of their losses and what counts in it. */
  readonly loss: { readonly sum: number; readonly count: number };
}

/** A step that was made. */
export interface LoopStep extends StepResult {
  readonly epoch: number;
  /** From 0. */
  readonly batch: number;
  readonly rows: number;
  /** Mean loss of the epoch so far. */
  readonly meanLoss: number;
  /** Whether the optimiser made a step: not for batches that are only added up. */
  readonly updated: boolean;
}

/** How a loop runs. */
export interface LoopOptions<Form> {
  readonly optimizer: Optimizer;
  /** What shuffling and dropout draw from. Default 0. */
  readonly seed?: number;
  /** So many batches make one step of the optimiser. Default 1. */
  readonly accumulation?: number;
  /** Most batches of an epoch. Default: all there are. */
  readonly stepsPerEpoch?: number;
  readonly signal?: AbortSignal;
  /** Whether a loss that is not finite ends nothing: the step is left out. Default false. */
  readonly acceptsNaN?: boolean;
  /** Whether a step of this finite loss is made; otherwise it is left out. Default: all are. */
  readonly accepts?: (loss: number) => boolean;
  /** What losses of batches count by in the mean of an epoch: their rows, or the items of their losses. Default "items". */
  readonly meanBy?: "rows" | "items";
  /** The processes that train together, each on batches of its own: gradients, losses and looks are those of all. Default: this one alone. */
  readonly world?: World;
  /** Called before each batch. */
  readonly before?: (batch: number) => void | Promise<void>;
  /** Called within each step that is accepted, with what was seen. */
  readonly observe?: (seen: SeenBatch<Form>) => void;
}

// Seeds of ranks lie apart.
const SEED_OF_RANKS = 0x01000193;
const BEGINNING = { sum: 0, count: 0 };

/**
 * Trains a task on batches of a source: `for await (const step of loop.epoch(0))`. After any step that updated, `state` with weights and optimiser is all that there is to save.
 *
 * Errors: `E_MODEL_LAYERS` where nothing is trainable; `E_TRAINING_LOSS`, `E_STEP` at a step whose loss or gradient is not finite, the weights being those before it;
 * `E_CANCELLED` by its signal, with the weights of the last whole step.
 *
 * @example
 * const weight = tensor([2]).requireGrad();
 * const task: TrainingTask = {
 *   name: "line",
 *   device: cpu(),
 *   precision: "f32",
 *   key: () => "",
 *   loss: ([x, y]) => ({ total: sum(square(subtract(multiply(x, weight), y))).reshape([1]), count: x.size }),
 *   train: () => undefined,
 *   trainableParameters: () => [weight],
 *   stateDict: () => new Map([["weight", weight]]),
 * };
 * const batch = { rows: 2, columns: [valuesColumn("x", Float32Array.of(1, 2), [2]), valuesColumn("y", Float32Array.of(3, 6), [2])] };
 * const source = { steps: 1, batches: (_epoch: number, from: number) => [batch].slice(from) };
 * const loop = new TrainingLoop(task, source, { optimizer: new SGD({ learningRate: 0.1 }) });
 * const losses: number[] = [];
 * for await (const step of loop.epoch(0)) losses.push(step.loss);
 * losses; // [2.5]
 * weight.dataSync(); // [2.5]
 * loop.state.epoch; // 1
 */
export class TrainingLoop<Form = undefined> {
  readonly task: TrainingTask<Form>;
  readonly optimizer: Optimizer;
  readonly #source: BatchSource;
  readonly #options: LoopOptions<Form>;
  readonly #steps: Steps<Form>;
  readonly #ownSteps: boolean;
  #state: RunState;
  #pending = { items: 0, batches: 0, leftOut: false };
  /** The last batch is left out, on all ranks. */
  #leftOut = false;

  /** `steps`: recordings that others use, too; default: its own. */
  constructor(task: TrainingTask<Form>, source: BatchSource, options: LoopOptions<Form>, steps?: Steps<Form>) {
    this.task = task;
    this.optimizer = options.optimizer;
    this.#source = source;
    this.#options = options;
    this.#ownSteps = steps === undefined;
    this.#steps = steps ?? new Steps(task);
    this.#state = { epoch: 0, batch: 0, seed: options.seed ?? 0, loss: BEGINNING };
    bindTrainable(task, task.name, options.optimizer);
    // What a loop of the program has left there does not belong to this training.
    this.#forgetGradients();
  }

  get #accumulation(): number {
    return this.#options.accumulation ?? 1;
  }

  // Whether gradients are added up and used apart from their step.
  get #adds(): boolean {
    return this.#accumulation > 1 || this.#options.world !== undefined;
  }

  #forgetGradients(): void {
    if (this.#adds) for (const parameter of this.task.trainableParameters()) parameter.zeroGrad();
  }

  /** Where it stands, after whole steps of the optimiser. */
  get state(): RunState {
    return this.#state;
  }

  /** Batches of an epoch, where that is known. */
  get stepsPerEpoch(): number | undefined {
    const { stepsPerEpoch } = this.#options;
    const { steps } = this.#source;
    return steps === undefined ? stepsPerEpoch : Math.min(steps, stepsPerEpoch ?? steps);
  }

  /** Goes on from where another run of the same task, source and seed was. */
  resume(state: RunState): void {
    this.#state = state;
  }

  /** The steps of an epoch: from its start, or from where the state says, where that is within it. A caller that stops half-way leaves whole steps behind. */
  async *epoch(epoch: number): AsyncGenerator<LoopStep, void, void> {
    const { signal, before, meanBy = "items" } = this.#options;
    const resumed = this.#state.epoch === epoch ? this.#state : { batch: 0, loss: BEGINNING };
    const most = this.#options.stepsPerEpoch ?? Number.POSITIVE_INFINITY;
    let { batch, loss } = resumed;
    const batches = iteratorOf(this.#source.batches(epoch, batch));
    try {
      let coming = batch < most ? await batches.next() : undefined;
      while (coming && !coming.done) {
        checkSignal(signal, "fit");
        const { value } = coming;
        await before?.(batch);
        const found = await this.#train(value, { epoch, batch });
        const following: IteratorResult<Batch> | undefined = batch + 1 < most ? await batches.next() : undefined;
        const updated = await this.#settle(found, following === undefined || following.done === true);
        const weight = meanBy === "rows" ? value.rows : found.count;
        loss = { sum: loss.sum + found.loss * weight, count: loss.count + weight };
        batch++;
        if (updated !== undefined) this.#state = { epoch, batch, seed: this.#state.seed, loss };
        const gradientNorm = found.gradientNorm ?? updated?.gradientNorm;
        yield {
          loss: found.loss,
          count: found.count,
          gradientNorm,
          epoch,
          batch: batch - 1,
          rows: value.rows,
          meanLoss: loss.sum / (loss.count || 1),
          updated: updated !== undefined,
        };
        coming = following;
      }
    } finally {
      await batches.return?.(undefined);
    }
    this.#state = { ...this.#state, epoch: epoch + 1, batch: 0, loss: BEGINNING };
  }

  #train(batch: Batch, place: { readonly epoch: number; readonly batch: number }): Promise<StepResult> {
    const { signal, acceptsNaN = false, accepts, observe, world } = this.#options;
    return this.#steps.train(batch, this.optimizer, {
      // Each rank drops out other places.
      seed: this.#state.seed + (world?.rank ?? 0) * SEED_OF_RANKS,
      accumulate: this.#adds,
      signal,
      observe,
      // What a loss that is not finite means, all ranks find together.
      failed: (error) => afterFailure(error, place, acceptsNaN || world !== undefined),
      gather: world && ((found) => foundTogether(world, found)),
      accept: (found) => {
        const accepted = Number.isFinite(found.loss) ? (accepts?.(found.loss) ?? true) : withoutLoss(found, place, acceptsNaN) === undefined;
        this.#leftOut = !accepted;
        return accepted;
      },
    });
  }

  // What was added up is used by the last batch of its group, and by the last of an epoch.
  async #settle(found: StepResult, last: boolean): Promise<{ readonly gradientNorm?: number } | undefined> {
    if (!this.#adds) return {};
    if (this.#leftOut) this.#pending.leftOut = true;
    else this.#pending.items += found.count;
    this.#pending.batches++;
    if (this.#pending.batches < this.#accumulation && !last) return undefined;
    const { items, leftOut } = this.#pending;
    this.#pending = { items: 0, batches: 0, leftOut: false };
    // What a batch that is left out has added cannot be told from the rest: its whole group is left out.
    if (leftOut) {
      await this.#steps.clear();
      return {};
    }
    const { world } = this.#options;
    const together = world && ((gradients: readonly Tensor[]) => summedGradients(world, gradients));
    return items === 0 ? {} : { gradientNorm: await this.#steps.apply(this.optimizer, items, together) };
  }

  /** Mean loss over batches, without training. Losses that are not finite come as they are. */
  async evaluate(batches: Iterable<Batch> | AsyncIterable<Batch>): Promise<{ readonly loss: number; readonly count: number }> {
    const { signal, world } = this.#options;
    let [sum, count] = [0, 0];
    for await (const batch of world === undefined ? batches : partOf(world, batches)) {
      checkSignal(signal, "evaluate");
      const found = await this.#steps.evaluate(batch, { signal }).catch(afterLooking);
      sum += found.loss * found.count;
      count += found.count;
    }
    return world === undefined ? { loss: sum / (count || 1), count } : meanTogether(world, sum, count);
  }

  /** Frees its recordings and the gradients that were added up. The weights and the optimiser stay. */
  async end(): Promise<void> {
    this.#forgetGradients();
    this.#pending = { items: 0, batches: 0, leftOut: false };
    if (this.#ownSteps) await this.#steps.release();
  }
}

/** The result that stands for a look at numbers which are not finite; other errors are thrown on. */
export function afterLooking(error: unknown): StepResult {
  return { ...afterFailure(error, { epoch: 0, batch: 0 }, true), count: 1 };
}

function iteratorOf(batches: Iterable<Batch> | AsyncIterable<Batch>): Iterator<Batch> | AsyncIterator<Batch> {
  return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
}
