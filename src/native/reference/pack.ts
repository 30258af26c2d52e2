// Packing: rows as they lie in a file to 16-row panels (../layout.ts). Knows the block formats of GGUF, not its files.
import { BLOCK, PANEL_ROWS, type PackedFormat, panelBytes, sourceTypes } from "../layout.ts";
import { type BlockLayout, blockTypes, type Turn, turnValues } from "./blocks/index.ts";
import { toBf16Bits } from "./floats.ts";
import { BLOCK_VALUES } from "./panels.ts";

/** Packs the row at byte `at` of the source as row `r` of the panel that begins at byte `panel`. */
export type RowPacker = (source: Uint8Array, at: number, packed: Uint8Array, panel: number, r: number) => void;

/** Bytes of one source row. */
export function sourceRowBytes(sourceType: number, inputs: number): number {
  const { block, bytes } = sourceTypes[sourceType];
  return (inputs / block) * bytes;
}

type Packers = Readonly<Record<BlockLayout, () => RowPacker>>;

/** Packer of rows of a source type for a format. */
export function rowPacker(sourceType: number, format: PackedFormat, inputs: number): RowPacker {
  const blocks = inputs / BLOCK;
  const { block, bytes } = sourceTypes[sourceType];
  const packers: Packers = {
    plain: () => plain(bytes, inputs),
    q4_0: () => packQ40(blocks),
    q4_1: () => packQ41(blocks),
    q5_0: () => packQ50(blocks, panelBytes("q5", inputs) - blocks * 320),
    q8_0: () => packQ80(blocks, panelBytes("q8", inputs) - blocks * BLOCK_VALUES),
  };
  const { layout, unpack, turn } = blockTypes[sourceType];
  if (layout !== undefined) return packers[layout]();
  if (format === "q4" && turn) return turned(sourceType, inputs, { turn, bytes: 20, pack: packers.q4_1() });
  if (format === "q8") return turned(sourceType, inputs, { turn: turn ?? turnValues(unpack, block), bytes: 34, pack: packers.q8_0() });
  return values(sourceType, format, inputs);
}

function plain(bytes: number, inputs: number): RowPacker {
  return (source, at, packed, panel, r) => {
    for (let k = 0; k < inputs; k++) copy(source, at + k * bytes, packed, panel + (k * PANEL_ROWS + r) * bytes, bytes);
  };
}

// A row of other blocks first, then packed as a row of those.
function turned(sourceType: number, inputs: number, { turn, bytes, pack }: { turn: Turn; bytes: number; pack: RowPacker }): RowPacker {
  const { block, bytes: from } = sourceTypes[sourceType];
  const row = new Uint8Array((inputs / BLOCK) * bytes);
  const size = (block / BLOCK) * bytes;
  return (source, at, packed, panel, r) => {
    for (let i = 0; i * block < inputs; i++) turn(source, at + i * from, row.subarray(i * size, (i + 1) * size));
    pack(row, 0, packed, panel, r);
  };
}

// Values as f32 or rounded to bf16.
function values(sourceType: number, format: PackedFormat, inputs: number): RowPacker {
  const { block, bytes } = sourceTypes[sourceType];
  const { unpack } = blockTypes[sourceType];
  const found = new Float32Array(inputs);
  const stored = format === "f32" ? found : new Uint16Array(inputs);
  const row = new Uint8Array(stored.buffer);
  const pack = plain(stored.BYTES_PER_ELEMENT, inputs);
  return (source, at, packed, panel, r) => {
    for (let i = 0; i * block < inputs; i++) unpack(source, at + i * bytes, found, i * block);
    if (stored !== found) for (let k = 0; k < inputs; k++) stored[k] = toBf16Bits(found[k]);
    pack(row, 0, packed, panel, r);
  };
}

// A block is d, m, then 16 bytes: byte j holds k = j low and k = 16 + j high.
function packQ41(blocks: number): RowPacker {
  return (source, at, packed, panel, r) => {
    for (let block = 0; block < blocks; block++) {
      const [from, to] = [at + block * 20, panel + block * 320];
      copy(source, from, packed, to + 2 * r, 2);
      copy(source, from + 2, packed, to + 32 + 2 * r, 2);
      for (let j = 0; j < 16; j += 4) copy(source, from + 4 + j, packed, to + 64 + j * 16 + 4 * r, 4);
    }
  };
}

// The same without m: weight = d · (q - 8), so m = -8 · d, which in f16 is the sign turned and 3 more in the exponent.
function packQ40(blocks: number): RowPacker {
  return (source, at, packed, panel, r) => {
    for (let block = 0; block < blocks; block++) {
      const [from, to] = [at + block * 18, panel + block * 320];
      copy(source, from, packed, to + 2 * r, 2);
      const m = minusEightTimes(source[from] | (source[from + 1] << 8));
      packed[to + 32 + 2 * r] = m & 255;
      packed[to + 33 + 2 * r] = m >> 8;
      for (let j = 0; j < 16; j += 4) copy(source, from + 2 + j, packed, to + 64 + j * 16 + 4 * r, 4);
    }
  };
}

// A block is d, four bytes of fifth bits, then 16 bytes as Q4_1 has them.
function packQ50(blocks: number, scales: number): RowPacker {
  return (source, at, packed, panel, r) => {
    for (let block = 0; block < blocks; block++) {
      const [from, to] = [at + block * 22, panel + scales + block * 320];
      copy(source, from, packed, panel + (block * PANEL_ROWS + r) * 2, 2);
      for (let i = 0; i < 4; i++) packed[to + 4 * r + i] = 0;
      for (let k = 0; k < BLOCK; k++) packed[to + 4 * r + (k & 3)] |= ((source[from + 2 + (k >> 3)] >> (k & 7)) & 1) << (k >> 2);
      for (let j = 0; j < 16; j += 4) copy(source, from + 6 + j, packed, to + 64 + j * 16 + 4 * r, 4);
    }
  };
}

// A block is d, then 32 signed bytes, stored as q + 128.
function packQ80(blocks: number, scales: number): RowPacker {
  return (source, at, packed, panel, r) => {
    for (let block = 0; block < blocks; block++) {
      const [from, to] = [at + block * 34, panel + scales + block * BLOCK_VALUES];
      copy(source, from, packed, panel + (block * PANEL_ROWS + r) * 2, 2);
      for (let k = 0; k < BLOCK; k++) packed[to + (k >> 2) * 64 + 4 * r + (k & 3)] = source[from + 2 + k] ^ 0x80;
    }
  };
}

function copy(source: Uint8Array, from: number, packed: Uint8Array, to: number, bytes: number): void {
  for (let i = 0; i < bytes; i++) packed[to + i] = source[from + i];
}

// f16 bits of -8 times f16 bits: exact but for a size past the largest, which becomes infinite.
function minusEightTimes(half: number): number {
  const sign = (half & 0x8000) ^ 0x8000;
  const size = half & 0x7fff;
  if (size >= 0x7c00) return sign | size;
  if (size >= 0x400) return sign | Math.min(size + (3 << 10), 0x7c00);
  // Below the normal range size counts steps of 2^-24; eight times that may reach into it.
  const steps = size * 8;
  const shift = Math.max(0, Math.floor(Math.log2(steps || 1)) - 10);
  return sign | (steps < 0x400 ? steps : ((shift + 1) << 10) | ((steps >> shift) & 0x3ff));
}
