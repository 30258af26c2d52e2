// Tokens by id: their types and their bytes in a text, in the alphabet that the vocabulary is written in.
import { InkstoneError } from "../../core/index.ts";
import { type StringTable, stringAt, type TextBytes, tokenTypes } from "../../native/index.ts";

/**
 * How tokens are written: "bytes", GPT-2's alphabet, where every byte is a printable character; "marked", SentencePiece's, where ▁ is a blank and `<0x0A>` a byte;
 * "words", BERT's, where what goes on with a word begins with ##.
 */
export type Alphabet = "bytes" | "marked" | "words";

/** Character of each byte: printable Latin-1 for itself, the other 68 from U+0100 on (Radford et al. 2019, code of GPT-2). */
const characterOfByte: readonly string[] = (() => {
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(itself ? byte : 256 + others++);
  });
})();
const byteOfCharacter: ReadonlyMap<string, number> = new Map(characterOfByte.map((character, byte) => [character, byte]));

/** Bytes in GPT-2's alphabet. */
export function mapped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => characterOfByte[byte]).join("");
}

function unmapped(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(character, "utf8"));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** How a sequence begins when it is decoded: the blank of its first token (one, or all of its ▁), or of each token until something comes, is left out; or nothing is. */
export type Beginning = "as is" | "without its blank" | "without its marks" | "without blanks";

/** BERT's decoder writes these without the blank before them. */
const closing = [" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're", " do not"];

function tidied(text: string): string {
  const shorter = (found: string) => (found === " do not" ? " don't" : found.trimStart());
  return closing.reduce((tidy, found) => tidy.replaceAll(found, found === " ' " ? "'" : shorter(found)), text);
}

/** What a vocabulary is made of. */
export interface VocabularyParts {
  readonly tokens: StringTable;
  readonly types: Uint8Array;
  readonly alphabet: Alphabet;
  readonly beginning?: Beginning;
  /** "words": punctuation stands at the word before it. */
  readonly tidy?: boolean;
  /** What a token that stands for no text is shown as. */
  readonly unknown?: { readonly id: number; readonly text: string };
}

/** Tokens by id. */
export class Vocabulary {
  readonly #parts: VocabularyParts;
  /** Of tokens that were asked for. */
  readonly #bytes = new Map<number, Uint8Array>();

  constructor(parts: VocabularyParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#parts.types.length;
  }

  #stored(id: number): TextBytes {
    return stringAt(this.#parts.tokens, id);
  }

  /** The type of a token, one of `tokenTypes`. Errors: `E_TOKEN_ID`. */
  type(id: number): number {
    const type = this.#parts.types[id];
    if (type === undefined) throw new InkstoneError("E_TOKEN_ID", { id, size: this.size });
    return type;
  }

  /** Bytes of a token as they stand inside a text. Errors: `E_TOKEN_ID`. */
  bytes(id: number): Uint8Array {
    const known = this.#bytes.get(id);
    if (known !== undefined) return known;
    const bytes = this.#bytesOf(id);
    this.#bytes.set(id, bytes);
    return bytes;
  }

  /** Whether a token stands at the beginning of a text as long as nothing came before it. */
  get skipsBlanks(): boolean {
    return this.#parts.beginning === "without blanks";
  }

  /** Bytes of a token at the beginning of a text. */
  firstBytes(id: number): Uint8Array {
    const { beginning = "as is", alphabet } = this.#parts;
    const bytes = this.bytes(id);
    if (alphabet === "words") return bytes[0] === 0x20 ? bytes.subarray(1) : bytes;
    if (beginning === "as is") return bytes;
    if (beginning !== "without its marks") return this.type(id) === tokenTypes.normal && bytes[0] === 0x20 ? bytes.subarray(1) : bytes;
    return this.type(id) === tokenTypes.normal ? Buffer.from(this.literal(id).replaceAll("▁", ""), "utf8") : bytes;
  }

  #bytesOf(id: number): Uint8Array {
    const { alphabet, tidy = false, unknown } = this.#parts;
    const type = this.type(id);
    if (unknown?.id === id) return Buffer.from(unknown.text, "utf8");
    const text = this.literal(id);
    if (alphabet === "words") {
      const shown = text.startsWith("##") && type === tokenTypes.normal ? text.slice(2) : ` ${text}`;
      return Buffer.from(tidy ? tidied(shown) : shown, "utf8");
    }
    if (type === tokenTypes.byte) return Uint8Array.of(Number.parseInt(text.slice(3, -1), 16));
    if (alphabet === "marked") return Buffer.from(text.replaceAll("▁", " "), "utf8");
    return type === tokenTypes.normal ? unmapped(text) : this.#stored(id);
  }

  /** The first token with this text, as it stands in a text or in the vocabulary; an added one before a normal one. */
  find(text: string): number | undefined {
    const literal = Buffer.from(text, "utf8");
    const written = this.#parts.alphabet === "bytes" ? Buffer.from(mapped(literal), "utf8") : literal;
    let normal: number | undefined;
    for (let id = 0; id < this.size; id++) {
      const isNormal = this.#parts.types[id] === tokenTypes.normal;
      if (!this.#isStored(id, isNormal ? written : literal)) continue;
      if (!isNormal) return id;
      normal ??= id;
    }
    return normal;
  }

  #isStored(id: number, wanted: Buffer): boolean {
    const { offsets } = this.#parts.tokens;
    return offsets[id + 1] - offsets[id] === wanted.length && wanted.equals(this.#stored(id));
  }

  /** Ids of one type. */
  ofType(type: number): number[] {
    const ids: number[] = [];
    for (let id = 0; id < this.size; id++) if (this.#parts.types[id] === type) ids.push(id);
    return ids;
  }

  /** Text of a token as the vocabulary has it. */
  literal(id: number): string {
    return this.#stored(id).toString("utf8");
  }
}
