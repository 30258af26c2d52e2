// Writes GGUF files for tests: valid ones, and ones with any part overridden by what it must not be. Checks nothing itself.
import { type WrittenType, writtenTypes } from "./quantize.ts";

export { type TinyLlamaOptions, tinyLlama, writeTinyLlama } from "./tiny-llama.ts";

const valueTypes = [
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
export type ValueType = (typeof valueTypes)[number];

/** A metadata value. `type` as a number is written as it is (for types that do not exist); `raw` replaces the bytes after the type. */
export interface Value {
  readonly type: ValueType | number;
  readonly value?: number | bigint | boolean | string | Uint8Array;
  readonly raw?: Uint8Array;
  /** Elements of an array, and their type. `count` overrides how many it says. */
  readonly of?: ValueType | number;
  readonly items?: readonly (number | bigint | boolean | string | Uint8Array)[];
  readonly count?: number | bigint;
}

export const u32 = (value: number): Value => ({ type: "uint32", value });
export const f32 = (value: number): Value => ({ type: "float32", value });
export const bool = (value: boolean): Value => ({ type: "bool", value });
export const text = (value: string | Uint8Array): Value => ({ type: "string", value });
export const list = (of: ValueType, items: NonNullable<Value["items"]>): Value => ({ type: "array", of, items });

/** A tensor. `shape` is row-major; `dimensions` (innermost first, as in the file), `type` as a number and `offset` override what would be right. */
export interface TensorSpec {
  readonly name: string | Uint8Array;
  readonly shape?: readonly number[];
  readonly dimensions?: readonly (number | bigint)[];
  /** n_dims as written, where it differs from the dimensions. */
  readonly dimensionCount?: number;
  readonly type: WrittenType | number;
  readonly data?: Uint8Array;
  readonly offset?: number | bigint;
}

/** A whole file; what is left out is right. */
export interface GgufSpec {
  readonly magic?: string;
  readonly version?: number;
  readonly entryCount?: number | bigint;
  readonly tensorCount?: number | bigint;
  readonly metadata?: readonly (readonly [key: string | Uint8Array, value: Value])[];
  readonly tensors?: readonly TensorSpec[];
  readonly alignment?: number;
}

/** Appends little-endian values. */
export class ByteWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }
  bytes(value: Uint8Array): this {
    this.#parts.push(Buffer.from(value));
    this.#length += value.length;
    return this;
  }
  u32(value: number): this {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32LE(value >>> 0);
    return this.bytes(buffer);
  }
  u64(value: number | bigint): this {
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    return this.bytes(buffer);
  }
  string(value: string | Uint8Array, length?: number | bigint): this {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    return this.u64(length ?? bytes.length).bytes(bytes);
  }
  pad(alignment: number): this {
    return this.bytes(Buffer.alloc((alignment - (this.#length % alignment)) % alignment));
  }
  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The bytes of a file. */
export function writeGguf(spec: GgufSpec): Buffer {
  const { metadata = [], tensors = [], alignment = 32 } = spec;
  const out = new ByteWriter().bytes(Buffer.from(spec.magic ?? "GGUF", "latin1")).u32(spec.version ?? 3);
  out.u64(spec.tensorCount ?? tensors.length).u64(spec.entryCount ?? metadata.length);
  for (const [key, value] of metadata) writeValue(out.string(key), value);
  let offset = 0;
  for (const tensor of tensors) {
    writeDescriptor(out, tensor, offset);
    offset += Math.ceil((tensor.data?.length ?? 0) / alignment) * alignment;
  }
  if (tensors.length > 0) out.pad(alignment);
  for (const { data } of tensors) if (data !== undefined) out.bytes(data).pad(alignment);
  return out.done();
}

/** Bytes of the data of a tensor with this shape, all zero. */
export function zeros(type: WrittenType, shape: readonly number[]): Uint8Array {
  const { block, bytes } = writtenTypes[type];
  return new Uint8Array((shape.reduce((product, size) => product * size, 1) / block) * bytes);
}

function writeDescriptor(out: ByteWriter, tensor: TensorSpec, offset: number): void {
  const dimensions = tensor.dimensions ?? (tensor.shape ?? []).toReversed();
  out.string(tensor.name).u32(tensor.dimensionCount ?? dimensions.length);
  for (const dimension of dimensions) out.u64(dimension);
  out.u32(typeof tensor.type === "number" ? tensor.type : writtenTypes[tensor.type].id).u64(tensor.offset ?? offset);
}

function writeValue(out: ByteWriter, { type, value, raw, of, items = [], count }: Value): void {
  out.u32(typeof type === "number" ? type : valueTypes.indexOf(type));
  if (raw !== undefined) out.bytes(raw);
  else if (type === "array") {
    out.u32(typeof of === "number" ? of : valueTypes.indexOf(of ?? "uint8")).u64(count ?? items.length);
    for (const item of items) writeScalar(out, of as ValueType, item);
  } else writeScalar(out, type as ValueType, value!);
}

const sizes: Partial<Record<ValueType, number>> = { uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4 };

function writeScalar(out: ByteWriter, type: ValueType, value: number | bigint | boolean | string | Uint8Array): void {
  if (type === "string") out.string(value as string | Uint8Array);
  else if (type === "uint64" || type === "int64") out.u64(value as number | bigint);
  else if (type === "float32" || type === "float64") {
    const bytes = Buffer.alloc(type === "float32" ? 4 : 8);
    if (type === "float32") bytes.writeFloatLE(Number(value));
    else bytes.writeDoubleLE(Number(value));
    out.bytes(bytes);
  } else {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(Number(value) | 0);
    out.bytes(bytes.subarray(0, sizes[type] ?? 4));
  }
}
