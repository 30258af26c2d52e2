// evaluate: loss and metrics over rows, in batches.
import { anything, aSignal, InkstoneError, type Rules, readOptions, whole } from "../../core/index.ts";
import type { CallbackList, Logs } from "../callbacks/callback.ts";
import { columnsSource, plainOrder } from "../inputs/batches.ts";
import { afterLooking, type BatchSource, checkSignal } from "../loop/index.ts";
import type { Compiled, HeadMetrics } from "./compiled.ts";
import type { ModelCore } from "./core.ts";
import { batchColumns, type GivenData, type RowData, trainingData } from "./data.ts";
import type { BatchOptions, EvaluateOptions } from "./options.ts";
import { batchRules } from "./options.ts";

export { checkSignal } from "../loop/index.ts";

/** A mean of losses of batches, each counted by its rows. */
export class LossMean {
  #sum = 0;
  #rows = 0;

  add(loss: number, rows: number): void {
    this.#sum += loss * rows;
    this.#rows += rows;
  }

  reset(): void {
    this.#sum = 0;
    this.#rows = 0;
  }

  get value(): number {
    return this.#rows === 0 ? 0 : this.#sum / this.#rows;
  }
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

/** Rows as they come, in batches. */
export const rowsInOrder = (data: RowData, compiled: Compiled, batchSize: number): BatchSource =>
  columnsSource(batchColumns(data, compiled), () => plainOrder(data.rows), batchSize);

/** Loss and metrics of batches. A loss that is not finite is what it is: a number of the logs, no error. */
export async function evaluateBatches(
  compiled: Compiled,
  source: BatchSource,
  options: { readonly signal?: AbortSignal; readonly callbacks?: CallbackList } = {},
): Promise<Logs> {
  const { signal, callbacks } = options;
  const loss = new LossMean();
  const metrics: HeadMetrics = compiled.metrics();
  const logs = () => ({ loss: loss.value, ...metrics.results() });
  await callbacks?.call("onTestBegin", {});
  let i = 0;
  for await (const batch of source.batches(0, 0)) {
    checkSignal(signal, "evaluate");
    await callbacks?.call("onTestBatchBegin", i, {});
    const found = await compiled.steps.evaluate(batch, { signal, observe: (seen) => metrics.update(seen) }).catch(afterLooking);
    loss.add(found.loss, batch.rows);
    await callbacks?.call("onTestBatchEnd", i++, logs());
  }
  await callbacks?.call("onTestEnd", logs());
  return logs();
}

const evaluateRules: Rules<EvaluateOptions> = { batchSize: whole(1), sampleWeight: anything, signal: aSignal };

/** Loss and metrics of data. */
export async function evaluate(model: ModelCore, compiled: Compiled, given: GivenData, options: EvaluateOptions = {}): Promise<Logs> {
  const { batchSize = 32, sampleWeight, signal } = readOptions("evaluate", options, evaluateRules);
  const data = await trainingData(model, compiled, { ...given, sampleWeight });
  return evaluateBatches(compiled, rowsInOrder(data, compiled, batchSize), { signal });
}

/** Loss and metrics of one batch. */
export async function testOnBatch(model: ModelCore, compiled: Compiled, given: GivenData, options: BatchOptions = {}): Promise<Logs> {
  const { sampleWeight, signal } = readOptions("testOnBatch", options, batchRules);
  const data = await trainingData(model, compiled, { ...given, sampleWeight });
  return evaluateBatches(compiled, rowsInOrder(data, compiled, data.rows), { signal });
}
