// Reads little-endian values one after another through a small window on a source. Every length is checked before anything is read or reserved.
import { isUtf8 } from "node:buffer";
import { ggufLimits, InkstoneError } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";
import { copyStrings, type StringTarget, skipStrings, type Walk } from "./walk.ts";

const FIRST_PIECE = 4 << 10;
const LARGEST_PIECE = 256 << 10;

/** A position in a source, and the next values from there. Errors carry the field that was being read and the byte where it begins. */
export class Cursor {
  readonly source: ByteSource;
  /** First byte after which nothing may be read: the end of the file, or the limit of a header. */
  readonly #limit: number;
  #window: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #at = 0;
  #filled = 0;
  #piece: number = FIRST_PIECE;

  constructor(source: ByteSource, position = 0, limit: number = Number.POSITIVE_INFINITY) {
    this.source = source;
    this.#start = position;
    this.#limit = limit;
  }

  /** Bytes from the start of the source. */
  get position(): number {
    return this.#start + this.#at;
  }
  /** Bytes from here to the end of the source. */
  get remaining(): number {
    return this.source.size - this.position;
  }

  uint8(field: string): number {
    return this.#window[this.#take(1, field)];
  }
  uint32(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }
  /** A 64-bit length or count: a number where it is exact, else a bigint, which no limit allows. */
  uint64(field: string): number | bigint {
    const at = this.#take(8, field);
    const high = this.#view.getUint32(at + 4, true);
    return high < 0x20_0000 ? high * 2 ** 32 + this.#view.getUint32(at, true) : this.#view.getBigUint64(at, true);
  }
  /** The next bytes as a view for one typed read: `at` counts from its start. Valid until the next read. */
  view(bytes: number, field: string): { view: DataView; at: number } {
    return { at: this.#take(bytes, field), view: this.#view };
  }

  /** The length of a string or a list of `unit`-byte elements, checked against the bytes that are left and against `limit`. */
  length(field: string, { unit = 1, limit = Number.POSITIVE_INFINITY }: { unit?: number; limit?: number } = {}): number {
    const offset = this.position;
    const length = this.uint64(field);
    const remaining = this.remaining;
    if (typeof length === "bigint" || length > remaining / unit) throw new InkstoneError("E_FORMAT_LENGTH", { field, offset, length, remaining });
    if (length > limit) throw new InkstoneError("E_FORMAT_LIMIT", { field: `length of ${field}`, offset, value: length, limit });
    return length;
  }

  /** A string with its length before it; must be UTF-8. */
  string(field: string, limit: number = ggufLimits.stringBytes): string {
    const offset = this.position;
    const length = this.length(field, { limit });
    const bytes = length <= LARGEST_PIECE ? this.#near(length, field) : this.bytes(length, field);
    if (!isUtf8(bytes)) throw new InkstoneError("E_FORMAT_UTF8", { field, offset });
    return bytes.toString("utf8");
  }

  /** Walks over `count` strings of an array, checking each; returns the sum of their lengths. */
  skipStrings(count: number, field: string): number {
    return this.#walk(count, field);
  }

  /** The strings that `skipStrings` walked over: bytes end to end, and where each begins (count + 1 numbers). */
  strings(count: number, total: number, field: string): { bytes: Uint8Array; offsets: Uint32Array } {
    const bytes = new Uint8Array(total);
    const offsets = new Uint32Array(count + 1);
    if (this.#walk(count, field, { bytes, offsets }) !== total) throw this.#changed(field, total);
    return { bytes, offsets };
  }

  /** A copy of the next bytes, of a length that was checked before. */
  bytes(length: number, field: string): Uint8Array {
    this.#need(length, field);
    const into = Buffer.alloc(length);
    const got = this.source.read(this.position, into);
    if (got < length) throw new InkstoneError("E_FORMAT_TRUNCATED", { field, offset: this.position, needed: length, available: got });
    this.skip(length, field);
    return into;
  }

  /** Goes on without reading. */
  skip(bytes: number, field: string): void {
    this.#need(bytes, field);
    this.#at += bytes;
  }

  #walk(count: number, field: string, into?: StringTarget): number {
    const walk: Walk = { at: this.#at, done: 0, total: 0 };
    while (walk.done < count) {
      this.#nextString(walk, field, into);
      const stretch = { window: this.#window, end: this.#filled, count };
      if (into !== undefined) copyStrings(stretch, into, walk);
      else {
        const wrong = skipStrings(stretch, walk);
        if (wrong >= 0) throw new InkstoneError("E_FORMAT_UTF8", { field: `${field}[${wrong}]`, offset: this.position });
      }
      this.#at = walk.at;
    }
    return walk.total;
  }

  // One string with every check that there is: the first of each stretch, and so every one that a stretch cannot pass.
  #nextString(walk: Walk, field: string, into?: StringTarget): void {
    const element = `${field}[${walk.done}]`;
    const offset = this.position;
    const length = this.length(element, { limit: ggufLimits.elementBytes });
    const bytes = this.#near(length, element);
    if (!isUtf8(bytes)) throw new InkstoneError("E_FORMAT_UTF8", { field: element, offset });
    if (into !== undefined) {
      // A file that is still what it was when it was checked has room for each.
      if (walk.total + length > into.bytes.length) throw this.#changed(element, length);
      into.bytes.set(bytes, walk.total);
      into.offsets[walk.done + 1] = walk.total + length;
    }
    walk.done++;
    walk.total += length;
    walk.at = this.#at;
  }

  #near(length: number, field: string): Buffer {
    const at = this.#take(length, field);
    return this.#window.subarray(at, at + length);
  }

  #take(bytes: number, field: string): number {
    if (this.#at + bytes > this.#filled) this.#fill(bytes, field);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  #need(needed: number, field: string): void {
    const offset = this.position;
    if (needed > this.remaining) throw new InkstoneError("E_FORMAT_TRUNCATED", { field, offset, needed, available: Math.max(0, this.remaining) });
    if (offset + needed > this.#limit)
      throw new InkstoneError("E_FORMAT_LIMIT", { field: "header", offset, value: offset + needed, limit: this.#limit });
  }

  // The next piece of the source, from the current position. Pieces double: a small file costs little, a large one few reads.
  #fill(needed: number, field: string): void {
    this.#need(needed, field);
    const length = Math.min(this.remaining, Math.max(needed, this.#piece));
    this.#piece = Math.min(LARGEST_PIECE, this.#piece * 2);
    this.#start = this.position;
    if (length > this.#window.length) {
      const bytes = new ArrayBuffer(length);
      this.#window = Buffer.from(bytes);
      this.#view = new DataView(bytes);
    }
    this.#at = 0;
    this.#filled = this.source.read(this.#start, this.#window.subarray(0, length));
    if (this.#filled < needed) throw new InkstoneError("E_FORMAT_TRUNCATED", { field, offset: this.#start, needed, available: this.#filled });
  }

  #changed(field: string, total: number): InkstoneError {
    return new InkstoneError("E_FORMAT_LENGTH", { field, offset: this.position, length: total, remaining: this.remaining });
  }
}
