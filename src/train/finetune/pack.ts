// Rows packed into windows: several in one, none sees another. Knows no models.
import { drawing, purposes, shuffled } from "../../data/index.ts";
import { type Batch, type BatchSource, valuesColumn } from "../loop/index.ts";
import type { TokenRow } from "./rows.ts";

/** Windows that are open at a time: a row goes into the first that it fits. */
const OPEN = 32;
/** Places of answers in a batch are filled up to a multiple of this: few shapes, few recordings. */
const PLACES = 128;
/** Targets that do not count. */
const NONE = -100;

/** Sizes of batches. */
export interface PackSizes {
  /** Windows of a batch. */
  readonly batch: number;
  /** Tokens of a window. */
  readonly length: number;
  readonly seed: number;
  /** Places of answers in each batch. Default: as many as there are, filled up. */
  readonly answers?: number;
}

/** The windows of an order of rows: the numbers of the rows in each. */
export function windowsOf(rows: readonly { readonly ids: Int32Array }[], order: Iterable<number>, length: number): number[][] {
  const done: number[][] = [];
  let open: { rows: number[]; left: number }[] = [];
  for (const i of order) {
    const { length: size } = rows[i].ids;
    let found = open.find(({ left }) => left >= size);
    if (found === undefined) {
      if (open.length === OPEN) done.push((open.shift() as (typeof open)[number]).rows);
      found = { rows: [], left: length };
      open.push(found);
    }
    found.rows.push(i);
    found.left -= size;
    if (found.left < 2) {
      done.push(found.rows);
      open = open.filter((one) => one !== found);
    }
  }
  return [...done, ...open.map((one) => one.rows)];
}

/** Batches of rows: each epoch in an order of its own, drawn from seed and epoch. */
export class PackedRows implements BatchSource {
  readonly rows: readonly TokenRow[];
  readonly #sizes: PackSizes;
  readonly #kept = new Map<number, number[][]>();

  constructor(rows: readonly TokenRow[], sizes: PackSizes) {
    this.rows = rows;
    this.#sizes = sizes;
  }

  /** Epochs differ by a window or so. */
  get steps(): undefined {
    return undefined;
  }

  /** Batches of an epoch. */
  stepsOf(epoch: number): number {
    return Math.ceil(this.#windows(epoch).length / this.#sizes.batch);
  }

  *batches(epoch: number, from: number): Generator<Batch> {
    const windows = this.#windows(epoch);
    for (let batch = from; batch * this.#sizes.batch < windows.length; batch++) yield this.#batch(windows, batch);
  }

  /** All rows once, in their own order. */
  *inOrder(): Generator<Batch> {
    const windows = windowsOf(this.rows, this.rows.keys(), this.#sizes.length);
    for (let batch = 0; batch * this.#sizes.batch < windows.length; batch++) yield this.#batch(windows, batch);
  }

  /** The most places of answers of a batch, over so many epochs (a hundred are looked at) and over the rows in their own order. */
  mostAnswers(epochs: number): number {
    const counts = this.rows.map(({ answer }) => answer.subarray(1).reduce((sum, one) => sum + one, 0));
    const { batch, length } = this.#sizes;
    const most = (windows: readonly number[][]) => {
      const sums = windows.map((window) => window.reduce((sum, i) => sum + counts[i], 0));
      let largest = 0;
      for (let at = 0; at < sums.length; at += batch)
        largest = Math.max(
          largest,
          sums.slice(at, at + batch).reduce((a, b) => a + b, 0),
        );
      return largest;
    };
    let found = most(windowsOf(this.rows, this.rows.keys(), length));
    for (let epoch = 0; epoch < Math.min(epochs, 100); epoch++) found = Math.max(found, most(this.#windows(epoch)));
    return found;
  }

  #windows(epoch: number): number[][] {
    const known = this.#kept.get(epoch);
    if (known) return known;
    const made = windowsOf(this.rows, shuffled([...this.rows.keys()], drawing(this.#sizes.seed, purposes.order), epoch), this.#sizes.length);
    this.#kept.set(epoch, made);
    return made;
  }

  #batch(windows: readonly number[][], number: number): Batch {
    const { batch, length, answers } = this.#sizes;
    const mine = windows.slice(number * batch, (number + 1) * batch);
    const layout = layoutOf(
      mine.map((window) => window.map((i) => this.rows[i])),
      { batch, length },
    );
    return { rows: mine.reduce((sum, window) => sum + window.length, 0), columns: columnsOf(layout, { batch, length, answers }) };
  }
}

/** Windows laid out: ids, whose each place is, its place in its row; where something is to be learnt, and what. */
export interface Layout {
  readonly ids: Int32Array;
  readonly segments: Int32Array;
  readonly places: Int32Array;
  readonly wanted: number[];
  readonly targets: number[];
  /** Of each wanted place: the number of its row, in the order of the windows. */
  readonly owners: number[];
}

/** Lays rows out in windows. */
export function layoutOf(windows: readonly (readonly TokenRow[])[], { batch, length }: { batch: number; length: number }): Layout {
  const [ids, places] = [new Int32Array(batch * length), new Int32Array(batch * length)];
  const segments = new Int32Array(batch * length).fill(-1);
  const [wanted, targets, owners]: [number[], number[], number[]] = [[], [], []];
  let number = 0;
  for (const [w, rows] of windows.entries()) {
    let at = w * length;
    for (const [segment, row] of rows.entries()) {
      ids.set(row.ids, at);
      segments.fill(segment, at, at + row.ids.length);
      for (let i = 0; i < row.ids.length; i++) {
        places[at + i] = i;
        if (i + 1 === row.ids.length || row.answer[i + 1] === 0) continue;
        wanted.push(at + i);
        targets.push(row.ids[i + 1]);
        owners.push(number);
      }
      at += row.ids.length;
      number++;
    }
  }
  return { ids, segments, places, wanted, targets, owners };
}

/** So many places, filled up. */
export const placesFor = (count: number): number => Math.max(1, Math.ceil(count / PLACES)) * PLACES;

/** The columns of a layout: ids, segments, places, wanted, targets, count. `answers`: room for so many places at least. */
export function columnsOf(layout: Layout, { batch, length, answers = 0 }: Omit<PackSizes, "seed">): Batch["columns"] {
  const { ids, segments, places, wanted, targets } = layout;
  const room = Math.max(answers, placesFor(wanted.length));
  const filled = (values: readonly number[], rest: number) => Int32Array.from({ length: room }, (_, i) => values[i] ?? rest);
  return [
    valuesColumn("ids", ids, [batch * length]),
    valuesColumn("segments", segments, [batch, length]),
    valuesColumn("places", places, [batch * length]),
    valuesColumn("wanted", filled(wanted, 0), [room]),
    valuesColumn("targets", filled(targets, NONE), [room]),
    valuesColumn("count", Float32Array.of(wanted.length), [1]),
  ];
}
