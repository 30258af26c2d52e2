// How a matrix of f32 values becomes a weight that is applied: packed for running in one of the precisions, or dense for training. Knows no architecture.
import { numberToHalf, singlesToBrains } from "../../core/index.ts";
import type { Precision } from "../../native/index.ts";
import { DenseWeight, type MatrixWeight, PackedWeight } from "../../nn/index.ts";
import { type Device, packMatrix, tensor } from "../../tensor/index.ts";

/** Makes a weight of values [outputs, inputs]. */
export type WeightMaker = (values: Float32Array, outputs: number, inputs: number) => MatrixWeight;

/** GGUF's numbers of the types that rows are handed over in. */
const F32 = 0;
const Q8_0 = 8;
const BF16 = 30;
const BLOCK = 32;
/** 1.5 · 2^52: added and taken away it leaves the nearest whole number, in a third of the time of Math.round. */
const MAGIC = 6_755_399_441_055_744;

/** What shares one scale of int8: a block of 32; a row, whose blocks are then multiplied faster; a matrix, which keeps the integers of files that have them so. */
export type SharedScale = "block" | "row" | "matrix";

function largest(values: Float32Array, first: number, end: number): number {
  let most = 0;
  for (let i = first; i < end; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** Blocks of 32 as d and round(x / d), d = max|x| / 127 of `alike` values, or of more, where that is given. */
function writeBlocks(values: Float32Array, alike: number, into: Uint8Array, given?: number): void {
  const bytes = new Int8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let first = 0, to = 0; first < values.length; first += alike) {
    const scale = (given ?? largest(values, first, first + alike)) / 127;
    const half = numberToHalf(scale);
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let block = first; block < first + alike; block += BLOCK) {
      bytes[to++] = half;
      bytes[to++] = half >> 8;
      for (let i = block; i < block + BLOCK; i++) bytes[to++] = values[i] * inverse + MAGIC - MAGIC;
    }
  }
}

/** Packed: "exact" keeps f32, "bf16" rounds to bf16, "fast" to int8 with a scale a block of 32, a row or a matrix, where rows are whole blocks. */
export function packedMaker(device: Device, precision: Precision, shared: SharedScale = "block"): WeightMaker {
  return (values, outputs, inputs) => {
    const most = shared === "matrix" && precision === "fast" ? largest(values, 0, values.length) : undefined;
    const rows = (first: number, count: number) => [first * inputs, (first + count) * inputs] as const;
    const byPrecision = {
      exact: { sourceType: F32, write: (from: number, to: number, into: Uint8Array) => into.set(new Uint8Array(values.slice(from, to).buffer)) },
      bf16: {
        sourceType: BF16,
        write: (from: number, to: number, into: Uint8Array) => into.set(new Uint8Array(singlesToBrains(values.subarray(from, to)).buffer)),
      },
      fast: {
        sourceType: Q8_0,
        write: (from: number, to: number, into: Uint8Array) => writeBlocks(values.subarray(from, to), shared === "row" ? inputs : BLOCK, into, most),
      },
    } as const;
    const { sourceType, write } = byPrecision[precision === "fast" && inputs % BLOCK !== 0 ? "bf16" : precision];
    const readRows = (first: number, count: number, into: Uint8Array) => write(...rows(first, count), into);
    return new PackedWeight(packMatrix(device, { sourceType, outputs, inputs, readRows }), precision);
  };
}

/** Dense: can be trained. */
export function denseMaker(device: Device): WeightMaker {
  return (values, outputs, inputs) => new DenseWeight(tensor(values, [outputs, inputs], { device }));
}
