// Arrays of numbers and tables of strings as one block of bytes, as services take and give them. Twin: native/services/src/arrays.rs. Knows no service.

/** What can be packed: words (u32, i32), numbers (f64), bytes. */
export type PackedArray = Uint32Array | Int32Array | Float64Array | Uint8Array;

const mostArrays = 64;
const aligned = (at: number) => Math.ceil(at / 8) * 8;

/** Arrays one after another: their number, their byte lengths (u32 each), then each at the next multiple of 8. Little endian. At most 64, each below 4 GiB. */
export function packArrays(arrays: readonly PackedArray[]): Uint8Array {
  let bytes = aligned(4 * (arrays.length + 1));
  const places = arrays.map((array) => {
    const at = bytes;
    bytes = aligned(bytes + array.byteLength);
    return at;
  });
  const packed = new Uint8Array(bytes);
  const head = new Uint32Array(packed.buffer, 0, arrays.length + 1);
  head[0] = arrays.length;
  for (const [i, array] of arrays.entries()) {
    head[i + 1] = array.byteLength;
    packed.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), places[i]);
  }
  return packed;
}

/** What `packArrays` packed, as views where they can be; undefined where the lengths do not agree, or there are not `count` arrays. */
export class PackedArrays {
  readonly #parts: readonly Uint8Array[];

  private constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  static read(packed: Uint8Array, count: number): PackedArrays | undefined {
    const bytes = packed.byteOffset % 8 === 0 ? packed : packed.slice();
    if (bytes.length < 4 * (count + 1) || count > mostArrays) return undefined;
    const [found, ...lengths] = new Uint32Array(bytes.buffer, bytes.byteOffset, count + 1);
    if (found !== count) return undefined;
    const parts: Uint8Array[] = [];
    let at = aligned(4 * (count + 1));
    for (const length of lengths) {
      if (at + length > bytes.length) return undefined;
      parts.push(bytes.subarray(at, at + length));
      at = aligned(at + length);
    }
    return new PackedArrays(parts);
  }

  bytes(index: number): Uint8Array {
    return this.#parts[index];
  }

  words(index: number): Uint32Array {
    const part = this.#parts[index];
    return new Uint32Array(part.buffer, part.byteOffset, part.byteLength >> 2);
  }

  numbers(index: number): Float64Array {
    const part = this.#parts[index];
    return new Float64Array(part.buffer, part.byteOffset, part.byteLength >> 3);
  }
}

/** Strings as two arrays: their byte lengths, and their UTF-8 one after another. */
export function packStrings(strings: readonly string[]): [lengths: Uint32Array, bytes: Uint8Array] {
  const lengths = new Uint32Array(strings.length);
  const bytes = Buffer.from(strings.join(""), "utf8");
  // A surrogate alone at the end of one string and the start of the next would join to one character: then each is encoded by itself.
  let total = 0;
  for (const [i, text] of strings.entries()) total += lengths[i] = Buffer.byteLength(text, "utf8");
  return [lengths, total === bytes.length ? bytes : Buffer.concat(strings.map((text) => Buffer.from(text, "utf8")))];
}

/** What `packStrings` packed; undefined where the lengths do not agree. */
export function unpackStrings(lengths: Uint32Array, bytes: Uint8Array): string[] | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at + length > all.length) return undefined;
    strings.push(all.toString("utf8", at, at + length));
    at += length;
  }
  return strings;
}
