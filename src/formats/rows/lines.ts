// Lines of text out of bytes: UTF-8 with or without a byte order mark, LF or CRLF, checked. Knows nothing of what the lines say.
import { isUtf8 } from "node:buffer";
import { InkstoneError, invalidUtf8At } from "../../core/index.ts";
import { GrowingBytes } from "./growing.ts";
import { type PlacedRow, type RowOptions, type RowReader, rowSettings } from "./row.ts";

const NEWLINE = 10;
const RETURN = 13;

/** Options of `LineReader`. */
export interface LineOptions extends RowOptions {
  /** Keep the carriage return of a CRLF: CSV needs it inside quotes. */
  readonly keepReturn?: boolean;
}

/**
 * Lines without their ends; a last line needs no end. A byte order mark at the start is no part of the text.
 *
 * Errors (thrown, or handed to `onBadRow` and the line left out): E_DATA_ENCODING with the byte for a NUL and for what is not UTF-8, E_DATA_LINE_BYTES.
 *
 * @example
 * const lines = new LineReader();
 * [...lines.push(Buffer.from("ink\r\nst"))]; // [{ value: "ink", line: 1 }]
 * [...lines.push(Buffer.from("one")), ...lines.end()]; // [{ value: "stone", line: 2 }]
 */
export class LineReader implements RowReader<string> {
  readonly #settings: ReturnType<typeof rowSettings>;
  readonly #keepReturn: boolean;
  readonly #held = new GrowingBytes();
  #line = 1;
  /** Bytes of the file before what is held. */
  #offset = 0;
  #skipping = false;

  constructor(options: LineOptions = {}) {
    this.#settings = rowSettings(options);
    this.#keepReturn = options.keepReturn === true;
  }

  *push(piece: Uint8Array): Generator<PlacedRow<string>> {
    let rest = piece;
    if (this.#skipping) {
      const end = rest.indexOf(NEWLINE) + 1;
      this.#offset += end === 0 ? rest.length : end;
      if (end === 0) return;
      this.#skipping = false;
      this.#line++;
      rest = rest.subarray(end);
    }
    const cut = rest.lastIndexOf(NEWLINE) + 1;
    if (cut > 0) yield* this.#whole(rest.subarray(0, cut));
    this.#hold(rest.subarray(cut));
  }

  *end(): Generator<PlacedRow<string>> {
    if (this.#held.length > 0) yield* this.#one(this.#held.take());
  }

  #hold(piece: Uint8Array): void {
    if (this.#held.length + piece.length <= this.#settings.maxLineBytes) {
      if (piece.length > 0) this.#held.append(piece);
      return;
    }
    this.#offset += this.#held.take().length + piece.length;
    this.#skipping = true;
    this.#tooLong();
  }

  // Bytes that end with a newline. Nearly always they are right as a whole, and are decoded as a whole.
  *#whole(piece: Uint8Array): Generator<PlacedRow<string>> {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    if (this.#held.length > 0) {
      // Not glued together beyond the limit: a row that is too long may go on for ever.
      const first = piece.indexOf(NEWLINE);
      if (this.#held.length + first > this.#settings.maxLineBytes) {
        this.#offset += this.#held.take().length + first + 1;
        this.#tooLong();
        this.#line++;
        bytes = bytes.subarray(first + 1);
      } else {
        this.#held.append(piece);
        bytes = this.#held.take();
      }
    }
    if (bytes.length <= this.#settings.maxLineBytes && !bytes.includes(0) && isUtf8(bytes)) yield* this.#many(bytes);
    else {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(NEWLINE, start);
        yield* this.#one(bytes.subarray(start, end));
        this.#line++;
        this.#offset++;
        start = end + 1;
      }
    }
  }

  *#many(bytes: Buffer): Generator<PlacedRow<string>> {
    const text = this.#text(bytes);
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf("\n", start);
      const stop = !this.#keepReturn && end > start && text.charCodeAt(end - 1) === RETURN ? end - 1 : end;
      yield { value: text.slice(start, stop), line: this.#line++ };
      start = end + 1;
    }
    this.#offset += bytes.length;
  }

  // One line without its newline.
  *#one(bytes: Buffer): Generator<PlacedRow<string>> {
    const offset = this.#offset;
    this.#offset += bytes.length;
    if (bytes.length > this.#settings.maxLineBytes) {
      this.#tooLong();
      return;
    }
    const nul = bytes.indexOf(0);
    const invalid = isUtf8(bytes) ? -1 : invalidUtf8At(bytes);
    if (nul >= 0 && (invalid < 0 || nul < invalid)) this.#encoding(offset + nul, { en: "a NUL", zh: "存在 NUL 字节" });
    else if (invalid >= 0) this.#encoding(offset + invalid, { en: "this is not UTF-8", zh: "不是 UTF-8 编码" });
    else {
      const end = !this.#keepReturn && bytes[bytes.length - 1] === RETURN ? bytes.length - 1 : bytes.length;
      yield { value: this.#text(bytes.subarray(0, end), offset), line: this.#line };
    }
  }

  #text(bytes: Buffer, offset: number = this.#offset): string {
    const text = bytes.toString("utf8");
    return offset === 0 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #tooLong(): void {
    const { file, maxLineBytes, refuse } = this.#settings;
    refuse(new InkstoneError("E_DATA_LINE_BYTES", { file, line: this.#line, limit: maxLineBytes }));
  }

  #encoding(offset: number, why: { en: string; zh: string }): void {
    const { file, refuse } = this.#settings;
    refuse(new InkstoneError("E_DATA_ENCODING", { file, line: this.#line, offset, why }));
  }
}
