// Principal components: the directions in which rows differ most. Knows no plots.
import { InkstoneError } from "../core/index.ts";

/** Rows on their principal components. */
export interface Projection {
  /** A row a row of the input, a value a component. */
  readonly rows: readonly (readonly number[])[];
  /** Share of the variance that each component explains. */
  readonly explained: readonly number[];
  readonly components: readonly (readonly number[])[];
  readonly mean: readonly number[];
}

const MOST_ROUNDS = 300;

/**
 * Principal component analysis: rows minus their mean, on the `count` directions of largest variance, found one after the other by power iteration on
 * the covariance. The sign of a component is such that its largest weight is positive.
 *
 * Shapes: n rows of C values -> n rows of `count`. Cost, with m the smaller of n and C: O(n · C · m + count · m² · rounds). Errors: `E_OPTION` for no rows, rows of different lengths, too many components.
 * Source: Pearson 1901, "On lines and planes of closest fit".
 *
 * @example
 * const { rows, explained } = principalComponents([[0, 0], [1, 1], [2, 2]], 1);
 * rows.map(([x]) => x.toFixed(3)); // ["-1.414", "0.000", "1.414"]
 * explained[0].toFixed(3); // "1.000"
 */
export function principalComponents(rows: readonly ArrayLike<number>[], count: number): Projection {
  const width = rows[0]?.length ?? 0;
  if (rows.length === 0 || rows.some(({ length }) => length !== width)) {
    throw new InkstoneError("E_OPTION", { option: "rows", value: rows.length, allowed: { en: "rows of one length", zh: "等长的行" } });
  }
  if (!(Number.isInteger(count) && count >= 1 && count <= width)) {
    throw new InkstoneError("E_OPTION", { option: "count", value: count, allowed: { en: `1 to ${width}`, zh: `1 到 ${width}` } });
  }
  const mean = Array.from({ length: width }, (_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  const centred = rows.map((row) => Float64Array.from(row, (value, j) => value - mean[j]));
  // Few rows of many values: the products of rows have the same spectrum as the covariance, and components are mixtures of rows.
  const few = rows.length < width && rows.length > count;
  const matrix = few ? productsOf(centred) : covarianceOf(rows, mean);
  const total = matrix.reduce((sum, row, j) => sum + row[j], 0);
  const found: Float64Array[] = [];
  const explained: number[] = [];
  for (let i = 0; i < count; i++) {
    const { vector, value } = largest(matrix, found);
    found.push(vector);
    explained.push(total > 0 ? value / total : 0);
  }
  const components = few ? found.map((weights) => mixture(weights, centred)) : found;
  const project = (row: ArrayLike<number>) => components.map((vector) => vector.reduce((sum, weight, j) => sum + weight * (row[j] - mean[j]), 0));
  return { rows: rows.map(project), explained, components: components.map((vector) => [...vector]), mean };
}

function covarianceOf(rows: readonly ArrayLike<number>[], mean: readonly number[]): Float64Array[] {
  const width = mean.length;
  const covariance = Array.from({ length: width }, () => new Float64Array(width));
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      const difference = row[i] - mean[i];
      for (let j = i; j < width; j++) covariance[i][j] += difference * (row[j] - mean[j]);
    }
  }
  for (let i = 0; i < width; i++) for (let j = i; j < width; j++) covariance[j][i] = covariance[i][j] /= rows.length;
  return covariance;
}

function productsOf(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((a) => Float64Array.from(rows, (b) => a.reduce((sum, value, j) => sum + value * b[j], 0) / rows.length));
}

function mixture(weights: Float64Array, rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0].length);
  for (const [i, row] of rows.entries()) for (const [j, value] of row.entries()) sum[j] += weights[i] * value;
  upright(sum, []);
  return pointed(sum);
}

// The direction of largest variance that stands upright on those found before.
function largest(matrix: readonly Float64Array[], before: readonly Float64Array[]): { vector: Float64Array; value: number } {
  let vector: Float64Array<ArrayBufferLike> = Float64Array.from(matrix, (row, j) => Math.sqrt(row[j]) + (1e-3 * (j + 1)) / matrix.length);
  upright(vector, before);
  let value = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = Float64Array.from(matrix, (row) => row.reduce((sum, weight, j) => sum + weight * vector[j], 0));
    const length = upright(next, before);
    const moved = next.reduce((most, part, j) => Math.max(most, Math.abs(part - vector[j])), 0);
    vector = next;
    value = length;
    if (moved < 1e-10) break;
  }
  return { vector: pointed(vector), value };
}

// With its largest weight positive.
function pointed(vector: Float64Array): Float64Array {
  const top = vector.reduce((best, part, j) => (Math.abs(part) > Math.abs(vector[best]) ? j : best), 0);
  return vector[top] < 0 ? vector.map((part) => -part) : vector;
}

// Takes out what lies along the others and brings it to length 1; gives the length before.
function upright(vector: Float64Array, others: readonly Float64Array[]): number {
  for (const other of others) {
    const along = other.reduce((sum, part, j) => sum + part * vector[j], 0);
    for (const [j, part] of other.entries()) vector[j] -= along * part;
  }
  const length = Math.hypot(...vector);
  if (length > 0) for (let j = 0; j < vector.length; j++) vector[j] /= length;
  return length;
}
