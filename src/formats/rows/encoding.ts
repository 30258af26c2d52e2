// Text in any encoding as UTF-8 pieces with line ends that readers know: found by the bytes, or named. Knows nothing of what the text says.
import { isUtf8 } from "node:buffer";
import { InkstoneError } from "../../core/index.ts";

/** How a file of text was read where that was not plainly as UTF-8 with commas. */
export interface TextForm {
  /** "gb18030", "big5", "utf-16le" … ; absent for UTF-8. */
  readonly encoding?: string;
  /** Of a table: what stands between cells, where it is not what its ending says. */
  readonly delimiter?: string;
}

/** How bytes become text. */
export interface EncodingOptions {
  /** Name in errors; "data" by default. */
  readonly file?: string;
  /** A label of the Encoding Standard ("gb18030", "big5", "utf-16le", "shift_jis" …). Default: UTF-8, UTF-16 with its mark, GB18030 or Big5, as the bytes tell. */
  readonly encoding?: string;
  /** Told the encoding once, if it is not UTF-8. */
  readonly onEncoding?: (name: string) => void;
}

const [LF, CR] = [10, 13];
const nothing = new Uint8Array(0);
/** Bytes from the first piece beyond ASCII on that decide. */
const ENOUGH = 1 << 12;

/**
 * The pieces as UTF-8. What is UTF-8 passes as it is. Of other bytes the first piece with one that is not ASCII decides: UTF-16 by its byte order mark; else GB18030 or Big5,
 * whichever can be read and has more of the characters that Chinese uses most; what is neither passes for its reader to refuse. Where the first line ends in a carriage
 * return alone (Excel for Mac), such returns become line ends.
 *
 * Errors: E_OPTION for an encoding that is not known, E_DATA_ENCODING for bytes that are none of it. Source: encoding.spec.whatwg.org.
 *
 * @example
 * const pieces = [];
 * for await (const piece of utf8Pieces([Buffer.from([0xb5, 0xc4, 0x0d, 0x61])], {})) pieces.push(piece);
 * Buffer.concat(pieces).toString(); // "的\na"
 */
export async function* utf8Pieces(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { file = "data", encoding, onEncoding }: EncodingOptions = {},
): AsyncGenerator<Uint8Array> {
  const decoder = new Decoder(file, encoding, onEncoding);
  const ends = new LineEnds();
  for await (const piece of pieces) {
    const text = decoder.take(piece);
    if (text.length > 0) yield ends.take(text);
  }
  const rest = decoder.end();
  if (rest.length > 0) yield ends.take(rest);
}

class Decoder {
  readonly #file: string;
  readonly #onEncoding: ((name: string) => void) | undefined;
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #name = "";
  /** Whether the encoding is settled: until then all bytes were ASCII. */
  #settled = false;
  #started = false;
  #waiting: Uint8Array = nothing;
  #offset = 0;
  #lines = 1;

  constructor(file: string, encoding: string | undefined, onEncoding: ((name: string) => void) | undefined) {
    this.#file = file;
    this.#onEncoding = onEncoding;
    if (encoding === undefined) return;
    this.#settled = true;
    if (/^utf-?8$/i.test(encoding)) return;
    this.#use(encoding);
  }

  take(piece: Uint8Array): Uint8Array {
    if (!this.#started && piece.length > 0) {
      this.#started = true;
      if (!this.#settled && piece[0] === 0xff && piece[1] === 0xfe) this.#use("utf-16le");
      else if (!this.#settled && piece[0] === 0xfe && piece[1] === 0xff) this.#use("utf-16be");
    }
    if (this.#settled) return this.#decoder === undefined ? piece : this.#decoded(piece, true);
    if (this.#waiting.length === 0 && isAscii(piece)) return piece;
    this.#waiting = this.#waiting.length === 0 ? piece : Buffer.concat([this.#waiting, piece]);
    return this.#waiting.length < ENOUGH ? nothing : this.#settle(false);
  }

  // Decides by what has come, and gives it.
  #settle(isAll: boolean): Uint8Array {
    const waiting = this.#waiting;
    this.#waiting = nothing;
    this.#settled = true;
    const found = isMostlyUtf8(waiting) ? undefined : chineseEncodingOf(waiting, isAll);
    if (found !== undefined) this.#use(found);
    return this.#decoder === undefined ? waiting : this.#decoded(waiting, true);
  }

  end(): Uint8Array {
    if (this.#waiting.length > 0) {
      const last = this.#settle(true);
      return this.#decoder === undefined ? last : Buffer.concat([last, this.#decoded(nothing, false)]);
    }
    return this.#decoder === undefined ? new Uint8Array(0) : this.#decoded(nothing, false);
  }

  #use(encoding: string): void {
    try {
      this.#decoder = new TextDecoder(encoding, { fatal: true });
    } catch {
      const allowed = {
        en: "utf-8, gb18030, big5, utf-16le, utf-16be, shift_jis, windows-1252 …",
        zh: "utf-8、gb18030、big5、utf-16le、utf-16be、shift_jis、windows-1252 等",
      };
      throw new InkstoneError("E_OPTION", { option: "encoding", value: encoding, allowed });
    }
    this.#settled = true;
    this.#name = this.#decoder.encoding;
    this.#onEncoding?.(this.#name);
  }

  #decoded(piece: Uint8Array, stream: boolean): Uint8Array {
    try {
      const text = Buffer.from(this.#decoder?.decode(piece, { stream }) ?? "");
      this.#offset += piece.length;
      for (let at = text.indexOf(LF); at >= 0; at = text.indexOf(LF, at + 1)) this.#lines++;
      return text;
    } catch (cause) {
      const why = {
        en: `${piece.length === 0 ? "before the end" : `within the next ${piece.length} bytes`} something is no ${this.#name}`,
        zh: `${piece.length === 0 ? "末尾" : `其后 ${piece.length} 字节内`}有不属于 ${this.#name} 的内容`,
      };
      throw new InkstoneError("E_DATA_ENCODING", { file: this.#file, line: this.#lines, offset: this.#offset, why }, { cause });
    }
  }
}

const isAscii = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 127) return false;
  return true;
};

// Whether bytes are UTF-8, or UTF-8 with a fault here and there, which is for its reader to tell.
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const whole = cutToCharacters(bytes);
  if (isUtf8(whole)) return true;
  let [broken, all] = [0, 0];
  for (const character of new TextDecoder().decode(whole)) {
    if (character.charCodeAt(0) < 128) continue;
    all++;
    if (character === "\ufffd") broken++;
  }
  return broken * 10 < all;
}

// Without what may be the beginning of a character at the end.
function cutToCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (length > back) end = bytes.length - back;
      break;
    }
  }
  return bytes.subarray(0, end);
}

// The characters that written Chinese uses most, simplified and traditional.
const frequent = new Set(
  "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些與這來個國說們為時會過對裡後麼沒於還發當無開經頭動兩長樣現從點電話買賣價質量很差喜歡歡評論标签文本内容評價,，。！？、",
);

const SAMPLE = 1 << 16;

function chineseEncodingOf(piece: Uint8Array, isAll: boolean): string | undefined {
  const from = Math.max(0, piece.findIndex((byte) => byte > 127) - 16);
  const sample = piece.subarray(from, from + SAMPLE);
  const whole = isAll && from + SAMPLE >= piece.length;
  const simplified = familiarity(sample, "gb18030", whole);
  const traditional = familiarity(sample, "big5", whole);
  if (Math.max(simplified, traditional) >= FAMILIAR) return traditional > simplified ? "big5" : "gb18030";
  return simplified >= 0 && isGb2312(sample) ? "gb18030" : undefined;
}

/** Share of frequent characters from which a reading is believed: Chinese texts have 0.2 and more, others by chance a hundredth. */
const FAMILIAR = 0.1;

// The share of frequent characters beyond ASCII; -1 where the bytes cannot be read so.
function familiarity(sample: Uint8Array, encoding: string, isWhole: boolean): number {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: !isWhole });
  } catch {
    return -1;
  }
  let [found, all] = [0, 0];
  for (const character of text) {
    if (character.charCodeAt(0) < 128) continue;
    all++;
    if (frequent.has(character)) found++;
  }
  return all === 0 ? -1 : found / all;
}

// Names and other rare words: pairs of bytes that are both beyond ASCII, where an accented letter of a European encoding stands alone among others.
function isGb2312(sample: Uint8Array): boolean {
  let [pairs, all] = [0, 0];
  for (let i = 0; i < sample.length - 1; i++) {
    if (sample[i] < 128) continue;
    all++;
    if (sample[i] >= 0xb0 && sample[i] <= 0xf7 && sample[i + 1] >= 0xa1) pairs++;
    i++;
  }
  return pairs >= 2 && pairs >= 0.7 * all;
}

/** Carriage returns that stand alone as line ends, where the first line ends in one. */
class LineEnds {
  #lone: boolean | undefined;
  /** Whether the last byte was a return that the next byte decides about. */
  #held = false;

  take(piece: Uint8Array): Uint8Array {
    if (this.#lone === false) return piece;
    let bytes = piece;
    if (this.#lone === undefined) {
      const lf = piece.indexOf(LF);
      const cr = piece.indexOf(CR);
      if (this.#held) this.#lone = piece[0] !== LF;
      else if (cr >= 0 && (lf < 0 || cr < lf) && cr + 1 < piece.length) this.#lone = piece[cr + 1] !== LF;
      else if (lf >= 0) this.#lone = false;
      const last = cr >= 0 && cr === piece.length - 1 && this.#lone === undefined;
      if (last) {
        this.#held = true;
        return piece.subarray(0, -1);
      }
      if (this.#held) bytes = Buffer.concat([Uint8Array.of(CR), piece]);
      this.#held = false;
    }
    return this.#lone === true ? withLineFeeds(bytes) : bytes;
  }
}

// A return before a line feed is left to the reader, which knows that pair.
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let at = copy.indexOf(CR); at >= 0; at = copy.indexOf(CR, at + 1)) if (copy[at + 1] !== LF) copy[at] = LF;
  return copy;
}
