// Parses what stands before the tensor data of a GGUF file: counts, metadata, tensor descriptors. Reads forward once, in small pieces; arrays are
// checked and passed over. Source: the GGUF specification of ggml (docs/gguf.md), versions 2 and 3, little-endian.
import { ggufLimits, InkstoneError, type Phrase } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";
import { Cursor } from "./cursor.ts";
import type { GgufArray, GgufEntry, GgufScalar } from "./metadata.ts";
import { type GgufValueType, valueBytes, valueTypeNames } from "./types.ts";

const MAGIC = "GGUF";
const HEADER_BYTES = 24;
const VERSIONS = [2, 3];

/** The fixed part and the metadata; `cursor` stands at the first tensor descriptor. */
export interface GgufHead {
  readonly version: number;
  readonly tensorCount: number;
  readonly entries: ReadonlyMap<string, GgufEntry>;
  readonly cursor: Cursor;
}

/** Reads magic, version, counts and every metadata entry. Errors: E_FORMAT_*, each naming the field and where it begins. */
export function readHead(source: ByteSource): GgufHead {
  const cursor = new Cursor(source, 0, ggufLimits.headerBytes);
  if (source.size >= MAGIC.length) checkMagic(cursor);
  if (source.size < HEADER_BYTES)
    throw new InkstoneError("E_FORMAT_TRUNCATED", { field: "header", offset: 0, needed: HEADER_BYTES, available: source.size });
  const version = readVersion(cursor);
  const tensorCount = readCount(cursor, "n_tensors", ggufLimits.tensors);
  const entryCount = readCount(cursor, "n_kv", ggufLimits.entries);
  const entries = new Map<string, GgufEntry>();
  for (let i = 0; i < entryCount; i++) {
    const entry = readEntry(cursor, i, entries);
    entries.set(entry.key, entry);
  }
  return { version, tensorCount, entries, cursor };
}

function checkMagic(cursor: Cursor): void {
  const { view, at } = cursor.view(MAGIC.length, "magic");
  const got = String.fromCharCode(...MAGIC.split("").map((_, i) => view.getUint8(at + i)));
  if (got !== MAGIC) throw new InkstoneError("E_FORMAT_MAGIC", { got, expected: MAGIC, offset: 0 });
}

function readVersion(cursor: Cursor): number {
  const offset = cursor.position;
  const version = cursor.uint32("version");
  if (VERSIONS.includes(version)) return version;
  const swapped = ((version & 0xff) << 24) | ((version & 0xff00) << 8) | ((version >>> 8) & 0xff00) | (version >>> 24);
  const bigEndian: Phrase = { en: "the file is big-endian, only little-endian is read", zh: "文件为大端字节序，仅支持小端" };
  const other: Phrase = { en: `versions ${VERSIONS.join(" and ")} are read`, zh: `可读取的版本为 ${VERSIONS.join(" 和 ")}` };
  throw new InkstoneError("E_FORMAT_VERSION", { version, offset, why: VERSIONS.includes(swapped) || swapped === 1 ? bigEndian : other });
}

function readCount(cursor: Cursor, field: string, limit: number): number {
  const offset = cursor.position;
  const value = cursor.uint64(field);
  if (typeof value === "bigint" || value > limit) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset, value, limit });
  return value;
}

function readEntry(cursor: Cursor, index: number, known: ReadonlyMap<string, GgufEntry>): GgufEntry {
  const field = `kv[${index}].key`;
  const at = cursor.position;
  const key = cursor.string(field, ggufLimits.keyBytes);
  checkKey(key, field, at);
  if (known.has(key)) throw new InkstoneError("E_FORMAT_DUPLICATE", { field, offset: at, name: key });
  const type = readType(cursor, `kv[${index}].type`);
  const offset = cursor.position;
  if (type === "array") return { key, type, offset, array: readArray(cursor, key) };
  return { key, type, offset, value: readScalar(cursor, type, key) };
}

function checkKey(name: string, field: string, offset: number): void {
  if (name === "")
    throw new InkstoneError("E_FORMAT_VALUE", { field: `length of ${field}`, offset, value: 0, allowed: [`1…${ggufLimits.keyBytes}`] });
  if (/\p{Cc}/u.test(name))
    throw new InkstoneError("E_FORMAT_NAME", { field, offset, name, why: { en: "it holds control characters", zh: "含有控制字符" } });
}

function readType(cursor: Cursor, field: string): GgufValueType {
  const offset = cursor.position;
  const number = cursor.uint32(field);
  const name = valueTypeNames[number];
  if (name === undefined) throw new InkstoneError("E_FORMAT_VALUE", { field, offset, value: number, allowed: [`0…${valueTypeNames.length - 1}`] });
  return name;
}

function readScalar(cursor: Cursor, type: GgufValueType, key: string): GgufScalar {
  if (type === "string") return cursor.string(key);
  const offset = cursor.position;
  const { view, at } = cursor.view(valueBytes[type], key);
  const value = scalars[type]!(view, at);
  if (type === "bool") {
    if (value !== 0 && value !== 1) throw new InkstoneError("E_FORMAT_VALUE", { field: key, offset, value, allowed: ["0", "1"] });
    return value === 1;
  }
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const scalars: Partial<Record<GgufValueType, (view: DataView, at: number) => number | bigint>> = {
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int32: (view, at) => view.getInt32(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  bool: (view, at) => view.getUint8(at),
  uint64: (view, at) => view.getBigUint64(at, true),
  int64: (view, at) => view.getBigInt64(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};

function readArray(cursor: Cursor, key: string): GgufArray {
  const offset = cursor.position;
  const type = readType(cursor, `type of ${key}`);
  if (type === "array")
    throw new InkstoneError("E_FORMAT_TYPE", { field: key, offset, expected: { en: "array of values", zh: "值的数组" }, got: "array of arrays" });
  const count = cursor.length(key, { unit: valueBytes[type] });
  const start = cursor.position;
  if (type === "string") return { type, count, start, stringBytes: cursor.skipStrings(count, key) };
  if (type === "bool") checkBools(cursor, count, key);
  else cursor.skip(count * valueBytes[type], key);
  return { type, count, start, stringBytes: 0 };
}

function checkBools(cursor: Cursor, count: number, key: string): void {
  for (let i = 0; i < count; i++) {
    const value = cursor.uint8(key);
    if (value > 1) throw new InkstoneError("E_FORMAT_VALUE", { field: `${key}[${i}]`, offset: cursor.position - 1, value, allowed: ["0", "1"] });
  }
}
