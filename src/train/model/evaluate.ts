// evaluate: loss and metrics over rows, in batches.
import { InkstoneError } from "../../core/index.ts";
import type { CallbackList, Logs } from "../callbacks/callback.ts";
import { batchesOf, plainOrder } from "../inputs/batches.ts";
import type { Metric } from "../step/metrics.ts";
import type { Compiled } from "./compiled.ts";
import type { ModelCore } from "./core.ts";
import { type GivenData, type RowData, trainingData } from "./data.ts";
import type { BatchOptions, EvaluateOptions } from "./options.ts";

/** A mean of losses of batches, each counted by its rows. */
export class LossMean {
  #sum = 0;
  #rows = 0;

  add(loss: number, rows: number): void {
    this.#sum += loss * rows;
    this.#rows += rows;
  }

  get value(): number {
    return this.#rows === 0 ? 0 : this.#sum / this.#rows;
  }
}

/** Loss and metrics as they stand. */
export function logsOf(loss: LossMean, metrics: readonly Metric[]): Logs {
  return { loss: loss.value, ...Object.fromEntries(metrics.map((metric) => [metric.name, metric.result()])) };
}

/** Throws `E_CANCELLED` once a signal has been given. */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what });
}

/** Throws `E_OPTION` unless a number counts something. */
export function checkCount(option: string, value: number, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InkstoneError("E_OPTION", {
    option,
    value: String(value),
    allowed: { en: `whole numbers from ${least} on`, zh: `不小于 ${least} 的整数` },
  });
}

/** Loss and metrics of rows that are columns already. */
export async function evaluateRows(
  compiled: Compiled,
  data: RowData,
  batchSize: number,
  options: { readonly signal?: AbortSignal; readonly callbacks?: CallbackList } = {},
): Promise<Logs> {
  const { signal, callbacks } = options;
  const loss = new LossMean();
  for (const metric of compiled.metrics) metric.reset();
  await callbacks?.call("onTestBegin", {});
  for (const [i, rows] of batchesOf(plainOrder(data.rows), batchSize).entries()) {
    checkSignal(signal, "evaluate");
    await callbacks?.call("onTestBatchBegin", i, {});
    const found = await compiled.evaluation(data, rows.length).run(data, rows, signal);
    loss.add(found.loss, rows.length);
    await callbacks?.call("onTestBatchEnd", i, logsOf(loss, compiled.metrics));
  }
  const logs = logsOf(loss, compiled.metrics);
  await callbacks?.call("onTestEnd", logs);
  return logs;
}

/** Loss and metrics of data. */
export async function evaluate(model: ModelCore, compiled: Compiled, given: GivenData, options: EvaluateOptions = {}): Promise<Logs> {
  const { batchSize = 32, sampleWeight, signal } = options;
  checkCount("batchSize", batchSize);
  return evaluateRows(compiled, await trainingData(model, compiled.loss, { ...given, sampleWeight }), batchSize, { signal });
}

/** Loss and metrics of one batch. */
export async function testOnBatch(model: ModelCore, compiled: Compiled, given: GivenData, options: BatchOptions = {}): Promise<Logs> {
  const data = await trainingData(model, compiled.loss, { ...given, ...options });
  return evaluateRows(compiled, data, data.rows, options);
}
