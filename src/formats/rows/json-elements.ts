// The elements of one long JSON list, one by one: a file that is a list, a list under a key of an object ({"data": [...]}), or values one after another.
// Finds where each element begins and ends by its brackets and quotes; JSON.parse judges what is between. Knows nothing of what they mean.
import { isUtf8 } from "node:buffer";
import { InkstoneError, invalidUtf8At } from "../../core/index.ts";
import { GrowingBytes } from "./growing.ts";
import { parseJson } from "./jsonl.ts";
import { type PlacedRow, type RowOptions, type RowReader, type RowSettings, rowSettings } from "./row.ts";

/** Options of `JsonElementReader`. */
export interface JsonElementOptions extends RowOptions {
  /** Read the list under this key of the file's object instead. */
  readonly key?: string;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, COMMA, COLON, NEWLINE] = Buffer.from('"\\[]{},:\n');
const isSpace = (byte: number): boolean => byte === 32 || byte === NEWLINE || byte === 13 || byte === 9;
const mark = [0xef, 0xbb, 0xbf];

// Where the reader stands when it is not inside an element: before anything, in the object around the list, between elements, behind the list.
type State = "start" | "object" | "between" | "after";

/**
 * Elements of a JSON list, however long it is; the list itself is never held. Without `key` the file is one list, or values one after another (JSON Lines
 * too); with `key` it is an object that holds the list under that key, and everything else in it is passed over.
 *
 * Errors: E_DATA_ROW where an element is not JSON, E_DATA_DEPTH beyond 64 levels, E_DATA_LINE_BYTES for an element of more than `maxLineBytes`,
 * E_DATA_ENCODING (these are thrown, or handed to `onBadRow` and the element left out); E_DATA_ROW, always thrown, where the list itself is broken.
 *
 * @example
 * const reader = new JsonElementReader({ key: "data" });
 * [...reader.push(Buffer.from('{"version": 1, "data": [{"a": 1},\n {"a'))]; // [{ value: { a: 1 }, line: 1 }]
 * [...reader.push(Buffer.from('": 2}]}')), ...reader.end()]; // [{ value: { a: 2 }, line: 2 }]
 */
export class JsonElementReader implements RowReader<unknown> {
  readonly #settings: RowSettings;
  readonly #key: string | undefined;
  readonly #element = new GrowingBytes();
  #state: State = "start";
  /** Whether the values stand in a list; otherwise they follow one another. */
  #listed = false;
  /** Whether a comma (or the end) has to come before the next element; whether one came last. */
  #full = false;
  #comma = false;
  #inside = false;
  #tooLong = false;
  // Of the brackets and quotes of the element, or of the object around the list.
  #depth = 0;
  #quoted = false;
  #escaped = false;
  // The last string at the top of the object around the list, and whether it names what follows.
  readonly #name = new GrowingBytes();
  #named = false;
  // Where the next byte stands, and where the element began.
  #offset = 0;
  #line = 1;
  #column = 1;
  #began = { offset: 0, line: 1, column: 1 };

  constructor({ key, ...options }: JsonElementOptions = {}) {
    this.#settings = rowSettings(options);
    this.#key = key;
  }

  *push(piece: Uint8Array): Generator<PlacedRow<unknown>> {
    let begin = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (!this.#inside && this.#begins(byte)) begin = at;
      if (!this.#inside) this.#outside(byte);
      else {
        const end = this.#ends(byte);
        if (end !== undefined) {
          this.#keep(piece.subarray(begin, at + end));
          yield* this.#finish();
          if (end === 0) this.#outside(byte);
        }
      }
      this.#advance(byte);
    }
    if (this.#inside) this.#keep(piece.subarray(begin));
  }

  *end(): Generator<PlacedRow<unknown>> {
    if (this.#inside) yield* this.#finish();
    if (this.#listed && this.#state === "between") throw this.#broken({ en: "the list never closes", zh: "列表未闭合" });
    if (this.#key !== undefined && !this.#listed) throw this.#noList();
  }

  #advance(byte: number): void {
    this.#offset++;
    if (byte === NEWLINE) {
      this.#line++;
      this.#column = 1;
    } else if ((byte & 0xc0) !== 0x80) this.#column += byte >= 0xf0 ? 2 : 1; // characters beyond U+FFFF are two units
  }

  // Whether an element begins with this byte.
  #begins(byte: number): boolean {
    if (isSpace(byte) || byte === COMMA || byte === CLOSE_LIST) return false;
    if (this.#state === "start" && this.#key === undefined && byte !== OPEN_LIST && byte !== mark[this.#offset]) this.#state = "between";
    if (this.#state !== "between") return false;
    if (this.#listed && this.#full) throw this.#broken({ en: "a comma is missing between two elements", zh: "两个元素之间缺少逗号" });
    this.#began = { offset: this.#offset, line: this.#line, column: this.#column };
    this.#inside = true;
    this.#full = true;
    this.#comma = false;
    return true;
  }

  // How many of this byte belong to the element that it ends: 1, 0 for what follows a bare word; undefined when it ends none.
  #ends(byte: number): 0 | 1 | undefined {
    if (this.#quoted) return this.#inQuotes(byte) && this.#depth === 0 ? 1 : undefined;
    if (byte === QUOTE) this.#quoted = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
    else if (this.#depth === 0) return isSpace(byte) || byte === COMMA || byte === CLOSE_LIST ? 0 : undefined;
    else if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && --this.#depth === 0) return 1;
    return undefined;
  }

  // Whether this byte closes the quotes.
  #inQuotes(byte: number): boolean {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#quoted = false;
    return !this.#quoted;
  }

  #outside(byte: number): void {
    if (this.#state === "object") this.#around(byte);
    else if (isSpace(byte)) return;
    else if (this.#state === "start") this.#open(byte);
    else if (this.#state === "after") {
      if (this.#key === undefined) throw this.#broken({ en: "something follows the list", zh: "列表之后还有内容" });
    } else if (this.#listed && byte === CLOSE_LIST && !this.#comma) this.#state = "after";
    else if (this.#listed && byte === COMMA && this.#full) {
      this.#full = false;
      this.#comma = true;
    } else throw this.#broken({ en: "a value was expected", zh: "此处应为一个值" });
  }

  #open(byte: number): void {
    if (byte === mark[this.#offset]) {
      this.#column = byte === mark[0] ? 0 : 1; // a byte order mark takes no column
      return;
    }
    if (this.#key === undefined && byte === OPEN_LIST) {
      this.#listed = true;
      this.#state = "between";
    } else if (this.#key !== undefined && byte === OPEN_OBJECT) this.#state = "object";
    else
      throw this.#broken(
        this.#key === undefined ? { en: "a list was expected", zh: "此处应为列表" } : { en: "an object was expected", zh: "此处应为对象" },
      );
  }

  // One byte of the object around the list.
  #around(byte: number): void {
    if (this.#quoted) {
      if (this.#depth === 0 && this.#name.length < 1024) this.#name.append(Uint8Array.of(byte));
      this.#inQuotes(byte);
    } else if (byte === QUOTE) {
      this.#quoted = true;
      if (this.#depth === 0) this.#name.take();
    } else if (byte === COLON && this.#depth === 0) this.#named = this.#name.take().toString("utf8") === JSON.stringify(this.#key).slice(1);
    else if (byte === OPEN_LIST && this.#depth === 0 && this.#named) {
      this.#listed = true;
      this.#state = "between";
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
    else if (byte === COMMA && this.#depth === 0) this.#named = false;
    else if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && --this.#depth < 0) throw this.#noList();
  }

  #keep(piece: Uint8Array): void {
    if (this.#element.length + piece.length > this.#settings.maxLineBytes) this.#tooLong = true;
    if (this.#tooLong) this.#element.take();
    else this.#element.append(piece);
  }

  *#finish(): Generator<PlacedRow<unknown>> {
    const bytes = this.#element.take();
    const { offset, line, column } = this.#began;
    const { file, maxLineBytes, refuse } = this.#settings;
    const tooLong = this.#tooLong;
    this.#inside = this.#quoted = this.#escaped = this.#tooLong = false;
    this.#depth = 0;
    const nul = bytes.indexOf(0);
    const invalid = isUtf8(bytes) ? -1 : invalidUtf8At(bytes);
    if (tooLong) refuse(new InkstoneError("E_DATA_LINE_BYTES", { file, line, limit: maxLineBytes }));
    else if (nul >= 0 || invalid >= 0) {
      const isNul = nul >= 0 && (invalid < 0 || nul < invalid);
      const why = isNul ? { en: "a NUL", zh: "存在 NUL 字节" } : { en: "this is not UTF-8", zh: "不是 UTF-8 编码" };
      refuse(new InkstoneError("E_DATA_ENCODING", { file, line, offset: offset + (isNul ? nul : invalid), why }));
    } else {
      const value = parseJson(bytes.toString("utf8"), { line, column }, this.#settings);
      if (value !== undefined) yield { value, line };
    }
  }

  #broken(why: Words): InkstoneError {
    return new InkstoneError("E_DATA_ROW", { file: this.#settings.file, line: this.#line, column: this.#column, why });
  }

  #noList(): InkstoneError {
    return this.#broken({ en: `there is no list "${this.#key}"`, zh: `没有名为“${this.#key}”的列表` });
  }
}

interface Words {
  readonly en: string;
  readonly zh: string;
}
