// Half floats by their bits. Knows no files.

/** The bits of a half as those of the single that has its value. */
function halfToSingle(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The bits of a single as those of the nearest half, ties to even; too large ones are infinite. */
function singleToHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

/** Upper half of a single's bits, to nearest, ties to even; a NaN stays one. */
function singleToBrain(word: number): number {
  return (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);

/** The bits of the half nearest to a number as f32, as `singleToHalf`. */
export function numberToHalf(value: number): number {
  single[0] = value;
  return singleToHalf(word[0]);
}

/** Halves by their bits as singles. */
export const halvesToSingles = (halves: Uint16Array): Float32Array => widened(halves, halfToSingle);

/** Upper halves of singles by their bits as singles. */
export const brainsToSingles = (brains: Uint16Array): Float32Array => widened(brains, (brain) => brain << 16);

/** Bits of the halves nearest to singles, as `singleToHalf`. */
export const singlesToHalves = (singles: Float32Array): Uint16Array<ArrayBuffer> => narrowed(singles, singleToHalf);

/** Bits of the upper halves nearest to singles, as `singleToBrain`. */
export const singlesToBrains = (singles: Float32Array): Uint16Array<ArrayBuffer> => narrowed(singles, singleToBrain);

// Plain loops: `TypedArray.from` with a function is ten times as slow.
function widened(stored: Uint16Array, single: (bits: number) => number): Float32Array {
  const words = new Uint32Array(stored.length);
  for (let i = 0; i < words.length; i++) words[i] = single(stored[i]);
  return new Float32Array(words.buffer);
}

function narrowed({ buffer, byteOffset, length }: Float32Array, stored: (word: number) => number): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(buffer, byteOffset, length);
  const bits = new Uint16Array(length);
  for (let i = 0; i < length; i++) bits[i] = stored(words[i]);
  return bits;
}
