// DataLoader: rows in batches, shuffled by seed and epoch; examples of any kind, or rows of tensors. Knows no models.
import { aFlag, aFunction, InkstoneError, type Rules, readOptions, whole } from "../core/index.ts";
import type { ElementType } from "../native/index.ts";
import { type Shape, type Tensor, tensor } from "../tensor/index.ts";
import { drawing, purposes, shuffled } from "./chance.ts";
import { Dataset } from "./dataset.ts";

/** Examples by number: an array is one. */
export interface Examples<T> {
  readonly length: number;
  /** Example number i; a promise is waited for. */
  at(i: number): T | Promise<T> | undefined;
}

/** Options of `DataLoader`, with PyTorch's names and defaults. */
export interface DataLoaderOptions<T, B> {
  /** Default 1. */
  readonly batchSize?: number;
  /** Another order in each epoch: a function of `seed` and the number of the epoch; of a `Dataset`, which is read as it is walked, within a buffer of 10,000 rows. Default false. */
  readonly shuffle?: boolean;
  /** Default 0. */
  readonly seed?: number;
  /** Whether a last batch that is smaller is left out. Default false. */
  readonly dropLast?: boolean;
  /** What becomes of the examples of a batch. Default: an array of them; of a `TensorDataset`: one tensor for each of its tensors. */
  readonly collate?: (examples: readonly T[]) => B;
}

const rules: Rules<DataLoaderOptions<never, never>> = { batchSize: whole(1), shuffle: aFlag, seed: whole(0), dropLast: aFlag, collate: aFunction };

/**
 * Batches of examples, epoch by epoch: each `for await` is the next epoch. PyTorch's `DataLoader`. Examples are anything with `length` and `at`, an array too;
 * or a `Dataset`, of which no more is held than a batch and the buffer of shuffling. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`; what the examples throw.
 *
 * @example
 * const loader = new DataLoader(["a", "b", "c"], { batchSize: 2 });
 * const batches: string[][] = [];
 * for await (const batch of loader) batches.push([...batch]);
 * batches; // [["a", "b"], ["c"]]
 */
export class DataLoader<T, B = readonly T[]> implements AsyncIterable<B> {
  readonly #examples: Examples<T> | Dataset<T>;
  readonly #options: DataLoaderOptions<T, B>;
  /** The number of the coming epoch; set it to take a run up again. */
  epoch = 0;

  constructor(examples: Examples<T> | Dataset<T>, options: DataLoaderOptions<T, B> = {}) {
    this.#options = readOptions<DataLoaderOptions<T, B>>("DataLoader", options, rules as Rules<DataLoaderOptions<T, B>>);
    const countable = examples instanceof Dataset || (Number.isSafeInteger(examples?.length) && typeof examples.at === "function");
    if (!countable) {
      const allowed = { en: "an array, a Dataset, or an object with length and at(i)", zh: "数组、Dataset，或带有 length 与 at(i) 的对象" };
      throw new InkstoneError("E_OPTION", { option: "examples", value: Object.prototype.toString.call(examples), allowed });
    }
    this.#examples = examples;
  }

  /** Batches of an epoch; NaN for a `Dataset`, whose rows nobody has counted. */
  get length(): number {
    const { batchSize = 1, dropLast = false } = this.#options;
    if (this.#examples instanceof Dataset) return Number.NaN;
    const batches = this.#examples.length / batchSize;
    return dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B> {
    const { collate } = this.#options;
    const epoch = this.epoch++;
    for await (const examples of this.#examples instanceof Dataset ? this.#streamed(this.#examples, epoch) : this.#picked(this.#examples, epoch))
      yield collate ? collate(examples) : (examples as unknown as B);
  }

  async *#picked(all: Examples<T>, epoch: number): AsyncGenerator<readonly T[]> {
    const { batchSize = 1, shuffle = false, seed = 0 } = this.#options;
    const rows = Array.from({ length: all.length }, (_, i) => i);
    const order = shuffle ? shuffled(rows, drawing(seed, purposes.batches), epoch) : rows;
    for (let batch = 0; batch < this.length; batch++) {
      const numbers = order.slice(batch * batchSize, (batch + 1) * batchSize);
      yield (await Promise.all(numbers.map((i) => all.at(i)))) as readonly T[];
    }
  }

  async *#streamed(rows: Dataset<T>, epoch: number): AsyncGenerator<readonly T[]> {
    const { batchSize = 1, shuffle = false, seed = 0, dropLast = false } = this.#options;
    for await (const batch of (shuffle ? rows.shuffle({ seed, epoch }) : rows).batch(batchSize)) {
      if (batch.length === batchSize || !dropLast) yield batch;
    }
  }
}

/** One example of a `TensorDataset`: its row of each tensor. */
export type TensorRow = readonly { readonly values: ArrayLike<number>; readonly shape: Shape; readonly type: ElementType }[];

/**
 * Tensors with as many rows each, as examples: number i is row i of all of them. PyTorch's `TensorDataset`. Errors: `E_SHAPE`.
 *
 * @example
 * const data = new TensorDataset(tensor([[1, 2], [3, 4]]), tensor(Int32Array.of(0, 1)));
 * const loader = new DataLoader(data, { batchSize: 2, collate: stackRows });
 * for await (const [x, y] of loader) [x.shape, y.shape]; // [[2, 2], [2]]
 */
export class TensorDataset implements Examples<TensorRow> {
  readonly length: number;
  readonly #columns: readonly {
    readonly values: Float32Array | Int32Array | Uint8Array;
    readonly shape: Shape;
    readonly type: ElementType;
    readonly width: number;
  }[];

  constructor(...tensors: readonly Tensor[]) {
    this.length = tensors[0]?.shape[0] ?? 0;
    this.#columns = tensors.map((each) => {
      const [rows, ...shape] = each.shape;
      if (rows !== this.length)
        throw new InkstoneError("E_SHAPE", {
          operation: "TensorDataset",
          expected: { en: `${this.length} rows in every tensor`, zh: `每个张量均为 ${this.length} 行` },
          got: each.shape,
        });
      return { values: each.dataSync(), shape, type: each.type, width: rows === 0 ? 0 : each.size / rows };
    });
  }

  at(i: number): TensorRow {
    return this.#columns.map(({ values, shape, type, width }) => ({ values: values.subarray(i * width, (i + 1) * width), shape, type }));
  }
}

/**
 * Rows of a `TensorDataset` as one tensor for each of its tensors: to be given as `collate`.
 *
 * @example
 * stackRows([new TensorDataset(tensor([[1, 2]])).at(0)])[0].shape; // [1, 2]
 */
export function stackRows(rows: readonly TensorRow[]): Tensor[] {
  return (rows[0] ?? []).map(({ shape, type }, column) => {
    const width = shape.reduce((product, size) => product * size, 1);
    const values = type === "i32" ? new Int32Array(rows.length * width) : new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries()) values.set(row[column].values, i * width);
    return tensor(values, [rows.length, ...shape], { type });
  });
}
