// From blocks that kernels do not multiply to blocks that they do: the same integers where there are some, int8 by size where not.
// Twin: native/kernels/src/blocks/turn.rs.
import { f16Table } from "../floats.ts";
import { putHalf } from "./half.ts";
import { half, iq4Levels, sixBits, type Unpack } from "./unpack.ts";

/** Turns the block at byte `at` into blocks from byte 0 of `out` on. */
export type Turn = (bytes: Uint8Array, at: number, out: Uint8Array) => void;

const round = Math.fround;

function copyScale(bytes: Uint8Array, at: number, out: Uint8Array): void {
  out[0] = bytes[at];
  out[1] = bytes[at + 1];
}

/** IQ4_NL as a block of Q8_0: the same scale, its levels. */
export const turnIQ4NL: Turn = (bytes, at, out) => {
  copyScale(bytes, at, out);
  for (let j = 0; j < 16; j++) {
    out[2 + j] = iq4Levels[bytes[at + 2 + j] & 15];
    out[18 + j] = iq4Levels[bytes[at + 2 + j] >> 4];
  }
};

/** Q4_K as eight blocks of Q4_1: the same integers, scale and minimum rounded to f16. */
export const turnQ4K: Turn = (bytes, at, out) => {
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

/** Any type as blocks of int8: d = the largest size / 127, rounded to f16 before the integers are found. */
export function turnValues(unpack: Unpack, block: number): Turn {
  const values = new Float32Array(block);
  return (bytes, at, out) => {
    unpack(bytes, at, values, 0);
    for (let from = 0, to = 0; from < block; from += 32, to += 34) eightBits(values, from, out, to);
  };
}

function eightBits(values: Float32Array, from: number, out: Uint8Array, to: number): void {
  let most = 0;
  for (let i = 0; i < 32; i++) most = Math.max(most, Math.abs(values[from + i]));
  const d = f16Table()[putHalf(round(most / 127), out, to)];
  const inverse = d === 0 ? 0 : round(1 / d);
  for (let i = 0; i < 32; i++) {
    const scaled = Math.max(-127, Math.min(127, round(values[from + i] * inverse)));
    out[to + 2 + i] = Math.trunc(round(scaled + (scaled < 0 ? -0.5 : 0.5)));
  }
}
