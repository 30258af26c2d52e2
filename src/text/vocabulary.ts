// The tokens of a byte-level vocabulary: bytes of an id, id of a text. Normal tokens lie in GPT-2's alphabet, where every byte is a printable character.
import { InkstoneError } from "../core/index.ts";
import { type StringTable, tokenTypes } from "../native/index.ts";

/** Character of each byte: printable Latin-1 for itself, the other 68 from U+0100 on (Radford et al. 2019, code of GPT-2). */
const characterOfByte: readonly string[] = (() => {
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(itself ? byte : 256 + others++);
  });
})();
const byteOfCharacter: ReadonlyMap<string, number> = new Map(characterOfByte.map((character, byte) => [character, byte]));

function unmapped(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(character, "utf8"));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Tokens by id. */
export class Vocabulary {
  readonly #tokens: StringTable;
  readonly #types: Uint8Array;
  /** Of tokens that were asked for. */
  readonly #bytes = new Map<number, Uint8Array>();

  constructor(tokens: StringTable, types: Uint8Array) {
    this.#tokens = tokens;
    this.#types = types;
  }

  get size(): number {
    return this.#types.length;
  }

  #stored(id: number): Buffer {
    const { bytes, offsets } = this.#tokens;
    return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[id], offsets[id + 1] - offsets[id]);
  }

  /** The type of a token, one of `tokenTypes`. Errors: `E_TOKEN_ID`. */
  type(id: number): number {
    const type = this.#types[id];
    if (type === undefined) throw new InkstoneError("E_TOKEN_ID", { id, size: this.size });
    return type;
  }

  /** Bytes of a token as they stand in a text. Errors: `E_TOKEN_ID`. */
  bytes(id: number): Uint8Array {
    const known = this.#bytes.get(id);
    if (known !== undefined) return known;
    const bytes = this.type(id) === tokenTypes.normal ? unmapped(this.#stored(id).toString("utf8")) : this.#stored(id);
    this.#bytes.set(id, bytes);
    return bytes;
  }

  /** The first token with this text; an added one before a normal one. */
  find(text: string): number | undefined {
    const literal = Buffer.from(text, "utf8");
    const mapped = Buffer.from(Array.from(literal, (byte) => characterOfByte[byte]).join(""), "utf8");
    let normal: number | undefined;
    for (let id = 0; id < this.size; id++) {
      if (this.#types[id] !== tokenTypes.normal) {
        if (this.#stored(id).equals(literal)) return id;
      } else if (normal === undefined && this.#isStored(id, mapped)) normal = id;
    }
    return normal;
  }

  #isStored(id: number, wanted: Buffer): boolean {
    const { offsets } = this.#tokens;
    return offsets[id + 1] - offsets[id] === wanted.length && this.#stored(id).equals(wanted);
  }

  /** Ids of one type. */
  ofType(type: number): number[] {
    const ids: number[] = [];
    for (let id = 0; id < this.size; id++) if (this.#types[id] === type) ids.push(id);
    return ids;
  }

  /** Text of an added token. */
  literal(id: number): string {
    return this.#stored(id).toString("utf8");
  }
}
