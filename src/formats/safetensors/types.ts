// Element types of safetensors files: their sizes, and values from bytes and back. Knows no files.
import { InkstoneError } from "../../core/index.ts";

/** Name of an element type. */
export type SafetensorsType =
  | "F32"
  | "F16"
  | "BF16"
  | "I32"
  | "I64"
  | "U8"
  | "F64"
  | "I16"
  | "U16"
  | "U32"
  | "U64"
  | "I8"
  | "BOOL"
  | "F8_E4M3"
  | "F8_E5M2";

/** Element types by their names in the file. Values come of those with `values: true`; the others are recognised, and read as bytes. */
export const safetensorsTypes: Readonly<Record<SafetensorsType, { readonly bytes: number; readonly values: boolean }>> = {
  F32: { bytes: 4, values: true },
  F16: { bytes: 2, values: true },
  BF16: { bytes: 2, values: true },
  I32: { bytes: 4, values: true },
  I64: { bytes: 8, values: true },
  U8: { bytes: 1, values: true },
  F64: { bytes: 8, values: false },
  I16: { bytes: 2, values: false },
  U16: { bytes: 2, values: false },
  U32: { bytes: 4, values: false },
  U64: { bytes: 8, values: false },
  I8: { bytes: 1, values: false },
  BOOL: { bytes: 1, values: false },
  F8_E4M3: { bytes: 1, values: false },
  F8_E5M2: { bytes: 1, values: false },
};

/** Values of a tensor of a file. */
export type SafetensorsValues = Float32Array | Int32Array | BigInt64Array | Uint8Array;

/** Bytes of a tensor as values: F16 and BF16 widened to f32. Errors: E_FORMAT_UNSUPPORTED. `bytes` begins at a multiple of 8 of its memory. */
export function decodeValues(tensor: string, type: SafetensorsType, bytes: Uint8Array): SafetensorsValues {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case "F32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "I32":
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case "I64":
      return new BigInt64Array(buffer, byteOffset, byteLength / 8);
    case "U8":
      return bytes;
    case "BF16":
      return widen(new Uint16Array(buffer, byteOffset, byteLength / 2), (half) => half << 16);
    case "F16":
      return widen(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToSingle);
    default:
      throw new InkstoneError("E_FORMAT_UNSUPPORTED", { tensor, type, supported: "F32, F16, BF16, I32, I64, U8" });
  }
}

/** Values as bytes of a type: whole numbers of 32 bits become I64 where that is asked for, f32 is rounded to nearest even for F16 and BF16. */
export function encodeValues(tensor: string, type: SafetensorsType, values: SafetensorsValues): Uint8Array {
  const fitting = { F32: Float32Array, I32: Int32Array, I64: BigInt64Array, U8: Uint8Array }[type as string];
  const stored = fitting && values instanceof fitting ? values : converted(type, values);
  if (stored) return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  throw new InkstoneError("E_FORMAT_UNSUPPORTED", {
    tensor,
    type: `${type} from ${values.constructor.name}`,
    supported: "F32, F16 and BF16 from Float32Array, I32, I64, U8",
  });
}

function converted(type: SafetensorsType, values: SafetensorsValues): Uint16Array | BigInt64Array | undefined {
  if (type === "I64" && values instanceof Int32Array) return BigInt64Array.from(values, BigInt);
  if (!(values instanceof Float32Array) || (type !== "F16" && type !== "BF16")) return undefined;
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, type === "F16" ? singleToHalf : singleToBrain);
}

function widen(halves: Uint16Array, bits: (half: number) => number): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = bits(halves[i]);
  return new Float32Array(words.buffer);
}

// The bits of a half as those of the single that has its value.
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

// Upper half of a single's bits, to nearest, ties to even; a NaN stays one.
function singleToBrain(word: number): number {
  return (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

// The bits of a single as those of the nearest half, ties to even; too large ones are infinite.
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
