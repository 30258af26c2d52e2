// Packed panels (../layout.ts) read block by block: as f32 weights, or as the integers and scales they are stored as. Knows no products.
import { BLOCK, type BlockFormat, PANEL_ROWS, type PackedFormat, packedFormatNumber, panelBytes } from "../layout.ts";
import { f16Table, fromBf16Bits } from "./floats.ts";

/** Values of a full block: 32 inputs of 16 rows. Read blocks are row-major: value (k, r) at r·32 + k. */
export const BLOCK_VALUES: number = BLOCK * PANEL_ROWS;

/** Reads a block of a panel into `into`, de-quantised; returns its inputs: 32, or fewer at the end of a row. */
export type PanelReader = (panel: number, block: number, into: Float32Array) => number;

/** Reads a block's integers into `q`, and for each row its scale `d` and offset `m`: weight = d·q + m. */
export type IntegerReader = (panel: number, block: number, q: Int32Array, d: Float32Array, m: Float32Array) => void;

/** The format of a number that a kernel was called with. */
export function formatOf(number: number): PackedFormat | undefined {
  return (Object.keys(packedFormatNumber) as PackedFormat[]).find((format) => packedFormatNumber[format] === number);
}

/** Reader of de-quantised blocks: each weight is d·q + m, rounded once to f32. */
export function panelReader(weight: Uint8Array, format: PackedFormat, inputs: number): PanelReader {
  if (format === "q4") return readQ4(weight, inputs);
  if (format === "q8" || format === "q5") return readScaled(weight, format, inputs);
  const value = floatAt(weight, format);
  return (panel, block, into) => {
    const count = Math.min(BLOCK, inputs - block * BLOCK);
    for (let k = 0, at = (panel * inputs + block * BLOCK) * PANEL_ROWS; k < count; k++) {
      for (let r = 0; r < PANEL_ROWS; r++) into[r * BLOCK + k] = value(at++);
    }
    return count;
  };
}

function floatAt(weight: Uint8Array, format: PackedFormat): (at: number) => number {
  if (format === "f32") {
    const values = new Float32Array(weight.buffer, weight.byteOffset, weight.length >> 2);
    return (at) => values[at];
  }
  const halves = halvesOf(weight);
  const table = f16Table();
  return format === "f16" ? (at) => table[halves[at]] : (at) => fromBf16Bits(halves[at]);
}

const halvesOf = (weight: Uint8Array) => new Uint16Array(weight.buffer, weight.byteOffset, weight.length >> 1);
const wordsOf = (weight: Uint8Array) => new Uint32Array(weight.buffer, weight.byteOffset, weight.length >> 2);

// A chunk of a panel holds a word for each row: four bytes, byte i for the input i of its four; in q4 also, as the high nibble, for input 16 + i.
function readQ4(weight: Uint8Array, inputs: number): PanelReader {
  const [halves, words, table, bytes] = [halvesOf(weight), wordsOf(weight), f16Table(), panelBytes("q4", inputs)];
  return (panel, block, into) => {
    const at = panel * bytes + block * 320;
    for (let r = 0; r < PANEL_ROWS; r++) {
      const d = table[halves[(at >>> 1) + r]];
      const m = table[halves[(at >>> 1) + PANEL_ROWS + r]];
      for (let chunk = 0; chunk < 4; chunk++) {
        let word = words[(at >>> 2) + (chunk + 1) * PANEL_ROWS + r];
        const to = r * BLOCK + 4 * chunk;
        for (let i = 0; i < 4; i++, word >>>= 8) {
          into[to + i] = d * (word & 15) + m;
          into[to + 16 + i] = d * ((word >>> 4) & 15) + m;
        }
      }
    }
    return BLOCK;
  };
}

// q5 and q8: a scale times an integer.
function readScaled(weight: Uint8Array, format: "q5" | "q8", inputs: number): PanelReader {
  const read = integerReader(weight, format, inputs);
  const [q, d, m] = [new Int32Array(BLOCK_VALUES), new Float32Array(PANEL_ROWS), new Float32Array(PANEL_ROWS)];
  return (panel, block, into) => {
    read(panel, block, q, d, m);
    for (let i = 0; i < BLOCK_VALUES; i++) into[i] = d[Math.floor(i / BLOCK)] * q[i];
    return BLOCK;
  };
}

/** Reader of integer blocks. q4: 0 … 15 with both scales; q5: -16 … 15, q8: -128 … 127, both with m = 0. */
export function integerReader(weight: Uint8Array, format: BlockFormat, inputs: number): IntegerReader {
  return { q4: readIntegersQ4, q5: readIntegersQ5, q8: readIntegersQ8 }[format](weight, inputs);
}

function readIntegersQ4(weight: Uint8Array, inputs: number): IntegerReader {
  const [halves, words, table, bytes] = [halvesOf(weight), wordsOf(weight), f16Table(), panelBytes("q4", inputs)];
  return (panel, block, q, d, m) => {
    const at = panel * bytes + block * 320;
    for (let r = 0; r < PANEL_ROWS; r++) {
      d[r] = table[halves[(at >>> 1) + r]];
      m[r] = table[halves[(at >>> 1) + PANEL_ROWS + r]];
      for (let chunk = 0; chunk < 4; chunk++) {
        let word = words[(at >>> 2) + (chunk + 1) * PANEL_ROWS + r];
        const to = r * BLOCK + 4 * chunk;
        for (let i = 0; i < 4; i++, word >>>= 8) {
          q[to + i] = word & 15;
          q[to + 16 + i] = (word >>> 4) & 15;
        }
      }
    }
  };
}

function readIntegersQ8(weight: Uint8Array, inputs: number): IntegerReader {
  const [halves, words, table, bytes] = [halvesOf(weight), wordsOf(weight), f16Table(), panelBytes("q8", inputs)];
  const scales = bytes - (inputs / BLOCK) * BLOCK_VALUES;
  return (panel, block, q, d, m) => {
    const scale = (panel * bytes + block * BLOCK) >>> 1;
    const values = (panel * bytes + scales + block * BLOCK_VALUES) >>> 2;
    m.fill(0);
    for (let r = 0; r < PANEL_ROWS; r++) {
      d[r] = table[halves[scale + r]];
      for (let chunk = 0; chunk < 8; chunk++) {
        let word = words[values + chunk * PANEL_ROWS + r];
        const to = r * BLOCK + 4 * chunk;
        for (let i = 0; i < 4; i++, word >>>= 8) q[to + i] = (word & 255) - 128;
      }
    }
  };
}

function readIntegersQ5(weight: Uint8Array, inputs: number): IntegerReader {
  const [halves, words, table, bytes] = [halvesOf(weight), wordsOf(weight), f16Table(), panelBytes("q5", inputs)];
  const scales = bytes - (inputs / BLOCK) * 320;
  return (panel, block, q, d, m) => {
    const scale = (panel * bytes + block * BLOCK) >>> 1;
    const values = (panel * bytes + scales + block * 320) >>> 2;
    m.fill(0);
    for (let r = 0; r < PANEL_ROWS; r++) {
      d[r] = table[halves[scale + r]];
      const fifth = words[values + r];
      for (let k = 0; k < BLOCK; k++) {
        const [chunk, i] = [k >> 2, k & 3];
        const nibble = (words[values + ((chunk & 3) + 1) * PANEL_ROWS + r] >>> (8 * i + (chunk < 4 ? 0 : 4))) & 15;
        q[r * BLOCK + k] = (nibble | (((fifth >>> (8 * i + chunk)) & 1) << 4)) - 16;
      }
    }
  };
}
