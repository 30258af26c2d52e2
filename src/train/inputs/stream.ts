// Batches that come one by one: from a DataLoader, a Dataset, a generator. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import type { Batch, BatchSource } from "../loop/index.ts";
import { dataRefusal } from "./column.ts";

/** A batch as a stream gives it: inputs, targets and maybe weights of all its rows; or a list of rows, each { x, y }. */
export type StreamedBatch<X, Y, W> =
  | readonly [x: X, y: Y]
  | readonly [x: X, y: Y, sampleWeight: W]
  | readonly { readonly x: unknown; readonly y: unknown }[];

/** What can be walked once an epoch: a `DataLoader`, a `Dataset` of batches, a function that begins anew. `epoch`, where it is there, is set to the number of the epoch. */
export type TrainingStream<X, Y, W> =
  | ((epoch: number) => AsyncIterable<StreamedBatch<X, Y, W>> | Iterable<StreamedBatch<X, Y, W>>)
  | (AsyncIterable<StreamedBatch<X, Y, W>> & { readonly length?: number; epoch?: number });

/** Whether data is a stream of batches. */
export function isStream(data: unknown): data is TrainingStream<never, never, never> {
  return typeof data === "function" || (typeof data === "object" && data !== null && Symbol.asyncIterator in data);
}

interface Triple {
  readonly x: unknown;
  readonly y: unknown;
  readonly sampleWeight?: unknown;
}

function tripleOf(batch: readonly unknown[]): Triple {
  const isRow = (row: unknown): row is Triple => typeof row === "object" && row !== null && "x" in row && "y" in row;
  if (Array.isArray(batch) && batch.length > 0 && batch.every(isRow)) return { x: batch.map(({ x }) => x), y: batch.map(({ y }) => y) };
  if (Array.isArray(batch) && (batch.length === 2 || batch.length === 3)) return { x: batch[0], y: batch[1], sampleWeight: batch[2] };
  throw dataRefusal(
    "x",
    "a batch of it is neither [x, y], [x, y, weights] nor a list of { x, y }",
    "其批次既不是 [x, y]、[x, y, weights]，也不是 { x, y } 的列表",
  );
}

/** A stream as a source of batches. `read` makes a batch of what it gives. */
export function streamSource<X, Y, W>(
  stream: TrainingStream<X, Y, W>,
  read: (x: X, y: Y, sampleWeight: W | undefined) => Promise<Batch>,
): BatchSource {
  const steps = typeof stream !== "function" && Number.isSafeInteger(stream.length) ? stream.length : undefined;
  return {
    steps,
    async *batches(epoch, from) {
      if (typeof stream !== "function" && typeof stream.epoch === "number") stream.epoch = epoch;
      let at = 0;
      for await (const batch of typeof stream === "function" ? stream(epoch) : stream) {
        if (at++ < from) continue;
        const { x, y, sampleWeight } = tripleOf(batch);
        yield await read(x as X, y as Y, sampleWeight as W | undefined);
      }
      // A walk that is over at once would look like a training.
      if (at === 0) throw new InkstoneError("E_DATA_USED", { what: "fit" });
    },
  };
}
