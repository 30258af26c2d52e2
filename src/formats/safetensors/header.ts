// The header of a safetensors file, read and checked before anything is allocated for its tensors. Source: the format's README and the reference reader (tensor.rs).
import { isUtf8 } from "node:buffer";
import { InkstoneError, safetensorsLimits } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";
import { HeaderScanner } from "./scan.ts";
import { type SafetensorsType, safetensorsTypes } from "./types.ts";

/** A tensor of a file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** What stands before the values. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their values. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** Bytes of the length field. */
const LENGTH_BYTES = 8;

/** Reads and checks the header. Errors: E_FORMAT_* naming the field and its byte. */
export function readHeader(source: ByteSource): SafetensorsHeader {
  const text = headerText(source);
  const dataStart = LENGTH_BYTES + text.bytes;
  const scanner = new HeaderScanner(text.text);
  const metadata = new Map<string, string>();
  const found = new Map<string, SafetensorsEntry>();
  let hasMetadata = false;
  scanner.object("header", (name) => {
    const offset = scanner.offset;
    if (found.has(name) || (name === "__metadata__" && hasMetadata)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: "header", offset, name });
    checkName(name, offset);
    if (name === "__metadata__") {
      hasMetadata = true;
      readMetadata(scanner, metadata);
      return;
    }
    limit("tensors", offset, found.size + 1, safetensorsLimits.tensors);
    found.set(name, readEntry(scanner, name, dataStart));
  });
  scanner.end();
  return { metadata, tensors: checkLayout(found, dataStart, source.size) };
}

function headerText(source: ByteSource): { text: string; bytes: number } {
  const field = new Uint8Array(LENGTH_BYTES);
  const available = source.read(0, field);
  if (available < LENGTH_BYTES) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: "header length", offset: 0, needed: LENGTH_BYTES, available });
  const length = new DataView(field.buffer).getBigUint64(0, true);
  limit("header length", 0, length, safetensorsLimits.headerBytes);
  const bytes = Number(length);
  if (bytes < 2)
    throw new InkstoneError("E_FORMAT_VALUE", {
      field: "header length",
      offset: 0,
      value: bytes,
      allowed: { en: "2 bytes or more", zh: "至少 2 字节" },
    });
  const remaining = source.size - LENGTH_BYTES;
  if (bytes > remaining) throw new InkstoneError("E_FORMAT_LENGTH", { field: "header length", offset: 0, length: bytes, remaining });
  const header = new Uint8Array(bytes);
  const got = source.read(LENGTH_BYTES, header);
  if (got < bytes) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: "header", offset: LENGTH_BYTES, needed: bytes, available: got });
  if (!isUtf8(header)) throw new InkstoneError("E_FORMAT_UTF8", { field: "header", offset: LENGTH_BYTES });
  // The reference reader refuses space before the first brace: it would hide another format.
  if (header[0] !== 0x7b)
    throw new InkstoneError("E_FORMAT_VALUE", { field: "header", offset: LENGTH_BYTES, value: String.fromCharCode(header[0]), allowed: ["{"] });
  return { text: new TextDecoder().decode(header), bytes };
}

function limit(field: string, offset: number, value: number | bigint, most: number): void {
  if (value > most) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset, value, limit: most });
}

function checkName(name: string, offset: number): void {
  limit("header name length", offset, name.length, safetensorsLimits.nameLength);
  const why = name === "" ? { en: "it is empty", zh: "为空" } : { en: "it holds a NUL", zh: "含有 NUL 字符" };
  if (name === "" || name.includes("\0")) throw new InkstoneError("E_FORMAT_NAME", { field: "header", offset, name, why });
}

function readMetadata(scanner: HeaderScanner, into: Map<string, string>): void {
  scanner.object("__metadata__", (key) => {
    if (into.has(key)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: "__metadata__", offset: scanner.offset, name: key });
    limit("__metadata__ entries", scanner.offset, into.size + 1, safetensorsLimits.metadata);
    into.set(key, scanner.string(`__metadata__.${key}`));
  });
}

function readEntry(scanner: HeaderScanner, name: string, dataStart: number): SafetensorsEntry {
  const place = scanner.offset;
  const read = new Map<string, string | number[]>();
  scanner.object(name, (key) => {
    if (read.has(key)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field: name, offset: scanner.offset, name: key });
    if (key === "dtype") read.set(key, scanner.string(`${name}.dtype`));
    else if (key === "shape") read.set(key, scanner.numbers(`${name}.shape`, safetensorsLimits.dimensions));
    else if (key === "data_offsets") read.set(key, scanner.numbers(`${name}.data_offsets`, 2));
    else throw new InkstoneError("E_FORMAT_VALUE", { field: name, offset: scanner.offset, value: key, allowed: ["dtype", "shape", "data_offsets"] });
  });
  for (const key of ["dtype", "shape", "data_offsets"]) if (!read.has(key)) throw new InkstoneError("E_FORMAT_MISSING", { field: `${name}.${key}` });
  const type = read.get("dtype") as string;
  const shape = read.get("shape") as number[];
  const [begin = -1, end = -1] = read.get("data_offsets") as number[];
  if (!Object.hasOwn(safetensorsTypes, type)) {
    throw new InkstoneError("E_FORMAT_TENSOR_TYPE", { tensor: name, offset: place, type, why: { en: "it is not known", zh: "未知类型" } });
  }
  if (end < begin || begin < 0)
    throw new InkstoneError("E_FORMAT_VALUE", {
      field: `${name}.data_offsets`,
      offset: place,
      value: `[${begin}, ${end}]`,
      allowed: { en: "a begin and an end behind it", zh: "起点及其后的终点" },
    });
  const bytes = bytesOf(name, place, shape, safetensorsTypes[type as SafetensorsType].bytes);
  if (end - begin !== bytes)
    throw new InkstoneError("E_FORMAT_VALUE", {
      field: `${name}.data_offsets`,
      offset: place,
      value: end - begin,
      allowed: { en: `${bytes} bytes, as the shape says`, zh: `${bytes} 字节（由形状决定）` },
    });
  return { name, type: type as SafetensorsType, shape, offset: dataStart + begin, bytes };
}

function bytesOf(tensor: string, offset: number, shape: readonly number[], each: number): number {
  let bytes = each;
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) throw new InkstoneError("E_FORMAT_OVERFLOW", { tensor, offset });
  }
  return bytes;
}

// Values lie end to end, without holes, and fill the file: nothing else can hide in it.
function checkLayout(found: Map<string, SafetensorsEntry>, dataStart: number, size: number): Map<string, SafetensorsEntry> {
  const ordered = [...found.values()].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let expected = dataStart;
  for (const { name, offset, bytes } of ordered) {
    const why = offset < expected ? { en: "it overlaps another tensor", zh: "与另一张量重叠" } : { en: "a hole lies before it", zh: "其前有空洞" };
    if (offset !== expected) throw new InkstoneError("E_FORMAT_TENSOR_OFFSET", { tensor: name, offset: 0, got: offset, expected, why });
    expected += bytes;
    if (expected > size) throw new InkstoneError("E_FORMAT_TENSOR_END", { tensor: name, offset: 0, end: expected, available: size });
  }
  if (expected !== size)
    throw new InkstoneError("E_FORMAT_VALUE", {
      field: "data",
      offset: expected,
      value: size - expected,
      allowed: { en: "no bytes behind the last tensor", zh: "最后一个张量之后没有多余字节" },
    });
  return new Map(ordered.map((entry) => [entry.name, entry]));
}
