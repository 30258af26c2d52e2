// Tensor descriptors of a GGUF file: names, shapes, types, and where the data lies, checked against each other and the size of the file.
import { ggufLimits, InkstoneError, type Phrase } from "../../core/index.ts";
import type { Cursor } from "./cursor.ts";
import { type GgufType, ggufTypes, withdrawnTypes } from "./types.ts";

/** A tensor in the file. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major, outermost first: a matrix is [outputs, inputs]. (The file has them the other way round.) */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** Where its data begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

interface Descriptor extends Omit<GgufTensor, "offset"> {
  /** Data offset as the file says it, from the start of the data part. */
  readonly stated: number | bigint;
  /** Where the descriptor and its offset field stand. */
  readonly at: number;
  readonly statedAt: number;
}

/** Reads `count` descriptors and places them. Returns the tensors by name and where the data part begins. Errors: E_FORMAT_*. */
export function readTensors(cursor: Cursor, count: number, alignment: number): { tensors: ReadonlyMap<string, GgufTensor>; dataOffset: number } {
  const seen = new Map<string, Descriptor>();
  for (let i = 0; i < count; i++) {
    const descriptor = readDescriptor(cursor, i);
    if (seen.has(descriptor.name))
      throw new InkstoneError("E_FORMAT_DUPLICATE", { field: `tensor[${i}].name`, offset: descriptor.at, name: descriptor.name });
    seen.set(descriptor.name, descriptor);
  }
  const dataOffset = align(cursor.position, alignment);
  return { tensors: place([...seen.values()], { dataOffset, alignment, available: cursor.source.size }), dataOffset };
}

function readDescriptor(cursor: Cursor, index: number): Descriptor {
  const at = cursor.position;
  const name = readName(cursor, `tensor[${index}].name`);
  const dimensions = readDimensions(cursor, name);
  const typeAt = cursor.position;
  const type = readTensorType(cursor.uint32(`type of ${name}`), name, typeAt);
  const bytes = byteSize(dimensions, type, { tensor: name, offset: at });
  const statedAt = cursor.position;
  const stated = cursor.uint64(`offset of ${name}`);
  return { name, shape: dimensions.toReversed(), type, bytes, stated, at, statedAt };
}

function readName(cursor: Cursor, field: string): string {
  const offset = cursor.position;
  const name = cursor.string(field, ggufLimits.nameBytes);
  const refuse = (why: Phrase): never => {
    throw new InkstoneError("E_FORMAT_NAME", { field, offset, name, why });
  };
  if (name === "") refuse({ en: "it is empty", zh: "名称为空" });
  if (/\p{Cc}/u.test(name)) refuse({ en: "it holds control characters", zh: "含有控制字符" });
  if (/^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(name)) refuse({ en: "it leads out of a folder", zh: "会指向文件夹之外" });
  return name;
}

function readDimensions(cursor: Cursor, tensor: string): number[] {
  const offset = cursor.position;
  const count = cursor.uint32(`n_dims of ${tensor}`);
  if (count < 1 || count > ggufLimits.dimensions)
    throw new InkstoneError("E_FORMAT_VALUE", { field: `n_dims of ${tensor}`, offset, value: count, allowed: [`1…${ggufLimits.dimensions}`] });
  const dimensions: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = cursor.position;
    const field = `dim[${i}] of ${tensor}`;
    const value = cursor.uint64(field);
    if (value === 0) throw new InkstoneError("E_FORMAT_VALUE", { field, offset: at, value, allowed: ["1…2^53-1"] });
    if (typeof value === "bigint") throw new InkstoneError("E_FORMAT_OVERFLOW", { tensor, offset: at });
    dimensions.push(value);
  }
  return dimensions;
}

function readTensorType(id: number, tensor: string, offset: number): GgufType {
  const type = ggufTypes.get(id);
  if (type !== undefined) return type;
  const withdrawn = withdrawnTypes.get(id);
  const why: Phrase = withdrawn === undefined ? { en: "no such type is known", zh: "没有这种类型" } : { en: "it was withdrawn", zh: "该类型已废除" };
  throw new InkstoneError("E_FORMAT_TENSOR_TYPE", { tensor, offset, type: withdrawn === undefined ? String(id) : `${withdrawn} (${id})`, why });
}

// Innermost dimension first, as in the file.
function byteSize(dimensions: readonly number[], type: GgufType, place: { tensor: string; offset: number }): number {
  const row = dimensions[0];
  if (row % type.block !== 0) throw new InkstoneError("E_FORMAT_ROW", { ...place, row, type: type.name, block: type.block });
  const values = dimensions.reduce((product, dimension) => product * dimension, 1);
  const bytes = (values / type.block) * type.bytes;
  // Products of integers only lose exactness beyond 2^53, where they stay beyond it.
  if (!Number.isSafeInteger(values) || !Number.isSafeInteger(bytes)) throw new InkstoneError("E_FORMAT_OVERFLOW", place);
  return bytes;
}

// Data lies in the order of the descriptors, each padded to the alignment: every other offset would overlap, leave a hole, or read past the end.
function place(
  descriptors: readonly Descriptor[],
  { dataOffset, alignment, available }: { dataOffset: number; alignment: number; available: number },
): ReadonlyMap<string, GgufTensor> {
  const tensors = new Map<string, GgufTensor>();
  let expected = 0;
  for (const { name, shape, type, bytes, stated, at, statedAt } of descriptors) {
    if (stated !== expected) throw wrongOffset(name, stated, { expected, alignment, statedAt });
    const offset = dataOffset + expected;
    expected = align(expected + bytes, alignment);
    if (!Number.isSafeInteger(expected)) throw new InkstoneError("E_FORMAT_OVERFLOW", { tensor: name, offset: at });
    if (offset + bytes > available) throw new InkstoneError("E_FORMAT_TENSOR_END", { tensor: name, offset, end: offset + bytes, available });
    tensors.set(name, { name, shape, type, offset, bytes });
  }
  return tensors;
}

function wrongOffset(tensor: string, got: number | bigint, at: { expected: number; alignment: number; statedAt: number }): InkstoneError {
  const unaligned = BigInt(got) % BigInt(at.alignment) !== 0n;
  const why: Phrase = unaligned
    ? { en: `it is not a multiple of the alignment ${at.alignment}`, zh: `不是对齐值 ${at.alignment} 的倍数` }
    : got < at.expected
      ? { en: "it overlaps the tensor before it", zh: "与前一张量重叠" }
      : { en: "tensors lie one after another", zh: "张量应依次排列" };
  return new InkstoneError("E_FORMAT_TENSOR_OFFSET", { tensor, offset: at.statedAt, got, expected: at.expected, why });
}

function align(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment;
}
