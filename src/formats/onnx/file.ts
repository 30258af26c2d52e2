// An ONNX file as a container of weights: its initialisers, and the nodes that use them. No graph is ever executed. Source: onnx.proto3. Knows nothing of what the weights mean.
import { InkstoneError } from "../../core/index.ts";
import { type ProtobufField, ProtobufReader } from "../protobuf/reader.ts";
import { type ByteSource, openFileSource } from "../source.ts";

/** Most initialisers and most nodes of a file. */
const MOST_TENSORS = 65_536;
const MOST_NODES = 1 << 20;
const MOST_DIMENSIONS = 8;
/** Most values that are no raw bytes. */
const MOST_NUMBERS = 65_536;
const MOST_NAME = 1024;

/** Element types that are read: their numbers in the file, names and bytes. */
const types: Readonly<Record<number, { readonly name: OnnxType; readonly bytes: number }>> = {
  1: { name: "f32", bytes: 4 },
  2: { name: "u8", bytes: 1 },
  3: { name: "i8", bytes: 1 },
  6: { name: "i32", bytes: 4 },
  7: { name: "i64", bytes: 8 },
  10: { name: "f16", bytes: 2 },
  16: { name: "bf16", bytes: 2 },
};

/** Name of an element type. */
export type OnnxType = "f32" | "u8" | "i8" | "i32" | "i64" | "f16" | "bf16";

/** An initialiser: where its values lie. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined for types that are not read; such a tensor is there, and refused when it is asked for. */
  readonly type: OnnxType | undefined;
  /** Byte of the file at which its values begin, and how many bytes they have. */
  readonly offset: number;
  readonly bytes: number;
  readonly elements: number;
  /** Its values, where the file has them as numbers of any length: short tables and single numbers. */
  readonly numbers?: readonly number[];
}

/** A node: what it does, and the names of what it reads and writes. */
export interface OnnxNode {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are whole numbers, such as transB. */
  readonly integers: ReadonlyMap<string, number>;
}

/** An open ONNX file. Close it when its tensors have been read. */
export interface OnnxFile {
  /** Last part of its path. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  /** In the order of the file. */
  readonly nodes: readonly OnnxNode[];
  /** Fills `into` with bytes of a tensor, from `byteStart` of it. Errors: E_FORMAT_RANGE, E_FORMAT_TRUNCATED, E_FORMAT_UNREADABLE. */
  read(tensor: OnnxTensor, byteStart: number, into: Uint8Array): void;
  close(): void;
}

/**
 * Opens an ONNX file and walks it once; no value is read. Initialisers that lie in other files are refused.
 *
 * Errors: E_FORMAT_NO_FILE (exit 66), E_FORMAT_NOT_A_FILE, and E_FORMAT_* (exit 65) naming the field by its numbers and its byte. On an error nothing stays open.
 *
 * @example
 * await openOnnx("none.onnx"); // throws E_FORMAT_NO_FILE
 */
export async function openOnnx(path: string): Promise<OnnxFile> {
  const source = openFileSource(path);
  try {
    return parseOnnx(source);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same on any source of bytes; the source is closed by `close()` only. */
export function parseOnnx(source: ByteSource): OnnxFile {
  const tensors = new Map<string, OnnxTensor>();
  const nodes: OnnxNode[] = [];
  let graphs = 0;
  for (const field of new ProtobufReader(source, "model")) {
    if (field.number !== 7) continue;
    graphs++;
    for (const part of field.message()) {
      if (part.number === 1) addNode(part, nodes);
      else if (part.number === 5) addTensor(part, tensors);
    }
  }
  if (graphs !== 1) throw new InkstoneError("E_FORMAT_COUNT", { field: "model.graph", offset: 0, expected: ["1"], got: graphs });
  return { name: source.name, tensors, nodes, read: (tensor, start, into) => readBytes(source, tensor, start, into), close: () => source.close() };
}

function limited(field: ProtobufField, name: string, value: number, limit: number): void {
  if (value > limit) throw new InkstoneError("E_FORMAT_LIMIT", { field: name, offset: field.offset, value, limit });
}

function nameOf(field: ProtobufField): string {
  limited(field, "name", field.length, MOST_NAME);
  return field.text();
}

function addNode(field: ProtobufField, nodes: OnnxNode[]): void {
  limited(field, "model.graph, nodes", nodes.length + 1, MOST_NODES);
  const node = { name: "", operation: "", inputs: [] as string[], outputs: [] as string[], integers: new Map<string, number>() };
  for (const part of field.message()) {
    if (part.number === 1) node.inputs.push(nameOf(part));
    else if (part.number === 2) node.outputs.push(nameOf(part));
    else if (part.number === 3) node.name = nameOf(part);
    else if (part.number === 4) node.operation = nameOf(part);
    else if (part.number === 5) addAttribute(part, node.integers);
  }
  nodes.push(node);
}

function addAttribute(field: ProtobufField, integers: Map<string, number>): void {
  let name = "";
  let value: number | undefined;
  for (const part of field.message()) {
    if (part.number === 1) name = nameOf(part);
    else if (part.number === 3 && part.isNumber) value = part.integer();
  }
  if (value !== undefined) integers.set(name, value);
}

interface Read {
  name: string;
  type: number;
  readonly shape: number[];
  offset: number;
  bytes: number;
  elsewhere: boolean;
  apart: boolean;
  readonly numbers: number[];
}

function readTensor(field: ProtobufField): Read {
  const read: Read = { name: "", type: 0, shape: [], offset: field.offset, bytes: 0, elsewhere: false, apart: false, numbers: [] };
  for (const part of field.message()) {
    if (part.number === 1) read.shape.push(...part.integers(MOST_DIMENSIONS));
    else if (part.number === 2) read.type = part.integer();
    else if (part.number === 8) read.name = nameOf(part);
    else if (part.number === 4 || part.number === 9) [read.offset, read.bytes] = [part.offset, part.length];
    else if (part.number === 5 || part.number === 7) read.numbers.push(...part.integers(MOST_NUMBERS));
    else if ([6, 10, 11].includes(part.number)) read.apart = true;
    else if (part.number === 13) read.elsewhere = true;
    else if (part.number === 14 && part.integer() !== 0) read.elsewhere = true;
    limited(part, "dims", read.shape.length, MOST_DIMENSIONS);
    limited(part, "data", read.numbers.length, MOST_NUMBERS);
  }
  return read;
}

function addTensor(field: ProtobufField, tensors: Map<string, OnnxTensor>): void {
  limited(field, "model.graph.initializer", tensors.size + 1, MOST_TENSORS);
  const { name, type: number, shape, offset, bytes, elsewhere, apart, numbers } = readTensor(field);
  const known = types[number];
  const refuse = (why: { en: string; zh: string }) =>
    new InkstoneError("E_FORMAT_TENSOR_TYPE", { tensor: name, offset: field.offset, type: known?.name ?? String(number), why });
  if (tensors.has(name)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: "model.graph.initializer", offset: field.offset, name });
  if (elsewhere) throw refuse({ en: "its values lie in another file", zh: "数值在另一个文件中" });
  let elements = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      const allowed = { en: "a size", zh: "一个尺寸" };
      throw new InkstoneError("E_FORMAT_VALUE", { field: `${name}.dims`, offset: field.offset, value: size, allowed });
    }
    elements *= size;
    if (!Number.isSafeInteger(elements)) throw new InkstoneError("E_FORMAT_OVERFLOW", { tensor: name, offset: field.offset });
  }
  const type = apart ? undefined : known?.name;
  const listed = numbers.length > 0 && numbers.length === elements && bytes === 0;
  if (type !== undefined && known !== undefined && !listed && elements * known.bytes !== bytes) {
    throw new InkstoneError("E_FORMAT_LENGTH", { field: name, offset, length: elements * known.bytes, remaining: bytes });
  }
  tensors.set(name, { name, shape, type, offset, bytes, elements, ...(listed ? { numbers } : {}) });
}

function readBytes(source: ByteSource, tensor: OnnxTensor, byteStart: number, into: Uint8Array): void {
  const { name, offset: start, bytes } = tensor;
  const inside = Number.isSafeInteger(byteStart) && byteStart >= 0 && byteStart + into.length <= bytes;
  if (!inside) throw new InkstoneError("E_FORMAT_RANGE", { field: name, start: byteStart, bytes: into.length, size: bytes });
  const available = source.read(start + byteStart, into);
  if (available < into.length)
    throw new InkstoneError("E_FORMAT_TRUNCATED", { field: name, offset: start + byteStart, needed: into.length, available });
}
