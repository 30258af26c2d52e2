// A decoder that runs: its forward pass recorded once for each row bucket, then replayed. Knows ids, positions and the cache; no text, no sampling.
import { InkstoneError } from "../core/index.ts";
import type { Precision } from "../native/index.ts";
import { CachedSequence, type Decoder, KeyValueCache } from "../nn/index.ts";
import {
  type Candidates,
  type Device,
  negativeLogLikelihood,
  PAGE_POSITIONS,
  type Recording,
  type RegisterSet,
  record,
  type Tensor,
  topCandidates,
  zeros,
} from "../tensor/index.ts";
import type { DecoderConfig } from "./architecture.ts";
import type { CausalModel, RunOptions, Sequence } from "./types.ts";

/** Rows that a recording is made for; a chunk takes the smallest that holds it. */
const BUCKETS = [1, 8, 64, 256];
/** Rows whose logits are computed together when scoring: 64 x 49,152 logits are 12.6 MB. */
const SCORE_ROWS = 64;

interface Pass {
  readonly ids: Tensor;
  readonly recording: Recording<Tensor>;
}

interface ScorePass {
  readonly ids: Tensor;
  readonly targets: Tensor;
  readonly recording: Recording<Tensor>;
}

/** Parts of a running decoder. */
export interface DecoderParts {
  readonly architecture: string;
  readonly config: DecoderConfig;
  readonly decoder: Decoder;
  readonly device: Device;
  readonly precision: Precision;
  /** Weights and whatever else is to be freed with it. */
  readonly owned: readonly { dispose(): void }[];
}

/** A decoder over one paged cache. */
export class RunningDecoder implements CausalModel {
  readonly architecture: string;
  readonly parameterCount: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly device: Device;
  readonly #parts: DecoderParts;
  #cache: KeyValueCache | undefined;
  readonly #passes = new Map<number, Pass>();
  readonly #best = new Map<string, Recording<Candidates>>();
  #scoring: ScorePass | undefined;
  #logits: { bucket: number; tensor: Tensor } | undefined;

  constructor(parts: DecoderParts) {
    this.#parts = parts;
    this.architecture = parts.architecture;
    this.parameterCount = parts.decoder.parameterCount;
    this.contextLength = parts.config.contextLength;
    this.vocabularySize = parts.config.vocabularySize;
    this.device = parts.device;
  }

  openSequences(count: number, contextLength: number): readonly Sequence[] {
    const { layers, keyValueHeads, headWidth } = this.#parts.config;
    const capacity = Math.min(contextLength, this.contextLength);
    const pages = count * Math.ceil(capacity / PAGE_POSITIONS);
    const type = this.#parts.precision === "exact" ? "f32" : "bf16";
    const cache = new KeyValueCache(this.device, { layers, heads: keyValueHeads, width: headWidth, pages, type });
    this.#cache = cache;
    return Array.from({ length: count }, () => new CachedSequence(cache, capacity));
  }

  run(sequence: Sequence, ids: readonly number[], options: RunOptions = {}): void {
    const cached = this.#reserve(sequence, ids.length);
    const largest = BUCKETS[BUCKETS.length - 1];
    for (let at = 0; at < ids.length; ) {
      const rows = Math.min(largest, ids.length - at);
      const bucket = BUCKETS.find((size) => size >= rows) as number;
      const pass = this.#pass(bucket);
      pass.ids.write(ids.slice(at, at + rows));
      pass.recording.run({ start: cached.length, rows }, options.control);
      cached.advance(rows);
      at += rows;
      this.#logits = { bucket, tensor: pass.recording.outputs };
      options.onChunk?.(at);
    }
  }

  candidates(count: number, scale = 1): { values: Float32Array; indices: Int32Array; normalizer: number } {
    const { bucket, tensor } = this.#last();
    const name = `${bucket}:${count}`;
    let best = this.#best.get(name);
    if (best === undefined) {
      best = record(this.device, (registers) => topCandidates(tensor, count, { scale: registers.define("scale") }));
      this.#best.set(name, best);
    }
    best.run({ scale });
    const { values, indices, normalizer } = best.outputs;
    return { values: values.dataSync() as Float32Array, indices: indices.dataSync() as Int32Array, normalizer: normalizer.dataSync()[0] };
  }

  logits(): Float32Array {
    return this.#last().tensor.dataSync() as Float32Array;
  }

  score(sequence: Sequence, ids: readonly number[], targets: readonly number[], options: RunOptions = {}): Float32Array {
    const cached = this.#reserve(sequence, ids.length);
    const scores = new Float32Array(ids.length);
    const pass = this.#scorePass();
    for (let at = 0; at < ids.length; at += SCORE_ROWS) {
      const rows = Math.min(SCORE_ROWS, ids.length - at);
      pass.ids.write(ids.slice(at, at + rows));
      pass.targets.write(targets.slice(at, at + rows));
      pass.recording.run({ start: cached.length, rows }, options.control);
      cached.advance(rows);
      scores.set(pass.recording.outputs.dataSync().subarray(0, rows), at);
      options.onChunk?.(at + rows);
    }
    return scores;
  }

  dispose(): void {
    for (const recording of this.#best.values()) recording.dispose();
    for (const { ids, recording } of this.#passes.values()) {
      recording.dispose();
      ids.dispose();
    }
    this.#scoring?.recording.dispose();
    this.#scoring?.ids.dispose();
    this.#scoring?.targets.dispose();
    this.#cache?.dispose();
    for (const part of this.#parts.owned) part.dispose();
  }

  #last(): { bucket: number; tensor: Tensor } {
    if (this.#logits === undefined) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: 0, capacity: 0 });
    return this.#logits;
  }

  #reserve(sequence: Sequence, count: number): CachedSequence {
    const cached = sequence as CachedSequence;
    cached.reserve(count);
    return cached;
  }

  // Without the recording its inputs are of no use.
  #record(inputs: readonly Tensor[], fn: (registers: RegisterSet) => Tensor): Recording<Tensor> {
    try {
      return record(this.device, fn);
    } catch (error) {
      for (const input of inputs) input.dispose();
      throw error;
    }
  }

  #pass(bucket: number): Pass {
    const known = this.#passes.get(bucket);
    if (known !== undefined) return known;
    const { decoder } = this.#parts;
    const ids = zeros([bucket], { type: "i32", device: this.device });
    const recording = this.#record([ids], (registers) => {
      const rows = registers.define("rows", { minimum: 1, maximum: bucket });
      const start = registers.define("start");
      const last = registers.derive("last", (values) => values["rows"] - 1);
      return decoder.logitsOf(decoder.hidden(ids, { rows, start, cache: this.#cache as KeyValueCache }), last);
    });
    const pass = { ids, recording };
    this.#passes.set(bucket, pass);
    return pass;
  }

  #scorePass(): ScorePass {
    if (this.#scoring !== undefined) return this.#scoring;
    const { decoder } = this.#parts;
    const ids = zeros([SCORE_ROWS], { type: "i32", device: this.device });
    const targets = zeros([SCORE_ROWS], { type: "i32", device: this.device });
    const recording = this.#record([ids, targets], (registers) => {
      const rows = registers.define("rows", { minimum: 1, maximum: SCORE_ROWS });
      const start = registers.define("start");
      const hidden = decoder.hidden(ids, { rows, start, cache: this.#cache as KeyValueCache });
      return negativeLogLikelihood(decoder.logits(hidden, rows), targets, { rows });
    });
    this.#scoring = { ids, targets, recording };
    return this.#scoring;
  }
}
