// Packed panels (../layout.ts) read block by block: as f32 weights, or as the integers and scales they are stored as. Knows no products.
import { BLOCK, PANEL_ROWS, type PackedFormat, packedFormatNumber, panelBytes } from "../layout.ts";
import { f16Table, widenBf16 } from "./floats.ts";

/** Values of a full block: 32 inputs of 16 rows, value (k, r) at k·16 + r. */
export const BLOCK_VALUES: number = BLOCK * PANEL_ROWS;

/** Reads a block of a panel into `into`, de-quantised; returns its inputs: 32, or fewer at the end of a row. */
export type PanelReader = (panel: number, block: number, into: Float32Array) => number;

/** Reads a block's integers into `q`, value (k, r) at k·16 + r, and for each row its scale `d` and offset `m`: weight = d·q + m. */
export type IntegerReader = (panel: number, block: number, q: Int32Array, d: Float32Array, m: Float32Array) => void;

/** The format of a number that a kernel was called with. */
export function formatOf(number: number): PackedFormat | undefined {
  return (Object.keys(packedFormatNumber) as PackedFormat[]).find((format) => packedFormatNumber[format] === number);
}

/** Reader of de-quantised blocks: each weight is d·q + m, rounded once to f32. */
export function panelReader(weight: Uint8Array, format: PackedFormat, inputs: number): PanelReader {
  if (format === "q4" || format === "q8") return quantisedReader(weight, format, inputs);
  const widen = wideningReader(weight, format);
  return (panel, block, into) => {
    const count = Math.min(BLOCK, inputs - block * BLOCK);
    widen((panel * inputs + block * BLOCK) * PANEL_ROWS, count * PANEL_ROWS, into);
    return count;
  };
}

function wideningReader(weight: Uint8Array, format: PackedFormat): (at: number, count: number, into: Float32Array) => void {
  if (format === "f32") {
    const values = new Float32Array(weight.buffer, weight.byteOffset);
    return (at, count, into) => into.set(values.subarray(at, at + count));
  }
  const halves = new Uint16Array(weight.buffer, weight.byteOffset);
  if (format === "bf16") return (at, count, into) => widenBf16(halves, at, count, into);
  const table = f16Table();
  return (at, count, into) => {
    for (let i = 0; i < count; i++) into[i] = table[halves[at + i]];
  };
}

function quantisedReader(weight: Uint8Array, format: "q4" | "q8", inputs: number): PanelReader {
  const read = integerReader(weight, format, inputs);
  const q = new Int32Array(BLOCK_VALUES);
  const d = new Float32Array(PANEL_ROWS);
  const m = new Float32Array(PANEL_ROWS);
  return (panel, block, into) => {
    read(panel, block, q, d, m);
    for (let r = 0; r < PANEL_ROWS; r++) {
      const [scale, offset] = [d[r], m[r]];
      for (let i = r; i < BLOCK_VALUES; i += PANEL_ROWS) into[i] = scale * q[i] + offset;
    }
    return BLOCK;
  };
}

/** Reader of integer blocks. q4: 0 … 15 with both scales; q8: -128 … 127, m = 0. */
export function integerReader(weight: Uint8Array, format: "q4" | "q8", inputs: number): IntegerReader {
  const halves = new Uint16Array(weight.buffer, weight.byteOffset);
  const table = f16Table();
  const bytes = panelBytes(format, inputs);
  if (format === "q4") {
    return (panel, block, q, d, m) => {
      const at = panel * bytes + block * 320;
      for (let r = 0; r < PANEL_ROWS; r++) {
        d[r] = table[halves[at / 2 + r]];
        m[r] = table[halves[at / 2 + PANEL_ROWS + r]];
      }
      for (let chunk = 0; chunk < 4; chunk++) unpackNibbles(weight, at + 64 + chunk * 64, q, chunk * 64);
    };
  }
  const scales = bytes - (inputs / BLOCK) * BLOCK_VALUES;
  return (panel, block, q, d, m) => {
    const at = panel * bytes;
    for (let r = 0; r < PANEL_ROWS; r++) d[r] = table[halves[at / 2 + block * PANEL_ROWS + r]];
    m.fill(0);
    for (let chunk = 0; chunk < 8; chunk++) unpackBytes(weight, at + scales + block * BLOCK_VALUES + chunk * 64, q, chunk * 64);
  };
}

// A chunk is 16 rows of 4 bytes; byte i of row r goes to k = i (and, as the high nibble, to k = 16 + i) of the 4 inputs from `to` on.
function unpackNibbles(source: Uint8Array, from: number, q: Int32Array, to: number): void {
  for (let r = 0; r < PANEL_ROWS; r++) {
    for (let i = 0; i < 4; i++) {
      const byte = source[from + 4 * r + i];
      q[to + i * PANEL_ROWS + r] = byte & 15;
      q[to + (16 + i) * PANEL_ROWS + r] = byte >> 4;
    }
  }
}

function unpackBytes(source: Uint8Array, from: number, q: Int32Array, to: number): void {
  for (let r = 0; r < PANEL_ROWS; r++) for (let i = 0; i < 4; i++) q[to + i * PANEL_ROWS + r] = source[from + 4 * r + i] - 128;
}
