// Element types of safetensors files: their sizes, and values from bytes and back. Knows no files.
import { brainsToSingles, halvesToSingles, InkstoneError, singlesToBrains, singlesToHalves } from "../../core/index.ts";

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
      return brainsToSingles(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case "F16":
      return halvesToSingles(new Uint16Array(buffer, byteOffset, byteLength / 2));
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
  return type === "F16" ? singlesToHalves(values) : singlesToBrains(values);
}
