// The "ngrams" service in plain TypeScript. The twin of native/services/src/ngrams: same configuration, same methods, same numbers. What the methods do: ../../ngrams.ts.
import { isUtf8 } from "node:buffer";
import { InkstoneError } from "../../../core/index.ts";
import { PackedArrays, packStrings, unpackStrings } from "../../arrays.ts";
import { ngramKinds, ngramMethods } from "../../ngrams.ts";
import { finish } from "./learn.ts";
import { murmur3 } from "./murmur.ts";
import { type Cutting, ngramsOfText, ngramsOfTokens } from "./scan.ts";

function refuse(why: string): never {
  throw new InkstoneError("E_SERVICE", { service: "ngrams", why });
}

/** A row: counts by feature number. */
export type CountRow = Map<number, number>;

class Ngrams {
  readonly #cutting: Cutting;
  readonly #binary: boolean;
  readonly #hashed: number;
  readonly #alternate: boolean;
  #vocabulary: Map<string, number>;
  #frozen: boolean;
  #rows: CountRow[] = [];

  constructor(packed: Uint8Array) {
    const arrays = PackedArrays.read(packed, 5) ?? refuse("the lengths of its arrays do not agree");
    const words = arrays.words(0);
    if (words.length !== 8) refuse("it has not 8 words");
    const [kind, least, most, shortest, fixed, binary, hashed, alternate] = words;
    if (kind > 3) refuse(`there is no kind ${kind}`);
    if (least === 0 || least > most || most > 100) refuse(`n-grams of ${least} to ${most}, allowed 1 to 100`);
    const strings = (first: number) => unpackStrings(arrays.words(first), arrays.bytes(first + 1)) ?? refuse("its strings are cut short");
    this.#cutting = { kind, least, most, shortest, stopWords: new Set(strings(1)) };
    this.#vocabulary = new Map(strings(3).map((name, i) => [name, i]));
    const twice = strings(3).findIndex((name, i) => this.#vocabulary.get(name) !== i);
    if (twice >= 0) refuse(`feature ${strings(3).indexOf(strings(3)[twice], twice + 1)} of the vocabulary is there twice`);
    this.#frozen = fixed !== 0;
    this.#binary = binary !== 0;
    this.#hashed = hashed;
    this.#alternate = alternate !== 0;
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    switch (method) {
      case ngramMethods.learn:
        if (this.#frozen) refuse("its vocabulary is final");
        return this.#add(input, output, (ngrams) => this.#counted(ngrams, true));
      case ngramMethods.count:
        return this.#add(input, output, (ngrams) => this.#counted(ngrams, false));
      case ngramMethods.hash:
        if (this.#hashed === 0) refuse("it hashes to no features");
        return this.#add(input, output, (ngrams) => this.#hashes(ngrams));
      case ngramMethods.finish:
        return this.#finish(input, output);
      case ngramMethods.names:
        return this.#names(output);
      case ngramMethods.clear:
        this.#rows = [];
        return 0;
      default:
        return this.#read(method, output);
    }
  }

  #add(input: Uint8Array, output: Uint8Array, row: (ngrams: string[]) => CountRow): number {
    const arrays = PackedArrays.read(input, 3) ?? refuse("the lengths of its arrays do not agree");
    const [lengths, counts, bytes] = [arrays.words(0), arrays.words(1), Buffer.from(arrays.bytes(2))];
    const pretokenized = this.#cutting.kind === ngramKinds.tokens;
    let at = 0;
    let token = lengths.length;
    for (const [i, length] of lengths.entries()) {
      if (at + length > bytes.length) refuse("the input is cut short");
      const text = bytes.subarray(at, at + length);
      if (!isUtf8(text)) refuse(`text ${i} is not UTF-8`);
      if (pretokenized) {
        const count = counts[i] ?? refuse("the input is cut short");
        const tokens = unpackStrings(counts.subarray(token, token + count), text);
        if (tokens?.length !== count) refuse("the input is cut short");
        this.#rows.push(row(ngramsOfTokens(tokens ?? [], this.#cutting)));
        token += count;
      } else this.#rows.push(row(ngramsOfText(text.toString("utf8"), this.#cutting)));
      at += length;
    }
    return write(this.#sizes(), output);
  }

  #counted(ngrams: readonly string[], learning: boolean): CountRow {
    const row: CountRow = new Map();
    for (const ngram of ngrams) {
      let id = this.#vocabulary.get(ngram);
      if (id === undefined) {
        if (!learning) continue;
        id = this.#vocabulary.size;
        this.#vocabulary.set(ngram, id);
      }
      row.set(id, this.#binary ? 1 : (row.get(id) ?? 0) + 1);
    }
    return row;
  }

  #hashes(ngrams: readonly string[]): CountRow {
    const row: CountRow = new Map();
    for (const ngram of ngrams) {
      const hash = murmur3(Buffer.from(ngram, "utf8"), 0);
      const id = Math.abs(hash) % this.#hashed;
      row.set(id, this.#binary ? 1 : (row.get(id) ?? 0) + (this.#alternate && hash < 0 ? -1 : 1));
    }
    return row;
  }

  #finish(input: Uint8Array, output: Uint8Array): number {
    const limits = (PackedArrays.read(input, 1) ?? refuse("the lengths of its arrays do not agree")).numbers(0);
    if (limits.length !== 3) refuse("it has not 3 limits");
    if (this.#frozen) refuse("its vocabulary is final");
    const [fewest, most, features] = limits;
    ({ vocabulary: this.#vocabulary, rows: this.#rows } = finish(this.#vocabulary, this.#rows, { fewest, most, features }));
    this.#frozen = true;
    return write(this.#sizes(), output);
  }

  // Rows, entries, features, bytes of their names.
  #sizes(): Uint32Array {
    const entries = this.#rows.reduce((sum, row) => sum + row.size, 0);
    let bytes = 0;
    for (const name of this.#vocabulary.keys()) bytes += Buffer.byteLength(name, "utf8");
    return Uint32Array.of(this.#rows.length, entries, this.#vocabulary.size, bytes);
  }

  #names(output: Uint8Array): number {
    const [lengths, bytes] = packStrings([...this.#vocabulary.keys()]);
    return write(Buffer.concat([Buffer.from(lengths.buffer), bytes]), output);
  }

  #read(method: number, output: Uint8Array): number {
    if (method === ngramMethods.starts) {
      let at = 0;
      return write(Uint32Array.from([0, ...this.#rows.map((row) => (at += row.size))]), output);
    }
    const entries = this.#rows.flatMap((row) => (this.#frozen || this.#hashed > 0 ? [...row].sort((a, b) => a[0] - b[0]) : [...row]));
    if (method === ngramMethods.indices)
      return write(
        Uint32Array.from(entries, ([id]) => id),
        output,
      );
    if (method === ngramMethods.counts)
      return write(
        Float64Array.from(entries, ([, count]) => count),
        output,
      );
    return refuse(`there is no method ${method}`);
  }
}

function write(values: Uint8Array | Uint32Array | Float64Array, output: Uint8Array): number {
  if (values.byteLength > output.length) return -values.byteLength;
  output.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return values.byteLength;
}

/**
 * Makes the twin from a configuration (`packNgrams`).
 *
 * Errors: `E_SERVICE` naming what is wrong; the same words as the native service.
 */
export function createNgrams(packed: Uint8Array): { call(method: number, input: Uint8Array, output: Uint8Array): number } {
  return new Ngrams(packed);
}
