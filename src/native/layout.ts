// Packed weight formats: how 16 rows of a matrix lie together in memory. One layout for every tier and for the reference twin.
// Twin: native/kernels/src/linear/layout.rs and native/kernels/src/blocks/mod.rs. Knows no arithmetic.
import type { Precision } from "./executor.ts";

/** Rows of a panel: one lane of a 512-bit register each. */
export const PANEL_ROWS = 16;
/** Inputs that share one scale in the block formats. */
export const BLOCK = 32;

/**
 * Packed formats, by number.
 *
 * A matrix of `outputs` x `inputs` is ceil(outputs/16) panels; the rows of the last panel past `outputs` are zero.
 * - `f32`, `f16`, `bf16` (0, 1, 2): panel = inputs x 16 values, input-major: value (k, r) at k·16 + r.
 * - `q4` (3): weight = d·q + m, q in 0…15. Panel = inputs/32 blocks of 320 bytes: d f16[16], m f16[16], then 4 chunks of 64 bytes:
 *   chunk j, row r, byte i: low nibble = q at k = 4j+i, high nibble = q at k = 16+4j+i.
 *   From Q4_1: d, m as in the file; from Q4_0: m = -8·d.
 * - `q8` (4): weight = d·q, q in -128…127, stored as q+128. Panel = scales: inputs/32 x f16[16], padded to a multiple of 64 bytes;
 *   then inputs/32 blocks of 8 chunks of 64 bytes: chunk j, row r, byte i: q at k = 4j+i.
 * - `q5` (5): weight = d·q, q in -16…15, stored as q+16. Panel = scales as q8 has them; then inputs/32 blocks of 320 bytes: 64 of fifth bits: row r, byte i, bit j: that of k = 4j+i;
 *   then 4 chunks as q4 has them.
 */
export type PackedFormat = "f32" | "f16" | "bf16" | "q4" | "q8" | "q5";

/** The number that kernels see for each format. */
export const packedFormatNumber: Readonly<Record<PackedFormat, number>> = { f32: 0, f16: 1, bf16: 2, q4: 3, q8: 4, q5: 5 };

const elementBytes: Partial<Record<PackedFormat, number>> = { f32: 4, f16: 2, bf16: 2 };

/**
 * Bytes of one 16-row panel.
 *
 * @example
 * panelBytes("q4", 576); // 5760
 */
export function panelBytes(format: PackedFormat, inputs: number): number {
  const element = elementBytes[format];
  if (element !== undefined) return inputs * PANEL_ROWS * element;
  const blocks = inputs / BLOCK;
  if (format === "q4") return blocks * 320;
  return Math.ceil((blocks * 32) / 64) * 64 + blocks * (format === "q5" ? 320 : 512);
}

/**
 * Bytes of a whole packed matrix.
 *
 * @example
 * packedBytes("q8", 49152, 576); // 30081024
 */
export function packedBytes(format: PackedFormat, outputs: number, inputs: number): number {
  return Math.ceil(outputs / PANEL_ROWS) * panelBytes(format, inputs);
}

/** Formats of blocks of 32, which are multiplied as integers. */
export type BlockFormat = "q4" | "q5" | "q8";

/**
 * Whether a format is one of blocks.
 *
 * @example
 * isBlockFormat("bf16"); // false
 */
export function isBlockFormat(format: PackedFormat | undefined): format is BlockFormat {
  return format === "q4" || format === "q5" || format === "q8";
}

/** How the rows of a file's matrix lie before packing: blocks of `block` values in `bytes` bytes. */
export interface SourceType {
  readonly block: number;
  readonly bytes: number;
  /** The format that keeps every value. */
  readonly format: PackedFormat;
  /** What it is packed as for products in "bf16" and "fast", where that is not `format`. */
  readonly bf16?: PackedFormat;
  readonly fast?: PackedFormat;
}

const K = 256;
const valuesOf = (block: number, bytes: number, fast: PackedFormat): SourceType => ({ block, bytes, format: "f32", bf16: "bf16", fast });

/** Source types that can be packed, by GGUF number. IQ4_NL is a scale times small integers: as int8 it keeps every bit. */
export const sourceTypes: Readonly<Record<number, SourceType>> = {
  0: { format: "f32", block: 1, bytes: 4 },
  1: { format: "f16", block: 1, bytes: 2 },
  2: { format: "q4", block: BLOCK, bytes: 18 }, // Q4_0
  3: { format: "q4", block: BLOCK, bytes: 20 }, // Q4_1
  6: { format: "q5", block: BLOCK, bytes: 22 }, // Q5_0
  7: valuesOf(BLOCK, 24, "q8"), // Q5_1
  8: { format: "q8", block: BLOCK, bytes: 34 }, // Q8_0
  10: valuesOf(K, 84, "q8"), // Q2_K
  11: valuesOf(K, 110, "q8"), // Q3_K
  12: valuesOf(K, 144, "q4"), // Q4_K: its integers, its scales rounded to f16
  13: valuesOf(K, 176, "q8"), // Q5_K
  14: valuesOf(K, 210, "q8"), // Q6_K
  20: { format: "q8", block: BLOCK, bytes: 18 }, // IQ4_NL
  30: { format: "bf16", block: 1, bytes: 2 },
};

/**
 * What a source type is packed as, to be applied in a precision.
 *
 * @example
 * packedFormatFor(14, "fast"); // "q8"
 */
export function packedFormatFor(sourceType: number, precision: Precision): PackedFormat {
  const { format, bf16 = format, fast = format } = sourceTypes[sourceType];
  return { exact: format, bf16, fast }[precision];
}
