// Little-endian numbers and texts of a binary file, one after another, each checked against what is left of it. Knows no format.
import { InkstoneError } from "../../core/index.ts";
import type { ByteSource } from "../source.ts";

/** Longest text. */
const MOST_TEXT = 1024;

/** Walks a source from its beginning. Errors: `E_FORMAT_TRUNCATED`, `E_FORMAT_LIMIT`, `E_FORMAT_UTF8` with field and byte. */
export class Walker {
  readonly #source: ByteSource;
  #offset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes that have been walked. */
  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#source.size - this.#offset;
  }

  #bytes(field: string, count: number): DataView<ArrayBuffer> {
    const into = new Uint8Array(count);
    const available = this.#source.read(this.#offset, into);
    if (available < count) throw new InkstoneError("E_FORMAT_TRUNCATED", { field, offset: this.#offset, needed: count, available });
    this.#offset += count;
    return new DataView(into.buffer);
  }

  u8(field: string): number {
    return this.#bytes(field, 1).getUint8(0);
  }

  u16(field: string): number {
    return this.#bytes(field, 2).getUint16(0, true);
  }

  u32(field: string): number {
    return this.#bytes(field, 4).getUint32(0, true);
  }

  i32(field: string): number {
    return this.#bytes(field, 4).getInt32(0, true);
  }

  /** A number of eight bytes, at most `most`. */
  u64(field: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const offset = this.#offset;
    const value = this.#bytes(field, 8).getBigUint64(0, true);
    if (value > most) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset, value, limit: most });
    return Number(value);
  }

  /** A text of so many bytes, its closing NUL (where there is one) among them. */
  text(field: string, length: number): string {
    const offset = this.#offset;
    if (length > MOST_TEXT) throw new InkstoneError("E_FORMAT_LIMIT", { field, offset, value: length, limit: MOST_TEXT });
    const bytes = this.#bytes(field, length);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\0$/, "");
    } catch {
      throw new InkstoneError("E_FORMAT_UTF8", { field, offset });
    }
  }

  /** Leaves out so many bytes, which must be there. */
  skip(field: string, count: number): void {
    if (count > this.left) throw new InkstoneError("E_FORMAT_LENGTH", { field, offset: this.#offset, length: count, remaining: this.left });
    this.#offset += count;
  }

  /** Nothing is left. */
  end(): void {
    if (this.left === 0) return;
    const allowed = { en: "no bytes behind the last part", zh: "末尾没有多余字节" };
    throw new InkstoneError("E_FORMAT_VALUE", { field: "end", offset: this.#offset, value: this.left, allowed });
  }
}
