// Weight matrices in packed form: 16-row panels in one of five formats. Packed piece by piece, so that a file is never held whole. Knows no files.
import { InkstoneError } from "../core/index.ts";
import { PANEL_ROWS, type PackedFormat, type Precision, packedBytes, packedFormatFor, packedFormatNumber, sourceTypes } from "../native/index.ts";
import { zeros } from "./create.ts";
import type { Device } from "./device.ts";
import { outsideScopes } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/** A weight matrix [outputs, inputs] as kernels want it. */
export interface PackedMatrix {
  readonly device: Device;
  /** The packed bytes, u8. */
  readonly weight: Tensor;
  readonly format: PackedFormat;
  readonly outputs: number;
  readonly inputs: number;
  dispose(): void;
}

/** Where a matrix comes from. */
export interface MatrixSource {
  /** A GGUF type number of `sourceTypes`: F32 0, F16 1, Q4_0 2, Q4_K 12, BF16 30, … */
  readonly sourceType: number;
  /** How it will be applied: what becomes of types that kernels do not multiply. Default "exact": every value is kept. */
  readonly precision?: Precision;
  readonly outputs: number;
  readonly inputs: number;
  /** Reads rows as they lie in the file. */
  readonly readRows: (firstRow: number, rows: number, into: Uint8Array) => void;
}

const STAGE_BYTES = 4 << 20;

// One staging pair a device, reused for every piece of every matrix: bytes as read, and the buffer that the kernel packs from.
const stages = new WeakMap<Device, { bytes: Uint8Array; source: Tensor }>();

function stageOf(device: Device, bytes: number): { bytes: Uint8Array; source: Tensor } {
  const held = stages.get(device);
  if (held && held.bytes.length >= bytes) return held;
  held?.source.dispose();
  const stage = { bytes: new Uint8Array(bytes), source: outsideScopes(() => zeros([bytes], { type: "u8", device })) };
  stages.set(device, stage);
  return stage;
}

/**
 * Packs a matrix, reading its rows in pieces of at most 4 MiB (or one panel of 16 rows).
 *
 * Errors: `E_SHAPE` for an unknown source type or a row that is not whole blocks; `E_MEMORY`; those of `readRows`.
 *
 * @example
 * const ones = packMatrix(cpu(), {
 *   sourceType: 0, // F32 of GGUF
 *   outputs: 2,
 *   inputs: 32,
 *   readRows: (_first, rows, into) => into.set(new Uint8Array(new Float32Array(rows * 32).fill(1).buffer)),
 * });
 * packedLinear(tensor(new Float32Array(32).fill(0.5), [1, 32]), ones).dataSync(); // [16, 16]
 */
export function packMatrix(device: Device, source: MatrixSource): PackedMatrix {
  const { outputs, inputs, readRows } = source;
  const type = sourceTypes[source.sourceType];
  if (type === undefined || inputs % type.block !== 0) {
    throw new InkstoneError("E_SHAPE", {
      operation: "packMatrix",
      expected: { en: "whole blocks of a known type", zh: "已知类型的整块" },
      got: `${inputs} values of type ${source.sourceType}`,
    });
  }
  const format = packedFormatFor(source.sourceType, source.precision ?? "exact");
  const rowBytes = (inputs / type.block) * type.bytes;
  const pieceRows = Math.max(1, Math.floor(STAGE_BYTES / (rowBytes * PANEL_ROWS))) * PANEL_ROWS;
  const stage = stageOf(device, Math.min(pieceRows, outputs) * rowBytes);
  const weight = zeros([packedBytes(format, outputs, inputs)], { type: "u8", device, dense: true });
  const operands = { source: stage.source.operand, packed: weight.operand };
  const sizes = {
    firstRow: { register: 0 },
    rows: { register: 1 },
    outputs,
    inputs,
    sourceType: source.sourceType,
    format: packedFormatNumber[format],
  };
  const list = device.executor.compile([{ kernel: "packRows", operands, sizes }]);
  try {
    for (let firstRow = 0; firstRow < outputs; firstRow += pieceRows) {
      const rows = Math.min(pieceRows, outputs - firstRow);
      const piece = stage.bytes.subarray(0, rows * rowBytes);
      readRows(firstRow, rows, piece);
      stage.source.write(piece);
      device.executor.execute(list, Float64Array.of(firstRow, rows));
    }
  } catch (error) {
    weight.dispose();
    throw error;
  } finally {
    device.executor.freeList(list);
  }
  return { device, weight, format, outputs, inputs, dispose: () => weight.dispose() };
}
