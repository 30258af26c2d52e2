// Number types of GGUF: of metadata values and of tensors, with their sizes. Knows no files.

/** Metadata value types, by their number in the file. */
export const valueTypeNames = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;

/** Name of a metadata value type. */
export type GgufValueType = (typeof valueTypeNames)[number];

/** Bytes of one value; a string or an array has its own length, at least 8 and 12. */
export const valueBytes: Readonly<Record<GgufValueType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  string: 8,
  array: 12,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** A tensor type: `block` values lie together in `bytes` bytes. */
export interface GgufType {
  /** Its number in the file; `packRows` takes it as `sourceType` where it packs it as it is. */
  readonly id: number;
  readonly name: string;
  readonly block: number;
  readonly bytes: number;
  /** Whether the values can be used here; others are recognised only. */
  readonly supported: boolean;
}

const type = (id: number, name: string, block: number, bytes: number, supported = false): GgufType => ({ id, name, block, bytes, supported });

const types: readonly GgufType[] = [
  type(0, "F32", 1, 4, true),
  type(1, "F16", 1, 2, true),
  type(2, "Q4_0", 32, 18, true),
  type(3, "Q4_1", 32, 20, true),
  type(6, "Q5_0", 32, 22, true),
  type(7, "Q5_1", 32, 24, true),
  type(8, "Q8_0", 32, 34, true),
  type(9, "Q8_1", 32, 36),
  type(10, "Q2_K", 256, 84, true),
  type(11, "Q3_K", 256, 110, true),
  type(12, "Q4_K", 256, 144, true),
  type(13, "Q5_K", 256, 176, true),
  type(14, "Q6_K", 256, 210, true),
  type(15, "Q8_K", 256, 292),
  type(16, "IQ2_XXS", 256, 66),
  type(17, "IQ2_XS", 256, 74),
  type(18, "IQ3_XXS", 256, 98),
  type(19, "IQ1_S", 256, 50),
  type(20, "IQ4_NL", 32, 18, true),
  type(21, "IQ3_S", 256, 110),
  type(22, "IQ2_S", 256, 82),
  type(23, "IQ4_XS", 256, 136),
  type(24, "I8", 1, 1),
  type(25, "I16", 1, 2),
  type(26, "I32", 1, 4),
  type(27, "I64", 1, 8),
  type(28, "F64", 1, 8),
  type(29, "IQ1_M", 256, 56),
  type(30, "BF16", 1, 2, true),
  type(34, "TQ1_0", 256, 54),
  type(35, "TQ2_0", 256, 66),
  type(39, "MXFP4", 32, 17),
  type(40, "NVFP4", 64, 36),
  type(41, "Q1_0", 128, 18),
];

/** Tensor types by their number in the file. Source: ggml.h, enum ggml_type and the block structures of ggml-common.h. */
export const ggufTypes: ReadonlyMap<number, GgufType> = new Map(types.map((entry) => [entry.id, entry]));

/** Numbers that once had a meaning and must not be used any more. */
export const withdrawnTypes: ReadonlyMap<number, string> = new Map([
  [4, "Q4_2"],
  [5, "Q4_3"],
  [31, "Q4_0_4_4"],
  [32, "Q4_0_4_8"],
  [33, "Q4_0_8_8"],
  [36, "IQ4_NL_4_4"],
  [37, "IQ4_NL_4_8"],
  [38, "IQ4_NL_8_8"],
]);

/** Names of the types whose values can be used, for messages: "F32, F16, …". */
export const supportedTypeNames: string = types
  .filter((entry) => entry.supported)
  .map((entry) => entry.name)
  .join(", ");
