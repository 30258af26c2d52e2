// Writing with a model from sequence to sequence: encode once, then the likeliest id again and again. Knows no texts.
import { InkstoneError } from "../../core/index.ts";
import type { Encoded, EncoderDecoder } from "../../models/index.ts";
import { add, argMax, type Device, noGrad, type Recording, record, type Tensor, tensor, tidy, zeros } from "../../tensor/index.ts";

/** How a writer writes. */
export interface SequenceWriterOptions {
  /** Ids that begin and end a target; the second ends a source, too. */
  readonly begin: number;
  readonly end: number;
  /** Ids that are never said; 0 and `begin` never are. */
  readonly never?: readonly number[];
  /** Most ids of a target. Default 64. */
  readonly maxLength?: number;
  /** Sources that are written to together. Default 64. */
  readonly batchSize?: number;
}

/** Lengths are rounded up to one of these: a recording is made for each. */
const BUCKETS = [8, 16, 32, 64, 128, 256];
/** Recordings that are kept. */
const MOST = 24;

interface Reading {
  readonly source: Tensor;
  readonly recording: Recording<Encoded>;
  readonly writing: Map<number, Writing>;
}

interface Writing {
  readonly target: Tensor;
  /** i32 [B, T]: the likeliest id behind each place. */
  readonly recording: Recording<Tensor>;
}

/**
 * Writes targets to sources, greedily: the likeliest id at each place, until the end. Sources of one length are written to together, whatever the others say.
 *
 * Errors: `E_KERNEL` "index" for an id outside the vocabulary; `E_SHAPE` for sources longer than 256; `E_CANCELLED`.
 *
 * @example
 * const model = new RecurrentEncoderDecoder({ sourceVocabulary: 8, targetVocabulary: 8, units: 8 });
 * const writer = new SequenceWriter(model, { begin: 2, end: 3, maxLength: 5 });
 * const [written] = await writer.write([[4, 5]]);
 * written.length <= 5; // true
 * writer.dispose();
 */
export class SequenceWriter {
  readonly #model: EncoderDecoder;
  readonly #options: Required<SequenceWriterOptions>;
  readonly #device: Device;
  readonly #banned: Tensor;
  readonly #readings = new Map<string, Reading>();

  constructor(model: EncoderDecoder, options: SequenceWriterOptions) {
    this.#model = model;
    this.#options = { never: [], maxLength: 64, batchSize: 64, ...options };
    this.#device = model.trainableParameters()[0]?.device ?? (model.parameters()[0] as Tensor).device;
    const vocabulary = model.vocabularies[1];
    const never = new Set([0, options.begin, ...(options.never ?? [])]);
    const banned = Float32Array.from({ length: vocabulary }, (_, id) => (never.has(id) ? -1e30 : 0));
    this.#banned = tensor(banned, undefined, { device: this.#device });
  }

  /** The ids written to each source, without beginning and end. */
  async write(sources: readonly (readonly number[])[], options: { readonly signal?: AbortSignal } = {}): Promise<number[][]> {
    const order = sources.map((_, i) => i).sort((a, b) => sources[a].length - sources[b].length || a - b);
    const written: number[][] = [];
    for (let at = 0; at < order.length; at += this.#options.batchSize) {
      const rows = order.slice(at, at + this.#options.batchSize);
      const found = await this.#batch(
        rows.map((row) => sources[row]),
        options.signal,
      );
      for (const [i, row] of rows.entries()) written[row] = found[i];
    }
    return written;
  }

  async #batch(sources: readonly (readonly number[])[], signal?: AbortSignal): Promise<number[][]> {
    const { begin, end, maxLength } = this.#options;
    const reading = this.#reading(sources.length, bucketOf(sources.reduce((most, { length }) => Math.max(most, length + 1), 1)));
    const [rows, width] = reading.source.shape;
    const ids = new Int32Array(rows * width);
    for (const [row, source] of sources.entries()) ids.set([...source, end], row * width);
    reading.source.write(ids);
    await reading.recording.runAsync({}, { signal });
    const written: number[][] = sources.map(() => []);
    const open = new Set(written.keys());
    for (let length = 1; length <= maxLength && open.size > 0; length++) {
      if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: ["write"] });
      const next = await this.#next(reading, written, begin, length, signal);
      for (const row of [...open]) {
        if (next[row] === end) open.delete(row);
        else written[row].push(next[row]);
      }
    }
    return written;
  }

  // The likeliest ids behind what is written so far, row by row.
  async #next(reading: Reading, written: readonly (readonly number[])[], begin: number, length: number, signal?: AbortSignal): Promise<number[]> {
    const { target, recording } = this.#writing(reading, bucketOf(length));
    const [rows, width] = target.shape;
    const ids = new Int32Array(rows * width);
    for (const [row, said] of written.entries()) ids.set([begin, ...said], row * width);
    target.write(ids);
    await recording.runAsync({}, { signal });
    const likeliest = recording.outputs.dataSync();
    return written.map((_, row) => likeliest[row * width + length - 1]);
  }

  #reading(rows: number, width: number): Reading {
    const key = `${rows} ${width}`;
    const found = this.#readings.get(key);
    this.#readings.delete(key);
    const reading = found ?? this.#read(rows, width);
    this.#readings.set(key, reading);
    for (const [old, one] of this.#readings) {
      if (this.#readings.size <= MOST) break;
      this.#readings.delete(old);
      free(one);
    }
    return reading;
  }

  #read(rows: number, width: number): Reading {
    const source = zeros([rows, width], { type: "i32", device: this.#device });
    return { source, recording: record(this.#device, () => noGrad(() => this.#model.eval().encode(source))), writing: new Map() };
  }

  #writing({ recording: { outputs: encoded }, source, writing }: Reading, width: number): Writing {
    const found = writing.get(width);
    if (found) return found;
    const target = zeros([source.shape[0], width], { type: "i32", device: this.#device });
    const recording = record(this.#device, () =>
      noGrad(() => tidy(() => argMax(add(this.#model.eval().decode(target, encoded), this.#banned), { axis: -1 }))),
    );
    const made = { target, recording };
    writing.set(width, made);
    return made;
  }

  /** Frees its recordings; the model stays. */
  dispose(): void {
    for (const reading of this.#readings.values()) free(reading);
    this.#readings.clear();
    this.#banned.dispose();
  }
}

function free({ source, recording, writing }: Reading): void {
  for (const { target, recording: written } of writing.values()) {
    written.dispose();
    target.dispose();
  }
  recording.dispose();
  source.dispose();
}

function bucketOf(length: number): number {
  const bucket = BUCKETS.find((size) => size >= length);
  if (bucket === undefined)
    throw new InkstoneError("E_SHAPE", {
      operation: "write",
      expected: { en: `at most ${BUCKETS[BUCKETS.length - 1]} ids`, zh: `不超过 ${BUCKETS[BUCKETS.length - 1]} 个编号` },
      got: [length],
    });
  return bucket;
}
