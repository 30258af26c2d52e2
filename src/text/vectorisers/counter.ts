// A vectoriser's hold on an "ngrams" service: rows in, matrices out. Knows no weights.
import { InkstoneError, Pieces, type SparseMatrix } from "../../core/index.ts";
import {
  type Executor,
  ngramMethods,
  packArrays,
  packNgrams,
  packNgramTexts,
  type ServiceHandle,
  sharedExecutor,
  unpackStrings,
} from "../../native/index.ts";
import { type Analysis, batches } from "./analysis.ts";

/** Characters of a batch that is packed between two turns of the event loop. */
const SHORT_BATCH = 1 << 17;

/** Names that are read between two looks at the clock. */
const NAMES = 1 << 13;

/** What a counter counts besides how texts are cut. */
export interface Counting {
  readonly vocabulary?: readonly string[];
  readonly binary: boolean;
  readonly hashed?: number;
  readonly alternateSign?: boolean;
}

/** One service, freed with its counter. */
export class Counter {
  readonly #executor: Executor;
  readonly #service: ServiceHandle;
  readonly #analysis: Analysis;
  // Rows, entries, features, bytes of their names.
  #sizes = new Uint32Array(4);

  constructor(analysis: Analysis, counting: Counting, executor: Executor = sharedExecutor()) {
    const { kind, range, shortest, stopWords } = analysis;
    const { vocabulary, binary, hashed = 0, alternateSign = false } = counting;
    this.#analysis = analysis;
    this.#executor = executor;
    this.#service = executor.createService("ngrams", packNgrams({ kind, range, shortest, stopWords, vocabulary, binary, hashed, alternateSign }));
  }

  /** Learns features. Returns how many texts there were. */
  learn(texts: Iterable<string>): number {
    this.#add(ngramMethods.learn, texts);
    return this.#sizes[0];
  }

  /** `learn` off the event loop. */
  async learnAsync(texts: Iterable<string>, signal?: AbortSignal): Promise<number> {
    await this.#addAsync(ngramMethods.learn, texts, signal);
    return this.#sizes[0];
  }

  /** Ends learning; the features that occur in `fewest` to `most` texts stay, the `features` most frequent of them. Returns the features before and after. */
  finish(fewest: number, most: number, features: number): [before: number, after: number] {
    const before = this.#sizes[2];
    this.#call(ngramMethods.finish, packArrays([Float64Array.of(fewest, most, features)]), this.#sizes);
    return [before, this.#sizes[2]];
  }

  /** `finish` off the event loop: all features are sorted. */
  async finishAsync(fewest: number, most: number, features: number): Promise<[before: number, after: number]> {
    const before = this.#sizes[2];
    await this.#callAsync(ngramMethods.finish, packArrays([Float64Array.of(fewest, most, features)]), this.#sizes);
    return [before, this.#sizes[2]];
  }

  /** `count` off the event loop. */
  async countAsync(texts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    await this.#addAsync(ngramMethods.count, texts, signal);
  }

  /** Adds rows of counts. */
  count(texts: Iterable<string>): void {
    this.#add(ngramMethods.count, texts);
  }

  /** Adds rows of hashed counts. */
  hash(texts: Iterable<string>): void {
    this.#add(ngramMethods.hash, texts);
  }

  /** `hash` off the event loop. */
  async hashAsync(texts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    await this.#addAsync(ngramMethods.hash, texts, signal);
  }

  #add(method: number, texts: Iterable<string>): void {
    this.#sizes[0] = this.#sizes[1] = 0;
    try {
      for (const batch of batches(texts, this.#analysis.prepare)) this.#call(method, packNgramTexts(batch), this.#sizes);
    } catch (error) {
      this.clear();
      throw error;
    }
  }

  async #addAsync(method: number, texts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    this.#sizes[0] = this.#sizes[1] = 0;
    const pieces = new Pieces(signal, 1);
    try {
      for (const batch of batches(texts, this.#analysis.prepare, SHORT_BATCH)) {
        await this.#callAsync(method, packNgramTexts(batch), this.#sizes);
        await pieces.pass(1);
      }
    } catch (error) {
      this.clear();
      throw error;
    }
  }

  /** The rows, which are forgotten here. */
  take(columns: number): SparseMatrix {
    const [rows, entries] = this.#sizes;
    const starts = new Int32Array(rows + 1);
    const [indices, values] = [new Int32Array(entries), new Float64Array(entries)];
    this.#call(ngramMethods.starts, new Uint8Array(0), starts);
    this.#call(ngramMethods.indices, new Uint8Array(0), indices);
    this.#call(ngramMethods.counts, new Uint8Array(0), values);
    this.clear();
    return { rows, columns, starts, indices, values };
  }

  /** `take` off the event loop: what is made there is not copied here. */
  async takeAsync(columns: number): Promise<SparseMatrix> {
    const [rows, entries] = this.#sizes;
    const part = (method: number, bytes: number) => this.#executor.callServiceAsync(this.#service, method, new Uint8Array(0), bytes);
    const starts = await part(ngramMethods.starts, 4 * (rows + 1));
    const indices = await part(ngramMethods.indices, 4 * entries);
    const values = await part(ngramMethods.counts, 8 * entries);
    this.clear();
    return {
      rows,
      columns,
      starts: new Int32Array(starts.buffer, starts.byteOffset, rows + 1),
      indices: new Int32Array(indices.buffer, indices.byteOffset, entries),
      values: new Float64Array(values.buffer, values.byteOffset, entries),
    };
  }

  /** Forgets the rows. */
  clear(): void {
    this.#call(ngramMethods.clear, new Uint8Array(0), new Uint8Array(0));
  }

  /** Names of the features, in order. */
  names(): string[] {
    const [, , features, bytes] = this.#sizes;
    const output = new Uint8Array(4 * features + bytes);
    this.#call(ngramMethods.names, new Uint8Array(0), output);
    return unpackStrings(new Uint32Array(output.buffer, 0, features), output.subarray(4 * features)) ?? [];
  }

  /** `names` with turns for the event loop. */
  async namesAsync(signal?: AbortSignal): Promise<string[]> {
    const [, , features, bytes] = this.#sizes;
    const output = await this.#executor.callServiceAsync(this.#service, ngramMethods.names, new Uint8Array(0), 4 * features + bytes);
    const lengths = new Uint32Array(output.buffer, output.byteOffset, features);
    const text = output.subarray(4 * features);
    const pieces = new Pieces(signal, NAMES);
    const names: string[] = [];
    for (let [at, from] = [0, 0]; at < features; at += NAMES) {
      const some = lengths.subarray(at, at + NAMES);
      const end = some.reduce((sum, length) => sum + length, from);
      for (const name of unpackStrings(some, text.subarray(from, end)) ?? []) names.push(name);
      from = end;
      await pieces.pass(some.length);
    }
    return names;
  }

  async #callAsync(method: number, input: Uint8Array, output: Uint32Array): Promise<void> {
    const bytes = await this.#executor.callServiceAsync(this.#service, method, input, output.byteLength);
    new Uint8Array(output.buffer, output.byteOffset, output.byteLength).set(bytes);
  }

  #call(method: number, input: Uint8Array, output: Uint32Array | Int32Array | Float64Array | Uint8Array): void {
    const bytes = new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
    const written = this.#executor.callService(this.#service, method, input, bytes);
    if (written < 0) throw new InkstoneError("E_INTERNAL", { why: `ngrams method ${method} needs ${-written} bytes, has ${bytes.length}` });
  }
}
