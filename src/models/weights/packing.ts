// From a tensor of a file to a packed matrix: which panel it goes into, by its type and by the precision in which it will be applied.
import { halfToSingle, iq4Levels, isUnpacked, singleToHalf, sixBits, unpackBlocks } from "../../formats/index.ts";
import { BLOCK, type Precision } from "../../native/index.ts";
import { type Device, type MatrixSource, type PackedMatrix, packMatrix } from "../../tensor/index.ts";
import type { Lay } from "./source.ts";
import type { StoredTensor } from "./store.ts";

/** GGUF numbers of what other types are turned into. */
const F32 = 0;
const Q4_1 = 3;
const Q8_0 = 8;
const BF16 = 30;

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
  const { outputs, inputs } = size;
  const stored = lay.transposed ? transposedRows(tensor, size, lay) : rowsOf(tensor, inputs, lay.row);
  const id = tensor.id as number;
  if (!isUnpacked(tensor.type)) return packMatrix(device, { sourceType: id, outputs, inputs, readRows: stored });
  const rowBytes = (inputs / tensor.block) * tensor.blockBytes;
  const turned = turnedBy(tensor.type, precision, inputs);
  const readRows: ReadRows = (first, rows, into) => {
    const bytes = new Uint8Array(rows * rowBytes);
    stored(first, rows, bytes);
    turned.turn(bytes, rows * inputs, into);
  };
  return packMatrix(device, { sourceType: turned.sourceType, outputs, inputs, readRows });
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

interface Turned {
  readonly sourceType: number;
  readonly turn: (bytes: Uint8Array, count: number, into: Uint8Array) => void;
}

function turnedBy(type: string, precision: Precision, inputs: number): Turned {
  const exact = sameIntegers[type];
  if (exact !== undefined) return { sourceType: Q8_0, turn: exact };
  if (precision === "fast" && type === "Q4_K") return { sourceType: Q4_1, turn: fourBits };
  const values = (bytes: Uint8Array, count: number) => {
    const found = new Float32Array(count);
    unpackBlocks(type, bytes, found);
    return found;
  };
  if (precision === "fast" && inputs % BLOCK === 0) return { sourceType: Q8_0, turn: (bytes, count, into) => eightBits(values(bytes, count), into) };
  if (precision === "exact") return { sourceType: F32, turn: (bytes, count, into) => into.set(new Uint8Array(values(bytes, count).buffer)) };
  return { sourceType: BF16, turn: (bytes, count, into) => brains(values(bytes, count), into) };
}

// Types whose values are a scale times a small integer are blocks of Q8_0 with the same scale and the same integers: nothing is rounded.
const sameIntegers: Readonly<Record<string, Turned["turn"]>> = {
  Q5_0: (bytes, count, into) => {
    for (let block = 0; block * BLOCK < count; block++) {
      const [at, to] = [block * 22, block * 34];
      into[to] = bytes[at];
      into[to + 1] = bytes[at + 1];
      const high = bytes[at + 2] | (bytes[at + 3] << 8) | (bytes[at + 4] << 16) | (bytes[at + 5] << 24);
      for (let j = 0; j < 16; j++) {
        const q = bytes[at + 6 + j];
        into[to + 2 + j] = ((q & 15) | (((high >>> j) & 1) << 4)) - 16;
        into[to + 18 + j] = ((q >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16;
      }
    }
  },
  IQ4_NL: (bytes, count, into) => {
    for (let block = 0; block * BLOCK < count; block++) {
      const [at, to] = [block * 18, block * 34];
      into[to] = bytes[at];
      into[to + 1] = bytes[at + 1];
      for (let j = 0; j < 16; j++) {
        into[to + 2 + j] = iq4Levels[bytes[at + 2 + j] & 15];
        into[to + 18 + j] = iq4Levels[bytes[at + 2 + j] >> 4];
      }
    }
  },
};

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

function putHalf(value: number, into: Uint8Array, at: number): number {
  single[0] = value;
  const half = singleToHalf(bits[0]);
  into[at] = half & 255;
  into[at + 1] = half >> 8;
  bits[0] = halfToSingle(half);
  return single[0];
}

function halfAt(bytes: Uint8Array, at: number): number {
  bits[0] = halfToSingle(bytes[at] | (bytes[at + 1] << 8));
  return single[0];
}

// Q4_K as eight blocks of Q4_1: the same integers, scale and minimum rounded to f16.
function fourBits(bytes: Uint8Array, count: number, into: Uint8Array): void {
  for (let block = 0; block * 256 < count; block++) {
    const at = block * 144;
    const [d, dmin] = [halfAt(bytes, at), halfAt(bytes, at + 2)];
    for (let sub = 0; sub < 8; sub++) {
      const [scale, minimum] = sixBits(bytes, at + 4, sub);
      const to = (block * 8 + sub) * 20;
      putHalf(d * scale, into, to);
      putHalf(-dmin * minimum, into, to + 2);
      const [from, shift] = [at + 16 + 32 * (sub >> 1), 4 * (sub & 1)];
      for (let j = 0; j < 16; j++) into[to + 4 + j] = ((bytes[from + j] >> shift) & 15) | (((bytes[from + 16 + j] >> shift) & 15) << 4);
    }
  }
}

// Blocks of 32 to int8: d = the largest size / 127.
function eightBits(values: Float32Array, into: Uint8Array): void {
  for (let block = 0; block * BLOCK < values.length; block++) {
    const from = block * BLOCK;
    let most = 0;
    for (let i = 0; i < BLOCK; i++) most = Math.max(most, Math.abs(values[from + i]));
    const d = putHalf(most / 127, into, block * 34);
    const inverse = d === 0 ? 0 : 1 / d;
    for (let i = 0; i < BLOCK; i++) into[block * 34 + 2 + i] = Math.max(-127, Math.min(127, Math.round(values[from + i] * inverse)));
  }
}

function brains(values: Float32Array, into: Uint8Array): void {
  const words = new Uint32Array(values.buffer);
  for (const [i, word] of words.entries()) {
    const rounded = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    into[2 * i] = rounded & 255;
    into[2 * i + 1] = rounded >>> 8;
  }
}
