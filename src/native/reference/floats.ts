// Half-precision numbers in TypeScript: f16 and bf16 to f32, and bf16 back. Knows no kernels.
import type { FloatRuns } from "../kernels/index.ts";

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/**
 * The bf16 nearest to a number, ties to even, as its 16 bits.
 *
 * @example
 * toBf16Bits(1); // 0x3f80
 */
export function toBf16Bits(value: number): number {
  single[0] = value;
  const word = bits[0];
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

/**
 * The number of 16 bf16 bits.
 *
 * @example
 * fromBf16Bits(0x3f80); // 1
 */
export function fromBf16Bits(half: number): number {
  bits[0] = half << 16;
  return single[0];
}

/**
 * A number rounded to the nearest bf16, ties to even.
 *
 * @example
 * roundBf16(1.001); // 1
 */
export function roundBf16(value: number): number {
  return fromBf16Bits(toBf16Bits(value));
}

/** Widens `count` bf16 values from `at` on. */
function widenBf16(source: Uint16Array, at: number, count: number, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, count);
  for (let i = 0; i < count; i++) words[i] = source[at + i] << 16;
}

/** To the nearest integer, ties to even. */
export function roundHalfEven(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

let halves: Float32Array | undefined;

/** All 65536 f16 values by their bits. */
export function f16Table(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let i = 0; i < 65536; i++) {
    const exponent = (i >>> 10) & 31;
    const fraction = i & 1023;
    const size =
      exponent === 31
        ? fraction
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : exponent
          ? (1024 + fraction) * 2 ** (exponent - 25)
          : fraction * 2 ** -24;
    halves[i] = i & 0x8000 ? -size : size;
  }
  return halves;
}

/** f32 storage as runs: no copy. */
export function f32Runs(values: Float32Array): FloatRuns {
  return {
    length: values.length,
    run: (start, count) => values.subarray(start, start + count),
    set: (index, value) => {
      values[index] = value;
    },
  };
}

/** bf16 storage as runs: widened into one scratch that grows to the longest run. */
export function bf16Runs(values: Uint16Array): FloatRuns {
  let scratch = new Float32Array(0);
  return {
    length: values.length,
    run(start, count) {
      if (scratch.length < count) scratch = new Float32Array(count);
      widenBf16(values, start, count, scratch);
      return scratch.subarray(0, count);
    },
    set: (index, value) => {
      values[index] = toBf16Bits(value);
    },
  };
}
