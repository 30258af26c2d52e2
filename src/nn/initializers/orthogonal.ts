// Orthogonal matrices from normal numbers. Knows no layers.

/**
 * The orthogonal factor of a matrix of normal numbers, drawn evenly from all orthogonal ones: its columns (or, of a wide matrix, its rows) are of length 1 and at right angles.
 *
 * Gram-Schmidt, each vector against those before it twice, in f64. `normals`: rows · columns numbers, used as work space.
 * Source: Saxe, McClelland & Ganguli 2014, arXiv:1312.6120; Giraud, Langou & Rozložník 2005, "twice is enough".
 */
export function orthogonal(normals: Float64Array, rows: number, columns: number): Float32Array {
  const [count, length] = rows >= columns ? [columns, rows] : [rows, columns];
  for (let i = 0; i < count; i++) {
    const vector = normals.subarray(i * length, (i + 1) * length);
    for (let pass = 0; pass < 2; pass++) for (let j = 0; j < i; j++) takeAway(vector, normals.subarray(j * length, (j + 1) * length));
    const scale = 1 / Math.sqrt(dot(vector, vector));
    for (let k = 0; k < length; k++) vector[k] *= scale;
  }
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < length; k++) result[rows >= columns ? k * columns + i : i * columns + k] = normals[i * length + k];
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function takeAway(vector: Float64Array, direction: Float64Array): void {
  const share = dot(vector, direction);
  for (let k = 0; k < vector.length; k++) vector[k] -= share * direction[k];
}
