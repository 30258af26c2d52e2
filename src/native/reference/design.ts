// A sparse matrix by rows: scores of rows under weights, and the sums by columns that gradients are. Twin: native/services/src/design.rs. Knows no loss.
import type { PackedArrays } from "../arrays.ts";

/** Entries between two pieces. */
const ENTRIES_A_PIECE = 1_000_000;

/** Rows by (starts, indices, values), columns checked. */
export interface ReferenceRows {
  readonly count: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array | Float32Array;
}

/** The matrix of three arrays that follow each other. */
export function referenceRows(arrays: PackedArrays, first: number, columns: number, refuse: (why: string) => never): ReferenceRows {
  const [starts, indices, values] = [arrays.words(first), arrays.words(first + 1), arrays.numbers(first + 2)];
  const rising = starts[0] === 0 && starts.every((start, i) => i === 0 || start >= starts[i - 1]);
  if (!rising || starts[starts.length - 1] !== indices.length || indices.length !== values.length || indices.some((column) => column >= columns)) {
    refuse("the matrix is not one");
  }
  return { count: starts.length - 1, columns, starts, indices, values };
}

/** Adds the weights of a row's columns to `scores`, a value a class: `weights` has as many a column. */
export function addScores({ starts, indices, values }: ReferenceRows, row: number, weights: Float64Array, scores: Float64Array): void {
  const classes = scores.length;
  for (let at = starts[row]; at < starts[row + 1]; at++) {
    const from = indices[at] * classes;
    for (let i = 0; i < classes; i++) scores[i] += weights[from + i] * values[at];
  }
}

/** Adds to each column of `output` the sum over its rows, in their order, of value · residual of the row, a value a class. In pieces. */
export function* addSums(
  { count, starts, indices, values }: ReferenceRows,
  residuals: Float64Array,
  classes: number,
  output: Float64Array,
): Generator<number, void> {
  let entries = 0;
  for (let row = 0; row < count; row++) {
    for (let at = starts[row]; at < starts[row + 1]; at++) {
      for (let i = 0; i < classes; i++) output[indices[at] * classes + i] += residuals[row * classes + i] * values[at];
    }
    entries += (starts[row + 1] - starts[row]) * classes;
    if (entries > ENTRIES_A_PIECE) {
      yield 0;
      entries = 0;
    }
  }
}
