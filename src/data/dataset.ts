// A set of rows that is read as it is walked: nothing is held but what a step needs. Knows no formats.
import { InkstoneError, refuseOption, refuseUnknown } from "../core/index.ts";
import { drawing, purposes } from "./chance.ts";

/** Where rows come from: a list, anything that can be walked, or a function that begins anew each time. */
export type RowSource<Row> = Iterable<Row> | AsyncIterable<Row> | (() => Iterable<Row> | AsyncIterable<Row>);

/** How to shuffle. */
export interface ShuffleOptions {
  readonly seed?: number;
  /** Rows that are held; 10,000 by default. Rows move further than this only towards the end: shuffle well by a buffer that holds all. */
  readonly buffer?: number;
  /** Another order with the same seed, for the next walk through the data. */
  readonly epoch?: number;
}

/** Rows are handed on for this long before others get their turn. */
const TURN_MS = 20;

/**
 * Rows, walked with `for await`. Every step is lazy, and every walk begins anew. A walk never keeps the event loop for long, and when it is given up the
 * source is closed.
 *
 * Errors of a walk: those of the source and of the functions that were given; E_DATA_USED for a second walk of what can be walked only once.
 *
 * @example
 * const lengths = Dataset.from(["ink", "stone", "brush"]).filter((word) => word !== "ink").map((word) => word.length);
 * await lengths.toArray(); // [5, 5]
 */
export class Dataset<Row> implements AsyncIterable<Row> {
  readonly #begin: () => AsyncIterator<Row>;

  private constructor(begin: () => AsyncIterator<Row>) {
    this.#begin = begin;
  }

  /** Rows from a source. */
  static from<Row>(source: RowSource<Row>): Dataset<Row> {
    let used: unknown;
    return new Dataset(async function* () {
      const rows = typeof source === "function" ? source() : source;
      // A generator is its own iterator: it gives nothing the second time, which would look like empty data.
      if (rows === used) throw new InkstoneError("E_DATA_USED", { what: "Dataset" });
      if ("next" in rows) used = rows;
      yield* inTurns(rows);
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Row> {
    return this.#begin();
  }

  /** Each row made into another; rows keep their order. */
  map<Other>(make: (row: Row, index: number) => Other | Promise<Other>): Dataset<Other> {
    return this.#then(async function* (rows) {
      let index = 0;
      for await (const row of rows) yield await make(row, index++);
    });
  }

  /** The rows that pass. */
  filter(passes: (row: Row, index: number) => boolean | Promise<boolean>): Dataset<Row> {
    return this.#then(async function* (rows) {
      let index = 0;
      for await (const row of rows) if (await passes(row, index++)) yield row;
    });
  }

  /** Lists of `size` rows, the last one shorter. Errors: E_OPTION. */
  batch(size: number): Dataset<Row[]> {
    requireCount("size", size, 1);
    return this.#then(async function* (rows) {
      let batch: Row[] = [];
      for await (const row of rows) {
        batch.push(row);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    });
  }

  /** The first `count` rows; no further row is read. Errors: E_OPTION. */
  take(count: number): Dataset<Row> {
    requireCount("count", count, 0);
    return this.#then(async function* (rows) {
      if (count === 0) return;
      let left = count;
      for await (const row of rows) {
        yield row;
        if (--left === 0) return;
      }
    });
  }

  /** All rows but the first `count`. Errors: E_OPTION. */
  skip(count: number): Dataset<Row> {
    requireCount("count", count, 0);
    return this.filter((_, index) => index >= count);
  }

  /**
   * The rows in another order, the same for the same seed and epoch: a buffer is filled, and each time a row is drawn from it the next one takes its place.
   * With a buffer that holds all rows every order is as likely as any other. Errors: E_OPTION.
   */
  shuffle(options: ShuffleOptions = {}): Dataset<Row> {
    refuseUnknown<ShuffleOptions>("shuffle", options, { seed: true, buffer: true, epoch: true });
    const { seed = 0, buffer = 10_000, epoch = 0 } = options;
    requireCount("buffer", buffer, 1);
    requireCount("epoch", epoch, 0);
    const draw = drawing(seed, purposes.buffer);
    return this.#then(async function* (rows) {
      const held: Row[] = [];
      let drawn = 0;
      const next = (): number => Math.floor(draw(drawn++, epoch) * held.length);
      for await (const row of rows) {
        held.push(row);
        if (held.length <= buffer) continue;
        const [last, at] = [held.pop() as Row, next()];
        yield held[at];
        held[at] = last;
      }
      while (held.length > 0) {
        const at = next();
        yield held[at];
        const last = held.pop() as Row;
        if (at < held.length) held[at] = last;
      }
    });
  }

  /** All rows as a list. */
  async toArray(): Promise<Row[]> {
    const all: Row[] = [];
    for await (const row of this) all.push(row);
    return all;
  }

  /** How many rows there are; holds none of them. */
  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this) count++;
    return count;
  }

  #then<Other>(step: (rows: Dataset<Row>) => AsyncGenerator<Other>): Dataset<Other> {
    return new Dataset(() => step(this));
  }
}

// Waiting for a promise that is kept already gives nobody else a turn; this does, now and then.
async function* inTurns<Row>(rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<Row> {
  let began = performance.now();
  for await (const row of rows) {
    yield row;
    if (performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

function requireCount(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  refuseOption(option, value, { en: `whole numbers from ${least}`, zh: `不小于 ${least} 的整数` });
}
