// lrFind: which learning rate, by trying rates that rise from step to step. The model is afterwards as it was.
import { InkstoneError } from "../../core/index.ts";
import { linePlot } from "../../plots/index.ts";
import { batchesOf, gather, shuffledOrder } from "../inputs/batches.ts";
import { type ArrayInput, type Column, checkRows, columnOf, type ShapedValues } from "../inputs/column.ts";
import type { Inputs } from "../model/core.ts";
import { inputColumns } from "../model/data.ts";
import { checkCount, checkSignal } from "../model/evaluate.ts";
import type { Model } from "../model/model.ts";
import { snapshot } from "./snapshot.ts";

/** Options of `lrFind`, with fast.ai's defaults. */
export interface LrFindOptions {
  /** First rate. Default 1e-7. */
  readonly start?: number;
  /** Last rate. Default 10. */
  readonly end?: number;
  /** Default 100. */
  readonly steps?: number;
  /** Default 32. */
  readonly batchSize?: number;
  /** Whether it stops once the loss is four times the best. Default true. */
  readonly stopDiverged?: boolean;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** What `lrFind` has seen. */
export interface LearningRates {
  readonly rates: readonly number[];
  /** Smoothed losses, one a rate. */
  readonly losses: readonly number[];
  /** "valley": half way along the longest fall, fast.ai's default, on the careful side. "steep": where the loss falls fastest; noisy where batches are small. */
  readonly suggestions: { readonly valley: number; readonly steep: number };
  /** The curve over the logarithm of the rate, as SVG. */
  plot(): string;
}

const SMOOTHING = 0.98;

/**
 * Trains over rates that rise by the same factor at each step, and suggests one; weights and optimiser are put back. fast.ai's `lr_find`.
 *
 * Errors: as `trainOnBatch`; `E_OPTION` where too few steps were possible to suggest anything.
 * Source: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3, arXiv:1506.01186; fast.ai's `LRFinder`, `valley` and `steep`.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 1, inputDim: 1 })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const found = await lrFind(model, [[1], [2], [3]], [[2], [4], [6]]);
 * found.suggestions.valley > 0; // true
 */
export async function lrFind(model: Model, x: Inputs, y: ArrayInput, options: LrFindOptions = {}): Promise<LearningRates> {
  const { start = 1e-7, end = 10, steps = 100, batchSize = 32, stopDiverged = true, seed = 0, signal } = options;
  checkCount("steps", steps, 20);
  const data = { inputs: await inputColumns(x), targets: await columnOf("y", y) };
  const rows = checkRows([...data.inputs, data.targets]);
  model.ensureBuilt(
    data.inputs.map(({ shape }) => shape),
    model.inputTypes(data.inputs),
  );
  const putBack = snapshot(model);
  const seen: { rate: number; loss: number }[] = [];
  let [average, best] = [0, Number.POSITIVE_INFINITY];
  try {
    for (const [step, batch] of batchesFor(rows, batchSize, steps, seed).entries()) {
      checkSignal(signal, "lrFind");
      const rate = start * (end / start) ** (step / (steps - 1));
      model.optimizer.learningRate = rate;
      const loss = await lossOf(model, data, batch);
      if (!Number.isFinite(loss)) break;
      average = average * SMOOTHING + loss * (1 - SMOOTHING);
      const smooth = average / (1 - SMOOTHING ** (step + 1));
      seen.push({ rate, loss: smooth });
      best = Math.min(best, smooth);
      if (stopDiverged && smooth > 4 * best) break;
    }
  } finally {
    putBack();
  }
  return summary(seen, steps);
}

// As many batches as steps, from as many epochs as it takes; smaller last batches are left out.
function batchesFor(rows: number, batchSize: number, steps: number, seed: number): Uint32Array[] {
  const size = Math.min(batchSize, rows);
  const found: Uint32Array[] = [];
  for (let epoch = 0; found.length < steps; epoch++)
    found.push(...batchesOf(shuffledOrder(rows, seed, epoch), size).filter(({ length }) => length === size));
  return found.slice(0, steps);
}

// A step whose loss or gradient is not finite is where it ends, not an error.
async function lossOf(model: Model, data: { readonly inputs: readonly Column[]; readonly targets: Column }, batch: Uint32Array): Promise<number> {
  const part = (column: Column): ShapedValues => {
    const into = column.values instanceof Int32Array ? new Int32Array(batch.length * column.width) : new Float32Array(batch.length * column.width);
    return { values: gather(column, batch, into), shape: [batch.length, ...column.shape] };
  };
  try {
    const { loss } = await model.trainOnBatch({ inputs: data.inputs.map(part) }, part(data.targets));
    return loss;
  } catch (error) {
    if (error instanceof InkstoneError && (error.code === "E_TRAINING_LOSS" || error.code === "E_STEP")) return Number.NaN;
    throw error;
  }
}

function summary(seen: readonly { rate: number; loss: number }[], steps: number): LearningRates {
  // fast.ai looks at neither the first tenth nor the last five.
  const kept = seen.slice(Math.floor(steps / 10), Math.max(seen.length - 5, 0));
  if (kept.length < 4)
    throw new InkstoneError("E_OPTION", {
      option: "start",
      value: seen[0]?.rate,
      allowed: {
        en: `a rate so small that ${Math.floor(steps / 10) + 9} steps do not diverge`,
        zh: `足够小、使前 ${Math.floor(steps / 10) + 9} 步不发散的学习率`,
      },
    });
  const rates = kept.map(({ rate }) => rate);
  const losses = kept.map(({ loss }) => loss);
  return {
    rates,
    losses,
    suggestions: { valley: rates[valley(losses)], steep: rates[steepest(losses)] },
    plot: () =>
      linePlot({
        title: "lrFind",
        xLabel: "log10 of the learning rate",
        yLabel: "loss",
        series: [{ name: "loss", points: rates.map((rate, i) => [Math.log10(rate), losses[i]] as const) }],
      }),
  };
}

// Half way along the longest falling subsequence, as fast.ai's `valley` counts it.
function valley(losses: readonly number[]): number {
  const longest = losses.map(() => 1);
  let end = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) if (losses[i] < losses[j] && longest[i] < longest[j] + 1) longest[i] = longest[j] + 1;
    if (longest[end] < longest[i]) end = i;
  }
  const first = end - longest[end];
  const section = Math.floor((end - first) / 3);
  return Math.max(0, Math.min(losses.length - 1, first + section + Math.floor((end - first) / 6)));
}

// Rates rise by one factor, so the steepest fall over their logarithm is the largest one from step to step.
function steepest(losses: readonly number[]): number {
  let at = 0;
  for (let i = 1; i + 1 < losses.length; i++) if (losses[i + 1] - losses[i] < losses[at + 1] - losses[at]) at = i;
  return at;
}
