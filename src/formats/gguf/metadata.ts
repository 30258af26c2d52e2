// The key-value part of a GGUF file: typed getters. Scalars are held; arrays stay in the file until they are asked for. Knows no model.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";
import { Cursor } from "./cursor.ts";
import { type GgufValueType, valueBytes } from "./types.ts";

/** A scalar value. 64-bit integers beyond 2^53 are bigints. */
export type GgufScalar = number | bigint | boolean | string;

/** What is known of one key. */
export interface GgufEntry {
  readonly key: string;
  readonly type: GgufValueType;
  /** Where its value begins in the file. */
  readonly offset: number;
  /** The value, unless it is an array. */
  readonly value?: GgufScalar;
  readonly array?: GgufArray;
}

/** Where an array lies. */
export interface GgufArray {
  readonly type: GgufValueType;
  readonly count: number;
  /** Where its first element begins. */
  readonly start: number;
  /** Bytes of its strings together, without their lengths; 0 for numbers. */
  readonly stringBytes: number;
}

/** Numbers of an array in the type of the file; 64-bit integers come as exact numbers. */
export type GgufNumbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Strings end to end: string i is bytes [offsets[i], offsets[i+1]), UTF-8. */
export interface StringBytes {
  readonly bytes: Uint8Array;
  /** One more than there are strings. */
  readonly offsets: Uint32Array;
}

/**
 * Metadata of a GGUF file by key. A getter that meets another type throws E_FORMAT_TYPE, one that meets nothing E_FORMAT_MISSING, both naming the key.
 * Arrays are read at the first call and kept; after the file is closed only those are there.
 *
 * @example
 * const { metadata } = await openGguf("model.gguf");
 * metadata.numberOr("llama.context_length", 2048); // 512
 */
export class GgufMetadata {
  readonly #entries: ReadonlyMap<string, GgufEntry>;
  readonly #source: ByteSource;
  readonly #arrays = new Map<string, StringBytes | GgufNumbers>();

  constructor(entries: ReadonlyMap<string, GgufEntry>, source: ByteSource) {
    this.#entries = entries;
    this.#source = source;
  }

  /** Keys in the order of the file. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }
  has(key: string): boolean {
    return this.#entries.has(key);
  }
  /** Type and place of a key, or undefined. */
  entry(key: string): GgufEntry | undefined {
    return this.#entries.get(key);
  }
  /** Where the value of a key begins in the file; for messages. */
  offset(key: string): number {
    return this.#need(key).offset;
  }

  /** A string. */
  string(key: string): string {
    return this.#scalar(key, "string", ["string"]);
  }
  stringOr<T>(key: string, fallback: T): string | T {
    return this.has(key) ? this.string(key) : fallback;
  }
  /** Any number type, as an exact number; a 64-bit integer beyond 2^53 is E_FORMAT_VALUE. Floats can be NaN or infinite. */
  number(key: string): number {
    const { value, offset } = this.#need(key);
    if (typeof value === "bigint") throw new InkstoneError("E_FORMAT_VALUE", { field: key, offset, value, allowed: ["-(2^53-1)…2^53-1"] });
    return this.#scalar(key, "number", { en: "a number", zh: "数值" });
  }
  numberOr<T>(key: string, fallback: T): number | T {
    return this.has(key) ? this.number(key) : fallback;
  }
  boolean(key: string): boolean {
    return this.#scalar(key, "boolean", ["bool"]);
  }
  booleanOr<T>(key: string, fallback: T): boolean | T {
    return this.has(key) ? this.boolean(key) : fallback;
  }

  /** Elements of an array. */
  count(key: string): number {
    return this.#array(key).count;
  }
  /** An array of strings as they lie in the file, without making JavaScript strings: for the native side. */
  stringBytes(key: string): StringBytes {
    const array = this.#array(key, ["string"]);
    return this.#once(key, () => new Cursor(this.#source, array.start).strings(array.count, array.stringBytes, key)) as StringBytes;
  }
  /** An array of strings. */
  strings(key: string): string[] {
    const { bytes, offsets } = this.stringBytes(key);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: offsets.length - 1 }, (_, i) => text.toString("utf8", offsets[i], offsets[i + 1]));
  }
  stringsOr<T>(key: string, fallback: T): string[] | T {
    return this.has(key) ? this.strings(key) : fallback;
  }
  /** An array of numbers, in a typed array of its own type. */
  numbers(key: string): GgufNumbers {
    const array = this.#array(key, Object.keys(numberReaders));
    return this.#once(key, () => readNumbers(this.#source, array, key)) as GgufNumbers;
  }
  /** An array of bools. */
  booleans(key: string): boolean[] {
    const { count, start } = this.#array(key, ["bool"]);
    return Array.from(new Cursor(this.#source, start).bytes(count, key), (byte) => byte === 1);
  }

  #need(key: string): GgufEntry {
    const entry = this.#entries.get(key);
    if (entry === undefined) throw new InkstoneError("E_FORMAT_MISSING", { field: key });
    return entry;
  }

  #scalar<K extends "string" | "number" | "boolean">(
    key: string,
    kind: K,
    expected: Phrase,
  ): { string: string; number: number; boolean: boolean }[K] {
    const entry = this.#need(key);
    if (typeof entry.value !== kind) throw wrongType(entry, expected);
    return entry.value as { string: string; number: number; boolean: boolean }[K];
  }

  #array(key: string, types?: readonly string[]): GgufArray {
    const entry = this.#need(key);
    if (entry.array === undefined || (types !== undefined && !types.includes(entry.array.type))) throw wrongType(entry, arrayWords(types));
    return entry.array;
  }

  #once(key: string, load: () => StringBytes | GgufNumbers): StringBytes | GgufNumbers {
    const known = this.#arrays.get(key) ?? load();
    this.#arrays.set(key, known);
    return known;
  }
}

/** The type of an entry in words: "uint32" or "array of string". */
export function typeWords(entry: GgufEntry): string {
  return entry.array === undefined ? entry.type : `array of ${entry.array.type}`;
}

/** E_FORMAT_TYPE for an entry. */
// What an array should hold.
function arrayWords(types: readonly string[] | undefined): Phrase {
  if (types === undefined) return { en: "array", zh: "数组" };
  return types.length === 1 ? arrayOf(types[0]) : { en: "array of numbers", zh: "数值数组" };
}

/** An array of a type, in words. */
export const arrayOf = (type: string): Phrase => ({ en: `array of ${type}`, zh: `${type} 数组` });

/** What says that a value is of another type than `expected`. */
export function wrongType(entry: GgufEntry, expected: Phrase): InkstoneError {
  return new InkstoneError("E_FORMAT_TYPE", { field: entry.key, offset: entry.offset, expected, got: typeWords(entry) });
}

const wide = (value: bigint, key: string, offset: number): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new InkstoneError("E_FORMAT_VALUE", { field: key, offset, value, allowed: ["-(2^53-1)…2^53-1"] });
  return number;
};

type Filler = (view: DataView, count: number, place: { key: string; start: number }) => GgufNumbers;
const numberReaders: Partial<Record<GgufValueType, Filler>> = {
  uint8: (view, n) => Uint8Array.from({ length: n }, (_, i) => view.getUint8(i)),
  int8: (view, n) => Int8Array.from({ length: n }, (_, i) => view.getInt8(i)),
  uint16: (view, n) => Uint16Array.from({ length: n }, (_, i) => view.getUint16(2 * i, true)),
  int16: (view, n) => Int16Array.from({ length: n }, (_, i) => view.getInt16(2 * i, true)),
  uint32: (view, n) => Uint32Array.from({ length: n }, (_, i) => view.getUint32(4 * i, true)),
  int32: (view, n) => Int32Array.from({ length: n }, (_, i) => view.getInt32(4 * i, true)),
  float32: (view, n) => Float32Array.from({ length: n }, (_, i) => view.getFloat32(4 * i, true)),
  float64: (view, n) => Float64Array.from({ length: n }, (_, i) => view.getFloat64(8 * i, true)),
  uint64: (view, n, p) => Float64Array.from({ length: n }, (_, i) => wide(view.getBigUint64(8 * i, true), p.key, p.start + 8 * i)),
  int64: (view, n, p) => Float64Array.from({ length: n }, (_, i) => wide(view.getBigInt64(8 * i, true), p.key, p.start + 8 * i)),
};

function readNumbers(source: ByteSource, array: GgufArray, key: string): GgufNumbers {
  const bytes = new Cursor(source, array.start).bytes(array.count * valueBytes[array.type], key);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return numberReaders[array.type]!(view, array.count, { key, start: array.start });
}
