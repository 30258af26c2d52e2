// Points in two dimensions by principal components, and what lies nearest. Pure functions.

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** The cosine of the angle between two vectors. */
export const cosine = (a: readonly number[], b: readonly number[]): number => dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);

export interface Projection {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Share of the variance that the two directions hold. */
  readonly share: number;
}

// The largest eigenvalue of a symmetric matrix and its vector, by power iteration from a start that is the same each time.
function strongest(matrix: readonly (readonly number[])[]): { value: number; vector: number[] } {
  let vector = matrix.map((_, i) => Math.sin(i + 1));
  let value = 0;
  for (let round = 0; round < 300; round++) {
    const next = matrix.map((row) => dot(row, vector));
    const length = Math.sqrt(dot(next, next));
    if (length < 1e-12) return { value: 0, vector: vector.map(() => 0) };
    vector = next.map((one) => one / length);
    const before = value;
    value = length;
    if (Math.abs(value - before) < 1e-10 * value) break;
  }
  return { value, vector };
}

/** Projects vectors on their two principal components, through the matrix of their inner products: few texts, many numbers. */
export function project(vectors: readonly (readonly number[])[]): Projection {
  const mean = vectors[0].map((_, j) => vectors.reduce((sum, vector) => sum + vector[j], 0) / vectors.length);
  const centred = vectors.map((vector) => vector.map((value, j) => value - mean[j]));
  const inner = centred.map((a) => centred.map((b) => dot(a, b)));
  const whole = inner.reduce((sum, row, i) => sum + row[i], 0);
  const first = strongest(inner);
  const second = strongest(inner.map((row, i) => row.map((value, j) => value - first.value * first.vector[i] * first.vector[j])));
  const [a, b] = [Math.sqrt(first.value), Math.sqrt(second.value)];
  return {
    points: vectors.map((_, i) => [a * first.vector[i], b * second.vector[i]] as const),
    share: whole > 0 ? (first.value + second.value) / whole : 0,
  };
}
