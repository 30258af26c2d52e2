// What finds the chunks of a segment, as bytes: terms with their counts, vectors of eight bits. Knows no database.
import { InkstoneError } from "../../core/index.ts";

/** Terms of a chunk and how often each stands in it. */
export type TermCounts = ReadonlyMap<string, number>;

/** How often each term of a list stands in it. */
export function countTerms(terms: readonly string[]): TermCounts {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

/**
 * Terms of chunks as bytes: the different terms once, then for each chunk their numbers and counts as variable-length integers.
 *
 * @example
 * unpackTerms(packTerms([new Map([["ink", 2]])])).map((counts) => [...counts]); // [[["ink", 2]]]
 */
export function packTerms(chunks: readonly TermCounts[]): Uint8Array {
  const numbers = new Map<string, number>();
  const body: number[] = [];
  const put = (value: number): void => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) body.push((rest & 127) | 128);
    body.push(rest);
  };
  for (const counts of chunks) {
    put(counts.size);
    for (const [term, count] of counts) {
      let number = numbers.get(term);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(term, number);
      }
      put(number);
      put(count);
    }
  }
  const words = Buffer.from([...numbers.keys()].join("\n"));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(words.length, 0);
  head.writeUInt32LE(chunks.length, 4);
  return Buffer.concat([head, words, Buffer.from(body)]);
}

/** The reverse of `packTerms`, chunk by chunk. Errors: E_DATABASE for bytes that it did not write. */
export function unpackTerms(packed: Uint8Array): [string, number][][] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 8 + bytes.readUInt32LE(0);
  const terms = bytes.toString("utf8", 8, end).split("\n");
  let at = end;
  const take = (): number => {
    for (let value = 0, scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new InkstoneError("E_DATABASE", { database: "knowledge_segments", why: { en: "a segment is damaged", zh: "索引段已损坏" } });
  };
  return Array.from({ length: bytes.readUInt32LE(4) }, () => Array.from({ length: take() }, (): [string, number] => [terms[take()], take()]));
}

/**
 * A vector of length 1 in eight bits a number, behind its scale. Dot products of such vectors are within 1 % of the exact ones.
 *
 * Errors: E_KNOWLEDGE_VECTORS for numbers that are not finite, and for a vector of zeros.
 *
 * @example
 * quantised(Float32Array.of(3, 4)); // { scale: 0.0063, values: [95, 127] }
 */
export function quantised(vector: Float32Array): { scale: number; values: Int8Array } {
  let [square, largest] = [0, 0];
  for (const value of vector) {
    square += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  if (!Number.isFinite(square)) throw new InkstoneError("E_KNOWLEDGE_VECTORS", { why: { en: "a number is not finite", zh: "包含非有限值" } });
  if (square === 0) throw new InkstoneError("E_KNOWLEDGE_VECTORS", { why: { en: "a vector has zeros only", zh: "存在全零向量" } });
  const step = 127 / largest;
  return { scale: largest / 127 / Math.sqrt(square), values: Int8Array.from(vector, (value) => Math.round(value * step)) };
}

/** Vectors as bytes: the width, then for each vector its scale and its numbers. Errors: E_KNOWLEDGE_VECTORS, for vectors of different widths too. */
export function packVectors(vectors: readonly Float32Array[]): Uint8Array {
  const width = vectors[0]?.length ?? 0;
  const bytes = Buffer.alloc(4 + vectors.length * (width + 4));
  bytes.writeUInt32LE(width, 0);
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== width || width === 0)
      throw new InkstoneError("E_KNOWLEDGE_VECTORS", {
        why: { en: `widths ${width} and ${vector.length}`, zh: `维数为 ${width} 和 ${vector.length}` },
      });
    const { scale, values } = quantised(vector);
    const at = 4 + i * (width + 4);
    bytes.writeFloatLE(scale, at);
    bytes.set(new Uint8Array(values.buffer), at + 4);
  }
  return bytes;
}

/** The reverse of `packVectors`. */
export function unpackVectors(packed: Uint8Array): { width: number; vectors: { scale: number; values: Int8Array }[] } {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const width = bytes.readUInt32LE(0);
  const count = Math.floor((bytes.length - 4) / (width + 4));
  const vectors = Array.from({ length: count }, (_, i) => {
    const at = 4 + i * (width + 4);
    return { scale: bytes.readFloatLE(at), values: new Int8Array(bytes.buffer.slice(bytes.byteOffset + at + 4, bytes.byteOffset + at + 4 + width)) };
  });
  return { width, vectors };
}
