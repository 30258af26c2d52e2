// From a tensor of a file to a packed matrix: where its rows lie. Knows no types.
import type { Precision } from "../../native/index.ts";
import { type Device, type MatrixSource, type PackedMatrix, packMatrix } from "../../tensor/index.ts";
import type { Lay } from "./source.ts";
import type { StoredTensor } from "./store.ts";

interface Size {
  readonly outputs: number;
  readonly inputs: number;
}

type ReadRows = MatrixSource["readRows"];

/**
 * Packs a matrix of a file. Types that kernels pack keep every bit, and so do Q5_0 and IQ4_NL, as int8. The others (Q5_1, Q2_K to Q6_K) keep their very values in "exact", as f32; in "fast"
 * Q4_K keeps its integers (scales are rounded to f16), the others become int8 with a scale for 32 values; in "bf16" they are rounded to bf16.
 *
 * Errors: `E_MEMORY`; those of reading.
 */
export function packTensor(device: Device, tensor: StoredTensor, size: Size, lay: Lay, precision: Precision): PackedMatrix {
  return packMatrix(device, { sourceType: tensor.id as number, ...size, readRows: rowReader(tensor, size, lay), precision });
}

/** Reads rows of a matrix of a file as they are to lie: each where it is, and turned where the file has it the other way round. */
export function rowReader(tensor: StoredTensor, size: Size, lay: Lay): ReadRows {
  return lay.transposed ? transposedRows(tensor, size, lay) : rowsOf(tensor, size.inputs, lay.row);
}

// Rows as they lie in the file, one after another or each where it is.
function rowsOf({ block, blockBytes, read }: StoredTensor, inputs: number, row?: (i: number) => number): ReadRows {
  const rowBytes = (inputs / block) * blockBytes;
  if (row === undefined) return (first, _, into) => read(first * rowBytes, into);
  return (first, rows, into) => {
    for (let i = 0; i < rows; ) {
      let run = 1;
      while (i + run < rows && row(first + i + run) === row(first + i) + run) run++;
      read(row(first + i) * rowBytes, into.subarray(i * rowBytes, (i + run) * rowBytes));
      i += run;
    }
  };
}

// A matrix that lies the other way round is held whole while it is turned.
function transposedRows({ bytes, blockBytes: unit, read }: StoredTensor, { outputs, inputs }: Size, { of = outputs, row = (i) => i }: Lay): ReadRows {
  let whole: Uint8Array | undefined;
  return (first, rows, into) => {
    if (whole === undefined) {
      whole = new Uint8Array(bytes);
      read(0, whole);
    }
    for (let r = 0; r < rows; r++) {
      const column = row(first + r);
      for (let k = 0; k < inputs; k++) {
        for (let b = 0; b < unit; b++) into[(r * inputs + k) * unit + b] = whole[(k * of + column) * unit + b];
      }
    }
  };
}
