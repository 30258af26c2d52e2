// Packing: rows as they lie in a file to 16-row panels (../layout.ts). Knows the block formats of GGUF, not its files.
import { BLOCK, PANEL_ROWS, type PackedFormat, panelBytes } from "../layout.ts";
import { f16Table, fromBf16Bits, toBf16Bits, toF16Bits } from "./floats.ts";
import { BLOCK_VALUES } from "./panels.ts";

/** GGUF numbers of the source types that can be packed. */
export const sourceTypes = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8, BF16: 30 } as const;

/** Bytes of one row in the file; undefined for a type that cannot be packed. */
export function sourceRowBytes(sourceType: number, inputs: number): number | undefined {
  const perValue: Readonly<Record<number, number>> = { 0: 4, 1: 2, 30: 2, 2: 18 / BLOCK, 3: 20 / BLOCK, 8: 34 / BLOCK };
  return sourceType in perValue ? perValue[sourceType] * inputs : undefined;
}

/** Whether rows of a source type go into a format: floats into any float format (rounded to nearest even), 4-bit into q4, 8-bit into q8. */
export function canPack(sourceType: number, format: PackedFormat): boolean {
  if (format === "q4") return sourceType === sourceTypes.Q4_0 || sourceType === sourceTypes.Q4_1;
  if (format === "q8") return sourceType === sourceTypes.Q8_0;
  return sourceType === sourceTypes.F32 || sourceType === sourceTypes.F16 || sourceType === sourceTypes.BF16;
}

/** One row of `inputs` values at byte `at` of the source, into row `r` of the panel that starts at byte `panel`. */
export function packRow(
  source: Uint8Array,
  at: number,
  sourceType: number,
  packed: Uint8Array,
  panel: number,
  r: number,
  format: PackedFormat,
  inputs: number,
): void {
  if (format === "q4") packNibbles(source, at, sourceType, packed, panel, r, inputs);
  else if (format === "q8") packBytes(source, at, packed, panel, r, inputs);
  else packFloats(source, at, sourceType, packed, panel, r, format, inputs);
}

function packFloats(
  source: Uint8Array,
  at: number,
  sourceType: number,
  packed: Uint8Array,
  panel: number,
  r: number,
  format: PackedFormat,
  inputs: number,
): void {
  const from = new DataView(source.buffer, source.byteOffset + at);
  const to = new DataView(packed.buffer, packed.byteOffset + panel);
  const table = f16Table();
  for (let k = 0; k < inputs; k++) {
    const place = k * PANEL_ROWS + r;
    const value = readFloat(from, sourceType, k, table);
    if (format === "f32") to.setFloat32(4 * place, value, true);
    else to.setUint16(2 * place, format === "f16" ? toF16Bits(value) : toBf16Bits(value), true);
  }
}

function readFloat(from: DataView, sourceType: number, k: number, table: Float32Array): number {
  if (sourceType === sourceTypes.F32) return from.getFloat32(4 * k, true);
  const half = from.getUint16(2 * k, true);
  return sourceType === sourceTypes.F16 ? table[half] : fromBf16Bits(half);
}

// Q4_1: d, m, 16 bytes; Q4_0: d, 16 bytes with weight = d · (q - 8). Byte j: low nibble k = j, high nibble k = 16 + j.
function packNibbles(source: Uint8Array, at: number, sourceType: number, packed: Uint8Array, panel: number, r: number, inputs: number): void {
  const head = sourceType === sourceTypes.Q4_1 ? 4 : 2;
  const to = new DataView(packed.buffer, packed.byteOffset + panel);
  const table = f16Table();
  for (let block = 0; block < inputs / BLOCK; block++) {
    const from = at + block * (head + 16);
    const d = source[from] | (source[from + 1] << 8);
    const m = head === 4 ? source[from + 2] | (source[from + 3] << 8) : toF16Bits(-8 * table[d]);
    to.setUint16(block * 320 + 2 * r, d, true);
    to.setUint16(block * 320 + 32 + 2 * r, m, true);
    for (let j = 0; j < 16; j++) to.setUint8(block * 320 + 64 + (j >> 2) * 64 + 4 * r + (j & 3), source[from + head + j]);
  }
}

// Q8_0: d, 32 signed bytes; stored as q + 128.
function packBytes(source: Uint8Array, at: number, packed: Uint8Array, panel: number, r: number, inputs: number): void {
  const blocks = inputs / BLOCK;
  const to = new DataView(packed.buffer, packed.byteOffset + panel);
  const values = panelBytes("q8", inputs) - blocks * BLOCK_VALUES;
  for (let block = 0; block < blocks; block++) {
    const from = at + block * 34;
    to.setUint16((block * PANEL_ROWS + r) * 2, source[from] | (source[from + 1] << 8), true);
    for (let k = 0; k < BLOCK; k++) to.setUint8(values + block * BLOCK_VALUES + (k >> 2) * 64 + 4 * r + (k & 3), (source[from + 2 + k] + 128) & 255);
  }
}
