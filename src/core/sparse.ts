// Sparse matrices by rows: what vectorisers give and classical models take. Knows no arithmetic.
import { InkstoneError } from "./errors/index.ts";

/**
 * A matrix of mostly zeros, row after row (CSR, as SciPy's `csr_matrix`): row i holds values[starts[i] … starts[i + 1] - 1] at the columns
 * indices[…], ascending within a row, each column at most once.
 */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** rows + 1 entries, from 0 to the number of stored values. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/**
 * Rows of column-value pairs as a sparse matrix. Columns of a row may come in any order.
 *
 * Errors: `E_OPTION` for a column outside the matrix, or one that a row names twice.
 *
 * @example
 * sparseMatrix([[[2, 0.5]], [[1, 3], [0, 1]]], 3).indices; // [2, 0, 1]
 */
export function sparseMatrix(rows: readonly (readonly (readonly [column: number, value: number])[])[], columns: number): SparseMatrix {
  const isPairs = Array.isArray(rows) && rows.every((row) => Array.isArray(row) && row.every(Array.isArray));
  if (!isPairs) {
    const allowed = { en: "rows of pairs [column, value]: [[[2, 0.5]], []]", zh: "由 [列, 值] 对组成的行：[[[2, 0.5]], []]" };
    throw new InkstoneError("E_OPTION", { option: "rows", value: JSON.stringify(rows)?.slice(0, 80) ?? "-", allowed });
  }
  const total = rows.reduce((sum, row) => sum + row.length, 0);
  const made = {
    rows: rows.length,
    columns,
    starts: new Int32Array(rows.length + 1),
    indices: new Int32Array(total),
    values: new Float64Array(total),
  };
  let at = 0;
  for (const [i, row] of rows.entries()) {
    let before = -1;
    for (const [column, value] of [...row].sort((a, b) => a[0] - b[0])) {
      if (!Number.isInteger(column) || column < 0 || column >= columns || column === before) {
        throw new InkstoneError("E_OPTION", {
          option: `rows[${i}]`,
          value: column,
          allowed: { en: `columns from 0 to ${columns - 1}, each once`, zh: `0 到 ${columns - 1} 的列，各一次` },
        });
      }
      made.indices[at] = before = column;
      made.values[at++] = value;
    }
    made.starts[i + 1] = at;
  }
  return made;
}

/**
 * These rows of a matrix, in this order.
 *
 * Errors: `E_OPTION` for a row outside the matrix.
 *
 * @example
 * sparseRows(sparseMatrix([[[2, 0.5]], [[0, 1]]], 3), [1]).indices; // [0]
 */
export function sparseRows(matrix: SparseMatrix, wanted: readonly number[]): SparseMatrix {
  const starts = new Int32Array(wanted.length + 1);
  for (const [i, row] of wanted.entries()) {
    if (!Number.isInteger(row) || row < 0 || row >= matrix.rows) {
      throw new InkstoneError("E_OPTION", {
        option: "wanted",
        value: row,
        allowed: { en: `rows from 0 to ${matrix.rows - 1}`, zh: `0 到 ${matrix.rows - 1} 的行` },
      });
    }
    starts[i + 1] = starts[i] + matrix.starts[row + 1] - matrix.starts[row];
  }
  const indices = new Int32Array(starts[wanted.length]);
  const values = new Float64Array(starts[wanted.length]);
  for (const [i, row] of wanted.entries()) {
    indices.set(matrix.indices.subarray(matrix.starts[row], matrix.starts[row + 1]), starts[i]);
    values.set(matrix.values.subarray(matrix.starts[row], matrix.starts[row + 1]), starts[i]);
  }
  return { rows: wanted.length, columns: matrix.columns, starts, indices, values };
}

/** A matrix of some rows of another one, whose values and columns it shares. */
export interface RowBlock extends SparseMatrix {
  /** The first row in the whole matrix. */
  readonly first: number;
}

/**
 * A matrix as blocks of rows, each of some `entries` values (or one row): what is written into a block is written into the matrix.
 *
 * @example
 * const matrix = sparseMatrix([[[0, 1]], [[1, 2]]], 2);
 * for (const block of rowBlocks(matrix, 1)) block.values[0] *= 10;
 * matrix.values; // [10, 20]
 */
export function* rowBlocks({ rows, columns, starts, indices, values }: SparseMatrix, entries: number = 1 << 17): Generator<RowBlock> {
  for (let first = 0; first < rows; ) {
    let end = first + 1;
    while (end < rows && starts[end + 1] - starts[first] <= entries) end++;
    const [from, to] = [starts[first], starts[end]];
    const own = Int32Array.from({ length: end - first + 1 }, (_, i) => starts[first + i] - from);
    yield { first, rows: end - first, columns, starts: own, indices: indices.subarray(from, to), values: values.subarray(from, to) };
    first = end;
  }
}
