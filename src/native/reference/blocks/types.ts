// Block types of GGUF files, one record each: from the bytes of a block to its values, each rounded once, as the `gguf` package has it; and to blocks that kernels multiply.
// A new one is its record here and the functions beside it. Source: the block structures of ggml-common.h. Twin: native/kernels/src/blocks/types.rs. Knows no files.
import { f16Table, fromBf16Bits } from "../floats.ts";
import { putHalf } from "./half.ts";

/** Writes the values of a block into `out` from `to` on. `at`: its first byte. */
export type Unpack = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

/** Turns the block at byte `at` into blocks from byte 0 of `out` on. */
export type Turn = (bytes: Uint8Array, at: number, out: Uint8Array) => void;

/** What blocks are to the packer: values one after another, or blocks that are packed as they are, by the type that lies so. */
export type BlockLayout = "plain" | "q4_0" | "q4_1" | "q5_0" | "q8_0";

/** One type. */
export interface BlockType {
  readonly unpack: Unpack;
  /** Without it, blocks are turned first, or taken apart into values. */
  readonly layout?: BlockLayout;
  /** Its blocks with the same integers as blocks of Q4_1 where they are packed as q4, of Q8_0 where as q8. Without it: q8 by the size of values. */
  readonly turn?: Turn;
}

/** The half at a byte. */
export function half(bytes: Uint8Array, at: number): number {
  return f16Table()[bytes[at] | (bytes[at + 1] << 8)];
}

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

const unpackF32: Unpack = (bytes, at, out, to) => {
  word[0] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  out[to] = single[0];
};

const unpackF16: Unpack = (bytes, at, out, to) => {
  out[to] = half(bytes, at);
};

const unpackBf16: Unpack = (bytes, at, out, to) => {
  out[to] = fromBf16Bits(bytes[at] | (bytes[at + 1] << 8));
};

const unpackQ40: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    out[to + j] = d * ((bytes[at + 2 + j] & 15) - 8);
    out[to + 16 + j] = d * ((bytes[at + 2 + j] >> 4) - 8);
  }
};

const unpackQ41: Unpack = (bytes, at, out, to) => {
  const [d, m] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 16; j++) {
    out[to + j] = d * (bytes[at + 4 + j] & 15) + m;
    out[to + 16 + j] = d * (bytes[at + 4 + j] >> 4) + m;
  }
};

const unpackQ80: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 32; j++) out[to + j] = d * ((bytes[at + 2 + j] << 24) >> 24);
};

// Five bits: four here, the fifth in a word beside them.
const fifth = (bytes: Uint8Array, at: number, i: number) => ((bytes[at + (i >> 3)] >> (i & 7)) & 1) << 4;

const unpackQ50: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    const q = bytes[at + 6 + j];
    out[to + j] = d * (((q & 15) | fifth(bytes, at + 2, j)) - 16);
    out[to + 16 + j] = d * (((q >> 4) | fifth(bytes, at + 2, 16 + j)) - 16);
  }
};

const unpackQ51: Unpack = (bytes, at, out, to) => {
  const [d, m] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 16; j++) {
    const q = bytes[at + 8 + j];
    out[to + j] = d * ((q & 15) | fifth(bytes, at + 4, j)) + m;
    out[to + 16 + j] = d * ((q >> 4) | fifth(bytes, at + 4, 16 + j)) + m;
  }
};

const unpackQ2K: Unpack = (bytes, at, out, to) => {
  const [d, dmin] = [half(bytes, at + 80), half(bytes, at + 82)];
  for (let sub = 0; sub < 16; sub++) {
    const scale = bytes[at + sub];
    const [step, low] = [d * (scale & 15), dmin * (scale >> 4)];
    const [from, shift] = [at + 16 + 32 * (sub >> 3) + 16 * (sub & 1), 2 * ((sub & 7) >> 1)];
    for (let l = 0; l < 16; l++) out[to + 16 * sub + l] = step * ((bytes[from + l] >> shift) & 3) - low;
  }
};

const unpackQ3K: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at + 108);
  for (let sub = 0; sub < 16; sub++) {
    const low = sub < 8 ? bytes[at + 96 + sub] & 15 : bytes[at + 96 + sub - 8] >> 4;
    const high = (bytes[at + 104 + (sub & 3)] >> (2 * (sub >> 2))) & 3;
    const step = d * ((low | (high << 4)) - 32);
    const [from, shift, mask] = [32 * (sub >> 3) + 16 * (sub & 1), 2 * ((sub & 7) >> 1), 1 << (sub >> 1)];
    for (let l = 0; l < 16; l++) {
      const q = ((bytes[at + 32 + from + l] >> shift) & 3) - (bytes[at + 16 * (sub & 1) + l] & mask ? 0 : 4);
      out[to + 16 * sub + l] = step * q;
    }
  }
};

/** Scale and minimum, six bits each, of eight sub-blocks in twelve bytes. */
export function sixBits(bytes: Uint8Array, at: number, sub: number): readonly [scale: number, minimum: number] {
  if (sub < 4) return [bytes[at + sub] & 63, bytes[at + sub + 4] & 63];
  return [(bytes[at + sub + 4] & 15) | ((bytes[at + sub - 4] >> 6) << 4), (bytes[at + sub + 4] >> 4) | ((bytes[at + sub] >> 6) << 4)];
}

const unpackQ4K: Unpack = (bytes, at, out, to) => {
  const [d, dmin] = [half(bytes, at), half(bytes, at + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const [scale, minimum] = sixBits(bytes, at + 4, sub);
    const [step, low, from, shift] = [d * scale, dmin * minimum, at + 16 + 32 * (sub >> 1), 4 * (sub & 1)];
    for (let l = 0; l < 32; l++) out[to + 32 * sub + l] = step * ((bytes[from + l] >> shift) & 15) - low;
  }
};

const unpackQ5K: Unpack = (bytes, at, out, to) => {
  const [d, dmin] = [half(bytes, at), half(bytes, at + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const [scale, minimum] = sixBits(bytes, at + 4, sub);
    const [step, low, from, shift] = [d * scale, dmin * minimum, at + 48 + 32 * (sub >> 1), 4 * (sub & 1)];
    for (let l = 0; l < 32; l++) {
      const q = ((bytes[from + l] >> shift) & 15) | (((bytes[at + 16 + l] >> sub) & 1) << 4);
      out[to + 32 * sub + l] = step * q - low;
    }
  }
};

const unpackQ6K: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at + 208);
  for (let sub = 0; sub < 16; sub++) {
    const scale = (bytes[at + 192 + sub] << 24) >> 24;
    const [part, quarter, side] = [sub >> 3, (sub & 7) >> 1, 16 * (sub & 1)];
    const low = at + 64 * part + 32 * (quarter & 1) + side;
    const high = at + 128 + 32 * part + side;
    const step = d * scale;
    for (let l = 0; l < 16; l++) {
      const q = ((bytes[low + l] >> (4 * (quarter >> 1))) & 15) | (((bytes[high + l] >> (2 * quarter)) & 3) << 4);
      out[to + 16 * sub + l] = step * (q - 32);
    }
  }
};

/** The sixteen levels of IQ4_NL. */
const iq4Levels: readonly number[] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

const unpackIQ4NL: Unpack = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    out[to + j] = d * iq4Levels[bytes[at + 2 + j] & 15];
    out[to + 16 + j] = d * iq4Levels[bytes[at + 2 + j] >> 4];
  }
};

function copyScale(bytes: Uint8Array, at: number, out: Uint8Array): void {
  out[0] = bytes[at];
  out[1] = bytes[at + 1];
}

/** IQ4_NL as a block of Q8_0: the same scale, its levels. */
const turnIQ4NL: Turn = (bytes, at, out) => {
  copyScale(bytes, at, out);
  for (let j = 0; j < 16; j++) {
    out[2 + j] = iq4Levels[bytes[at + 2 + j] & 15];
    out[18 + j] = iq4Levels[bytes[at + 2 + j] >> 4];
  }
};

/** Q4_K as eight blocks of Q4_1: the same integers, scale and minimum rounded to f16. */
const turnQ4K: Turn = (bytes, at, out) => {
  const [d, dmin] = [half(bytes, at), half(bytes, at + 2)];
  for (let sub = 0; sub < 8; sub++) {
    const [scale, minimum] = sixBits(bytes, at + 4, sub);
    const to = sub * 20;
    putHalf(d * scale, out, to);
    putHalf(-dmin * minimum, out, to + 2);
    const [from, shift] = [at + 16 + 32 * (sub >> 1), 4 * (sub & 1)];
    for (let j = 0; j < 16; j++) out[to + 4 + j] = ((bytes[from + j] >> shift) & 15) | (((bytes[from + 16 + j] >> shift) & 15) << 4);
  }
};

/** By GGUF number. */
export const blockTypes: Readonly<Record<number, BlockType>> = {
  0: { unpack: unpackF32, layout: "plain" },
  1: { unpack: unpackF16, layout: "plain" },
  2: { unpack: unpackQ40, layout: "q4_0" },
  3: { unpack: unpackQ41, layout: "q4_1" },
  6: { unpack: unpackQ50, layout: "q5_0" },
  7: { unpack: unpackQ51 },
  8: { unpack: unpackQ80, layout: "q8_0" },
  10: { unpack: unpackQ2K },
  11: { unpack: unpackQ3K },
  12: { unpack: unpackQ4K, turn: turnQ4K },
  13: { unpack: unpackQ5K },
  14: { unpack: unpackQ6K },
  20: { unpack: unpackIQ4NL, turn: turnIQ4NL },
  30: { unpack: unpackBf16, layout: "plain" },
};
