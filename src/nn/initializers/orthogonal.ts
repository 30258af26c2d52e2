// Orthogonal matrices from normal numbers. Knows no layers.
import { cpu } from "../../tensor/index.ts";

/**
 * The orthogonal factor of a matrix of normal numbers, drawn evenly from all orthogonal ones: its columns (or, of a wide matrix, its rows) are of length 1 and at right angles.
 *
 * Gram-Schmidt, each vector against those before it twice, in f64, by one kernel. `normals`: rows · columns numbers, used as work space.
 * Source: Saxe, McClelland & Ganguli 2014, arXiv:1312.6120; Giraud, Langou & Rozložník 2005, "twice is enough".
 */
export function orthogonal(normals: Float32Array, rows: number, columns: number): Float32Array {
  const [count, length] = rows >= columns ? [columns, rows] : [rows, columns];
  const bytes = new Uint8Array(normals.buffer, normals.byteOffset, normals.byteLength);
  // At once, also while something is recorded: what a weight begins with is no part of it.
  const { executor } = cpu();
  const buffer = executor.allocate(bytes.length);
  try {
    executor.write(buffer, 0, bytes);
    executor.executeOnce({ kernel: "orthogonalize", operands: { vectors: { buffer, offset: 0, type: "f32" } }, sizes: { count, length } });
    executor.read(buffer, 0, bytes);
  } finally {
    executor.free(buffer);
  }
  if (rows < columns) return normals;
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < count; i++) for (let k = 0; k < length; k++) result[k * columns + i] = normals[i * length + k];
  return result;
}
