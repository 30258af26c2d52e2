// A protobuf message, walked field by field without a schema: nothing is read that is not asked for. Source: https://protobuf.dev/programming-guides/encoding. Knows no message.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { type ByteSource, memorySource } from "../source.ts";

const someBytes = { en: "bytes", zh: "字节" };

/** Bytes that are read at once. */
const PAGE = 1 << 16;
/** Most bytes of a text; names are shorter. */
const MOST_TEXT = 1 << 20;

/** Bytes of a source by pages: numbers lie close together, values are skipped. */
class Pages {
  readonly source: ByteSource;
  #start = 0;
  #page: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource) {
    this.source = source;
  }

  byte(at: number): number {
    if (at < this.#start || at >= this.#start + this.#page.length) this.#load(at);
    return this.#page[at - this.#start];
  }

  #load(at: number): void {
    const page = Buffer.alloc(Math.min(PAGE, this.source.size - at));
    const got = this.source.read(at, page);
    if (got === 0) throw new InkstoneError("E_FORMAT_TRUNCATED", { field: this.source.name, offset: at, needed: 1, available: 0 });
    this.#start = at;
    this.#page = page.subarray(0, got);
  }
}

/** One field of a message: its number and where its value lies. */
export class ProtobufField {
  readonly number: number;
  /** Byte of the file at which the value begins, and how many it has. */
  readonly offset: number;
  readonly length: number;
  readonly #wire: number;
  readonly #value: bigint;
  readonly #pages: Pages;
  readonly #path: string;

  constructor(pages: Pages, path: string, found: { number: number; wire: number; offset: number; length: number; value: bigint }) {
    this.number = found.number;
    this.offset = found.offset;
    this.length = found.length;
    this.#wire = found.wire;
    this.#value = found.value;
    this.#pages = pages;
    this.#path = path;
  }

  get #field(): string {
    return `${this.#path}.${this.number}`;
  }

  /** Whether it is a whole number. */
  get isNumber(): boolean {
    return this.#wire === 0;
  }

  #needs(wire: number, expected: Phrase): void {
    if (this.#wire === wire) return;
    const got = ["varint", "64-bit", "bytes", "group", "group", "32-bit"][this.#wire];
    throw new InkstoneError("E_FORMAT_TYPE", { field: this.#field, offset: this.offset, expected, got });
  }

  /** A whole number with its sign. Errors: E_FORMAT_TYPE; E_FORMAT_VALUE where no number of JavaScript holds it. */
  integer(): number {
    this.#needs(0, { en: "a number", zh: "数" });
    const value = Number(BigInt.asIntN(64, this.#value));
    if (Number.isSafeInteger(value)) return value;
    const allowed = { en: "a whole number below 2^53", zh: "小于 2^53 的整数" };
    throw new InkstoneError("E_FORMAT_VALUE", { field: this.#field, offset: this.offset, value: this.#value, allowed });
  }

  /** A number of four bytes. */
  float(): number {
    this.#needs(5, { en: "four bytes", zh: "四个字节" });
    return this.#content().readFloatLE(0);
  }

  /** Its bytes, copied. Errors: E_FORMAT_TYPE, E_MEMORY. */
  bytes(): Uint8Array {
    this.#needs(2, someBytes);
    return this.#content();
  }

  /** Its bytes as text. Errors: E_FORMAT_UTF8, E_FORMAT_LIMIT. */
  text(): string {
    this.#needs(2, someBytes);
    if (this.length > MOST_TEXT)
      throw new InkstoneError("E_FORMAT_LIMIT", { field: this.#field, offset: this.offset, value: this.length, limit: MOST_TEXT });
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#content());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new InkstoneError("E_FORMAT_UTF8", { field: this.#field, offset: this.offset });
    }
  }

  /** Its bytes as a message. */
  message(): ProtobufReader {
    this.#needs(2, someBytes);
    return new ProtobufReader(this.#pages, this.#field, this.offset, this.offset + this.length);
  }

  /** Whole numbers, one or packed. Errors: E_FORMAT_LIMIT beyond `most`. */
  integers(most: number): number[] {
    if (this.isNumber) return [this.integer()];
    this.#needs(2, someBytes);
    const found: number[] = [];
    for (let at = this.offset; at < this.offset + this.length; ) {
      if (found.length === most) throw new InkstoneError("E_FORMAT_LIMIT", { field: this.#field, offset: at, value: found.length + 1, limit: most });
      const { value, next } = varint(this.#pages, this.#field, at, this.offset + this.length);
      const number = Number(BigInt.asIntN(64, value));
      found.push(number);
      at = next;
    }
    return found;
  }

  #content(): Buffer {
    const bytes = Buffer.alloc(this.length);
    const available = this.#pages.source.read(this.offset, bytes);
    if (available < this.length)
      throw new InkstoneError("E_FORMAT_TRUNCATED", { field: this.#field, offset: this.offset, needed: this.length, available });
    return bytes;
  }
}

function varint(pages: Pages, field: string, from: number, end: number): { value: bigint; next: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    if (from + i >= end) throw new InkstoneError("E_FORMAT_TRUNCATED", { field, offset: from, needed: i + 1, available: end - from });
    const byte = pages.byte(from + i);
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  const allowed = { en: "a number of at most ten bytes", zh: "最多十字节的数" };
  throw new InkstoneError("E_FORMAT_VALUE", { field, offset: from, value, allowed });
}

/**
 * The fields of a message, in the order of the file. Lengths are checked against the message around them before anything is read.
 *
 * Errors, while it is walked: E_FORMAT_TRUNCATED, E_FORMAT_LENGTH, E_FORMAT_VALUE, with the path of field numbers and the byte.
 *
 * @example
 * [...new ProtobufReader(Uint8Array.of(0x08, 0x96, 0x01), "message")].map((field) => [field.number, field.integer()]); // [[1, 150]]
 */
export class ProtobufReader implements Iterable<ProtobufField> {
  readonly #pages: Pages;
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;

  constructor(source: Uint8Array | ByteSource | Pages, path: string, start = 0, end?: number) {
    this.#pages = source instanceof Pages ? source : new Pages(source instanceof Uint8Array ? memorySource(source) : source);
    this.#path = path;
    this.#start = start;
    this.#end = end ?? this.#pages.source.size;
  }

  *[Symbol.iterator](): Generator<ProtobufField, undefined> {
    for (let at = this.#start; at < this.#end; ) {
      const key = varint(this.#pages, this.#path, at, this.#end);
      const number = Number(key.value >> 3n);
      const wire = Number(key.value & 7n);
      const field = `${this.#path}.${number}`;
      if (number < 1 || number > 0x1fffffff || ![0, 1, 2, 5].includes(wire)) {
        const allowed = { en: "a field of protobuf", zh: "protobuf 字段" };
        throw new InkstoneError("E_FORMAT_VALUE", { field: this.#path, offset: at, value: key.value, allowed });
      }
      const first = wire === 0 || wire === 2 ? varint(this.#pages, field, key.next, this.#end) : { value: wire === 1 ? 8n : 4n, next: key.next };
      const offset = first.next;
      const length = wire === 0 ? 0 : first.value;
      const remaining = this.#end - offset;
      if (length > remaining) throw new InkstoneError("E_FORMAT_LENGTH", { field, offset, length, remaining });
      yield new ProtobufField(this.#pages, this.#path, { number, wire, offset, length: Number(length), value: first.value });
      at = offset + Number(length);
    }
  }
}
