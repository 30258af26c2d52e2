// Learning from preferences: the losses of DPO and ORPO over pairs of answers, and their batches. Knows no files.

import { drawing, purposes, shuffled } from "../../data/index.ts";
import type { TrainableDecoder } from "../../models/index.ts";
import {
  add,
  clip,
  crossEntropy,
  exp,
  log,
  matmul,
  multiply,
  negate,
  scale,
  shift,
  softplus,
  subtract,
  sum,
  type Tensor,
  tensor,
  withPrecision,
} from "../../tensor/index.ts";
import { type Batch, type BatchSource, RecordedFunction, type TrainingTask, valuesColumn } from "../loop/index.ts";
import { columnsOf, layoutOf } from "./pack.ts";
import type { PreferenceRow } from "./preference-rows.ts";
import type { CheckedSettings } from "./settings.ts";
import { statesAt, type TaskSizes, taskParts } from "./task.ts";

/** Sizes of batches of pairs. */
export interface PairSizes extends TaskSizes {
  readonly seed: number;
  /** Places of answers in each batch. */
  readonly answers: number;
  /** Whether likelihoods are means over an answer's tokens (ORPO), or sums (DPO). */
  readonly means: boolean;
}

/** Batches of pairs, a pair a window: its two answers do not see each other. */
export class PairBatches implements BatchSource {
  readonly steps: number;
  readonly #rows: readonly PreferenceRow[];
  readonly #sizes: PairSizes;
  /** Of each pair: how much likelier the chosen answer was at the beginning, in nats. */
  readonly reference: Float32Array;

  constructor(rows: readonly PreferenceRow[], sizes: PairSizes) {
    this.#rows = rows;
    this.#sizes = sizes;
    this.steps = Math.ceil(rows.length / sizes.batch);
    this.reference = new Float32Array(rows.length);
  }

  *batches(epoch: number, from: number): Generator<Batch> {
    const order = shuffled([...this.#rows.keys()], drawing(this.#sizes.seed, purposes.order), epoch);
    for (let batch = from; batch < this.steps; batch++) yield this.#batch(order, batch);
  }

  *inOrder(): Generator<Batch> {
    const order = [...this.#rows.keys()];
    for (let batch = 0; batch < this.steps; batch++) yield this.#batch(order, batch);
  }

  #batch(order: readonly number[], number: number): Batch {
    const { batch, length, answers, means } = this.#sizes;
    const mine = order.slice(number * batch, (number + 1) * batch);
    const layout = layoutOf(
      mine.map((i) => [this.#rows[i].chosen, this.#rows[i].rejected]),
      { batch, length },
    );
    const columns = columnsOf(layout, { batch, length, answers });
    const room = columns[3].shape[0];
    const counts = new Int32Array(2 * batch);
    for (const owner of layout.owners) counts[owner]++;
    const sums = new Float32Array(2 * batch * room);
    for (const [at, owner] of layout.owners.entries()) sums[owner * room + at] = means ? 1 / counts[owner] : 1;
    const filled = (of: (i: number) => number) => Float32Array.from({ length: batch }, (_, i) => (i < mine.length ? of(mine[i]) : 0));
    return {
      rows: mine.length,
      columns: [
        ...columns.slice(0, 5),
        valuesColumn("count", Float32Array.of(mine.length), [1]),
        valuesColumn("sums", sums, [2 * batch, room]),
        valuesColumn(
          "reference",
          filled((i) => this.reference[i]),
          [batch, 1],
        ),
        valuesColumn(
          "valid",
          filled(() => 1),
          [batch, 1],
        ),
      ],
    };
  }
}

// Negative log-likelihoods of the answers, chosen and rejected side by side: [pairs, 2].
function likelihoods(open: TrainableDecoder, columns: readonly Tensor[], sizes: TaskSizes, recompute: boolean): Tensor {
  const [, , , , targets, , sums] = columns;
  const states = statesAt(open, columns, sizes, recompute);
  const each = crossEntropy(open.decoder.logitsOfStates(states), targets, { reduction: "none" });
  return withPrecision("f32", () => matmul(sums, each.reshape([each.size, 1]))).reshape([sizes.batch, 2]);
}

// How much likelier the chosen answer is: [pairs, 1].
const marginOf = (pairs: Tensor): Tensor => withPrecision("f32", () => matmul(pairs, tensor([[-1], [1]], undefined, { device: pairs.device })));

/**
 * The task of a method over pairs.
 *
 * DPO: -log sigmoid(beta · (margin - margin of the model that it begins with)), margins of summed log-likelihoods. Rafailov et al. 2023, arXiv:2305.18290, equation 7.
 * ORPO: mean negative log-likelihood of the chosen + beta · -log sigmoid(log odds ratio), of mean log-likelihoods. Hong et al. 2024, arXiv:2403.07691, equations 6 and 7.
 */
export function preferenceTask(open: TrainableDecoder, settings: CheckedSettings, sizes: TaskSizes): TrainingTask {
  const { method, beta, recompute } = settings;
  return {
    ...taskParts(open, settings),
    loss(columns) {
      const [, , , , , count, , reference, valid] = columns;
      const pairs = likelihoods(open, columns, sizes, recompute);
      const losses = method === "dpo" ? softplus(scale(subtract(marginOf(pairs), reference), -beta)) : orpoLosses(pairs, beta);
      return { total: sum(multiply(losses, valid)).reshape([1]), count };
    },
  };
}

// log odds of a mean log-likelihood a: a - log(1 - exp(a)).
function orpoLosses(pairs: Tensor, beta: number): Tensor {
  const means = negate(pairs);
  const rest = log(clip(shift(negate(exp(means)), 1), 1e-7, 1));
  const odds = subtract(rest, means);
  const chosen = withPrecision("f32", () => matmul(pairs, tensor([[1], [0]], undefined, { device: pairs.device })));
  return add(chosen, scale(softplus(negate(marginOf(odds))), beta));
}

/** Fills the references of batches with the margins of the model as it is now. Errors: `E_CANCELLED`. */
export async function referenceMargins(
  open: TrainableDecoder,
  { precision, recompute }: CheckedSettings,
  sources: readonly PairBatches[],
  sizes: TaskSizes,
  signal?: AbortSignal,
): Promise<void> {
  const turns = {};
  const recorded = new RecordedFunction<readonly Tensor[]>(turns);
  try {
    for (const source of sources) {
      let at = 0;
      for (const batch of source.inOrder()) {
        const values = await recorded.run(
          open.device,
          batch,
          precision,
          (columns) => [withPrecision(precision, () => marginOf(likelihoods(open, columns, sizes, recompute)))],
          ([margin]) => margin.dataSync().slice(0, batch.rows),
          signal,
        );
        source.reference.set(values as Float32Array, at);
        at += batch.rows;
      }
    }
  } finally {
    await recorded.release();
  }
}
