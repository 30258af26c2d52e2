// Weights of counts: TF-IDF and the length of rows, as scikit-learn computes them. Pure functions on matrices; those named "In place" change the values they are given.
import { InkstoneError, Pieces, rowBlocks, type SparseMatrix } from "../../core/index.ts";

/** How counts are weighted; see `TfidfOptions` for the defaults. */
export interface Weighting {
  readonly norm: "l1" | "l2" | null;
  readonly useIdf: boolean;
  readonly smoothIdf: boolean;
  readonly sublinearTf: boolean;
}

/** Counts up to this have their logarithm in a table. */
const TABLE = 1024;

/** Checks the name of a norm. Errors: `E_OPTION`. */
export function checkedNorm(norm: "l1" | "l2" | null | undefined): "l1" | "l2" | null {
  if (norm === undefined) return "l2";
  if (norm !== "l1" && norm !== "l2" && norm !== null)
    throw new InkstoneError("E_OPTION", { option: "norm", value: norm, allowed: ["l1", "l2", "null"] });
  return norm;
}

/** idf of each column: ln((1 + n) / (1 + df)) + 1, or ln(n / df) + 1 without smoothing; n rows, df of them with the column. */
export function inverseFrequencies({ rows, columns, indices }: SparseMatrix, smooth: boolean): Float64Array {
  const found = new Float64Array(columns);
  for (let i = 0; i < indices.length; i++) found[indices[i]]++;
  const extra = smooth ? 1 : 0;
  for (let i = 0; i < columns; i++) found[i] = Math.log((rows + extra) / (found[i] + extra)) + 1;
  return found;
}

/** In place: counts become 1 + ln(count), then times idf, then rows of length 1. Returns the matrix. */
export function weighInPlace(matrix: SparseMatrix, { norm, sublinearTf }: Weighting, idf: Float64Array | undefined): SparseMatrix {
  const { values, indices } = matrix;
  if (sublinearTf) {
    const table = Float64Array.from({ length: TABLE }, (_, count) => Math.log(count) + 1);
    for (let i = 0; i < values.length; i++) values[i] = values[i] < TABLE ? table[values[i]] : Math.log(values[i]) + 1;
  }
  if (idf) for (let i = 0; i < values.length; i++) values[i] *= idf[indices[i]];
  return normalizeInPlace(matrix, norm);
}

/** `weighInPlace` with turns for the event loop. */
export async function weighInPieces(
  matrix: SparseMatrix,
  weighting: Weighting,
  idf: Float64Array | undefined,
  signal?: AbortSignal,
): Promise<SparseMatrix> {
  const pieces = new Pieces(signal);
  for (const block of rowBlocks(matrix)) {
    weighInPlace(block, weighting, idf);
    await pieces.pass(block.values.length);
  }
  return matrix;
}

/** In place: rows of length 1, by the sum of absolute values (l1) or of squares (l2). Rows of zeros stay. Returns the matrix. */
export function normalizeInPlace(matrix: SparseMatrix, norm: "l1" | "l2" | null): SparseMatrix {
  const { rows, starts, values } = matrix;
  if (norm === null) return matrix;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = starts[row]; i < starts[row + 1]; i++) sum += norm === "l1" ? Math.abs(values[i]) : values[i] * values[i];
    if (sum === 0) continue;
    const length = norm === "l1" ? sum : Math.sqrt(sum);
    for (let i = starts[row]; i < starts[row + 1]; i++) values[i] /= length;
  }
  return matrix;
}
