// From the rows of a sentence to one vector. Knows no model.

/** How rows become one: the first, their mean, or the largest value of each place. */
export type Pooling = "cls" | "mean" | "max";

/**
 * One vector of rows [T, C].
 *
 * @example
 * pooled(Float32Array.of(1, 2, 3, 4), 2, "mean"); // Float32Array [2, 3]
 */
export function pooled(rows: Float32Array, width: number, pooling: Pooling): Float32Array {
  if (pooling === "cls") return rows.slice(0, width);
  const count = rows.length / width;
  const sums = new Float64Array(width).fill(pooling === "mean" ? 0 : Number.NEGATIVE_INFINITY);
  for (let at = 0; at < rows.length; at += width) {
    if (pooling === "mean") for (let i = 0; i < width; i++) sums[i] += rows[at + i];
    else for (let i = 0; i < width; i++) sums[i] = Math.max(sums[i], rows[at + i]);
  }
  return Float32Array.from(sums, (sum) => (pooling === "mean" ? sum / count : sum));
}

/**
 * A vector of length 1; zeros stay zeros.
 *
 * @example
 * unit(Float32Array.of(3, 4)).map((value) => Math.round(value * 10)); // Float32Array [6, 8]
 */
export function unit(vector: Float32Array): Float32Array {
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square);
  return length === 0 ? vector : vector.map((value) => value / length);
}
