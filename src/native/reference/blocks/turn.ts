// From blocks whose integers kernels do not multiply to blocks of int8 by size.
// Twin: native/kernels/src/blocks/turn.rs.
import { f16Table } from "../floats.ts";
import { putHalf } from "./half.ts";
import type { Turn, Unpack } from "./types.ts";

const round = Math.fround;

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
