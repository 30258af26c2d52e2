// Writes GGUF files, version 3, little-endian: metadata, descriptors, then the data of the tensors piece by piece. Knows nothing of what they mean.
// Source: the GGUF specification of ggml (docs/gguf.md).
import { InkstoneError } from "../../core/index.ts";
import { type DurableOptions, writeFileDurably } from "../durable/write.ts";
import type { GgufNumbers, StringBytes } from "./metadata.ts";
import { type GgufType, type GgufValueType, valueTypeNames } from "./types.ts";

type ScalarType = Exclude<GgufValueType, "array" | "string">;

/** A metadata value to write, with its type. */
export type GgufValue =
  | { readonly type: ScalarType; readonly value: number | bigint | boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly of: "string"; readonly items: readonly string[] | StringBytes }
  | { readonly type: "array"; readonly of: ScalarType; readonly items: GgufNumbers | readonly (number | bigint | boolean)[] };

/** A tensor to write. */
export interface GgufTensorContent {
  readonly name: string;
  /** Row-major, outermost first: a matrix is [outputs, inputs]. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** Its bytes, in order; asked for once, when it is its turn. */
  readonly data: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** All of a file. */
export interface GgufContent {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensorContent[];
}

const ALIGNMENT = 32;
const padding = (position: number) => new Uint8Array((ALIGNMENT - (position % ALIGNMENT)) % ALIGNMENT);

/**
 * Bytes that a tensor of this shape takes. A row is whole blocks.
 *
 * Errors: `E_FORMAT_RANGE` where it is not.
 *
 * @example
 * ggufBytes([2, 64], ggufTypes.get(8)!); // 136
 */
export function ggufBytes(shape: readonly number[], { block, bytes, name }: GgufType): number {
  const [count, row] = [shape.reduce((product, size) => product * size, 1), shape.at(-1) ?? 1];
  if (row % block !== 0) throw new InkstoneError("E_FORMAT_RANGE", { field: name, start: 0, bytes: row, size: block });
  return (count / block) * bytes;
}

/**
 * The bytes of a file, to be written as they come.
 *
 * Errors: `E_FORMAT_RANGE` for a row that is not whole blocks, or a tensor whose data is longer or shorter than its shape; what `data` throws.
 *
 * @example
 * const pieces = ggufPieces({ metadata: new Map([["general.architecture", { type: "string", value: "llama" }]]), tensors: [] });
 * Buffer.from((await pieces.next()).value!).toString("latin1", 0, 4); // "GGUF"
 */
export async function* ggufPieces({ metadata, tensors }: GgufContent): AsyncGenerator<Uint8Array, void> {
  const head = headOf(metadata, tensors);
  yield head;
  yield padding(head.length);
  for (const { name, shape, type, data } of tensors) {
    const size = ggufBytes(shape, type);
    let written = 0;
    for await (const piece of data()) {
      written += piece.length;
      if (written > size) break;
      yield piece;
    }
    if (written !== size) throw new InkstoneError("E_FORMAT_RANGE", { field: name, start: 0, bytes: written, size });
    yield padding(size);
  }
}

/**
 * Writes a file durably. Errors: those of `ggufPieces` and of `writeFileDurably`.
 *
 * @example
 * const data = () => [new Uint8Array(new Float32Array(32).buffer)];
 * const metadata = new Map([["general.architecture", { type: "string", value: "llama" } as const]]);
 * await writeGguf("zeros.gguf", { metadata, tensors: [{ name: "output_norm.weight", shape: [32], type: ggufTypes.get(0)!, data }] });
 * (await openGguf("zeros.gguf")).tensors.get("output_norm.weight")?.shape; // [32]
 */
export async function writeGguf(path: string, content: GgufContent, options: DurableOptions = {}): Promise<void> {
  await writeFileDurably(path, ggufPieces(content), options);
}

function headOf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensorContent[]): Uint8Array {
  const into = new Writer();
  into.bytes(Buffer.from("GGUF"));
  into.number("uint32", 3);
  into.number("uint64", tensors.length);
  into.number("uint64", metadata.size);
  for (const [key, value] of metadata) {
    into.string(key);
    into.number("uint32", valueTypeNames.indexOf(value.type));
    writeValue(into, value);
  }
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    into.string(name);
    into.number("uint32", shape.length);
    for (const size of shape.toReversed()) into.number("uint64", size);
    into.number("uint32", type.id);
    into.number("uint64", offset);
    const size = ggufBytes(shape, type);
    offset += size + padding(size).length;
  }
  return into.all();
}

function writeValue(into: Writer, value: GgufValue): void {
  if (value.type === "string") into.string(value.value);
  else if (value.type !== "array") into.number(value.type, value.value);
  else {
    into.number("uint32", valueTypeNames.indexOf(value.of));
    if (value.of === "string") writeStrings(into, value.items);
    else {
      into.number("uint64", value.items.length);
      for (const item of value.items) into.number(value.of, item);
    }
  }
}

function writeStrings(into: Writer, items: readonly string[] | StringBytes): void {
  if ("offsets" in items) {
    const { bytes, offsets } = items;
    into.number("uint64", offsets.length - 1);
    for (let i = 0; i + 1 < offsets.length; i++) into.counted(bytes.subarray(offsets[i], offsets[i + 1]));
  } else {
    into.number("uint64", items.length);
    for (const item of items) into.string(item);
  }
}

const setters: Readonly<Record<ScalarType, readonly [bytes: number, set: (view: DataView, at: number, value: number | bigint) => void]>> = {
  uint8: [1, (view, at, value) => view.setUint8(at, Number(value))],
  int8: [1, (view, at, value) => view.setInt8(at, Number(value))],
  uint16: [2, (view, at, value) => view.setUint16(at, Number(value), true)],
  int16: [2, (view, at, value) => view.setInt16(at, Number(value), true)],
  uint32: [4, (view, at, value) => view.setUint32(at, Number(value), true)],
  int32: [4, (view, at, value) => view.setInt32(at, Number(value), true)],
  float32: [4, (view, at, value) => view.setFloat32(at, Number(value), true)],
  bool: [1, (view, at, value) => view.setUint8(at, Number(value))],
  uint64: [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
  int64: [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
  float64: [8, (view, at, value) => view.setFloat64(at, Number(value), true)],
};

/** Appends to memory that grows. */
class Writer {
  #memory: Uint8Array = new Uint8Array(1 << 16);
  #view: DataView = new DataView(this.#memory.buffer);
  #length = 0;

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#memory.set(value, this.#length);
    this.#length += value.length;
  }
  counted(value: Uint8Array): void {
    this.number("uint64", value.length);
    this.bytes(value);
  }
  string(value: string): void {
    this.counted(Buffer.from(value, "utf8"));
  }
  number(type: ScalarType, value: number | bigint | boolean): void {
    const [size, set] = setters[type];
    this.#room(size);
    set(this.#view, this.#length, typeof value === "boolean" ? Number(value) : value);
    this.#length += size;
  }
  all(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#memory.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#memory.length, this.#length + more));
    larger.set(this.#memory);
    this.#memory = larger;
    this.#view = new DataView(larger.buffer);
  }
}
