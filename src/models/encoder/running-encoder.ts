// An encoder that runs: sentences packed end to end into passes of a few sizes, each recorded once. Knows ids only.
import { InkstoneError } from "../../core/index.ts";
import { type ComputePrecision, type Device, type Recording, record, type Tensor, withPrecision, zeros } from "../../tensor/index.ts";
import type { EncoderConfig } from "./config.ts";
import type { Encoder } from "./encoder.ts";

/** Rows that a pass is recorded for; sentences fill the largest, what is left takes the smallest that holds it. */
const BUCKETS = [16, 32, 64, 128, 256, 512, 1024];
/** The segment of filling. */
const FILLING = -1;

/** One sentence. */
export interface EncoderInput {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

interface Pass {
  readonly ids: Tensor;
  readonly positions: Tensor;
  readonly types: Tensor;
  readonly segments: Tensor;
  readonly recording: Recording<Tensor>;
}

/** How to run. */
export interface EncoderRunOptions {
  /** Shared control words: cancelled when the first is set. */
  readonly control?: Int32Array;
  /** Called after each pass with the sentences done so far. */
  readonly onProgress?: (done: number) => void;
}

/** An encoder over recorded passes. */
export class RunningEncoder {
  readonly config: EncoderConfig;
  readonly device: Device;
  /** Most ids of a sentence. */
  readonly longest: number;
  readonly #encoder: Encoder;
  readonly #owned: readonly { dispose(): void }[];
  readonly #compute: ComputePrecision;
  readonly #passes = new Map<number, Pass>();

  /** compute: of products with plain matrices; packed ones have their own. */
  constructor(parts: {
    config: EncoderConfig;
    encoder: Encoder;
    device: Device;
    owned: readonly { dispose(): void }[];
    compute: ComputePrecision;
  }) {
    this.config = parts.config;
    this.device = parts.device;
    this.longest = Math.min(parts.config.positions - parts.config.firstPosition, BUCKETS[BUCKETS.length - 1]);
    this.#encoder = parts.encoder;
    this.#owned = parts.owned;
    this.#compute = parts.compute;
  }

  get parameterCount(): number {
    return this.#encoder.parameterCount;
  }

  /**
   * Hands the rows [ids, C] of each sentence to `take`, in any order. A view: valid during the call.
   *
   * Errors: `E_SEQUENCE_FULL` for a sentence that is too long or empty; `E_KERNEL` for an id outside; `E_CANCELLED`.
   */
  run(inputs: readonly EncoderInput[], take: (index: number, rows: Float32Array) => void, options: EncoderRunOptions = {}): void {
    for (const { ids } of inputs) {
      if (ids.length > this.longest || ids.length === 0)
        throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: ids.length, capacity: this.longest });
    }
    // The longest first: short ones fill what they leave.
    const order = inputs.map((_, i) => i).sort((a, b) => inputs[b].ids.length - inputs[a].ids.length);
    let done = 0;
    for (let first = 0; first < order.length; ) {
      let rows = 0;
      let last = first;
      while (last < order.length && rows + inputs[order[last]].ids.length <= BUCKETS[BUCKETS.length - 1]) rows += inputs[order[last++]].ids.length;
      this.#runPass(inputs, order.slice(first, last), rows, take, options);
      done += last - first;
      options.onProgress?.(done);
      first = last;
    }
  }

  #runPass(
    inputs: readonly EncoderInput[],
    chosen: readonly number[],
    rows: number,
    take: (index: number, rows: Float32Array) => void,
    { control }: EncoderRunOptions,
  ): void {
    const bucket = BUCKETS.find((size) => size >= rows) as number;
    const pass = this.#pass(bucket);
    const [ids, positions, types, segments] = [0, 0, 0, FILLING].map((value) => new Int32Array(bucket).fill(value));
    let at = 0;
    for (const [segment, index] of chosen.entries()) {
      const input = inputs[index];
      for (let i = 0; i < input.ids.length; i++, at++) {
        ids[at] = input.ids[i];
        positions[at] = this.config.firstPosition + i;
        types[at] = Math.min(input.types[i], this.config.types - 1);
        segments[at] = segment;
      }
    }
    pass.ids.write(ids);
    pass.positions.write(positions);
    if (this.config.types > 0) pass.types.write(types);
    pass.segments.write(segments);
    pass.recording.run({}, control);
    const y = pass.recording.outputs.dataSync() as Float32Array;
    const { width } = this.config;
    at = 0;
    for (const index of chosen) {
      const count = inputs[index].ids.length;
      take(index, y.subarray(at * width, (at + count) * width));
      at += count;
    }
  }

  #pass(bucket: number): Pass {
    const known = this.#passes.get(bucket);
    if (known !== undefined) return known;
    const [ids, positions, types, segments] = [0, 1, 2, 3].map(() => zeros([bucket], { type: "i32", device: this.device }));
    try {
      const recording = withPrecision(this.#compute, () => record(this.device, () => this.#encoder.forward({ ids, positions, types, segments })));
      const pass = { ids, positions, types, segments, recording };
      this.#passes.set(bucket, pass);
      return pass;
    } catch (error) {
      for (const input of [ids, positions, types, segments]) input.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const { recording, ids, positions, types, segments } of this.#passes.values()) {
      recording.dispose();
      for (const input of [ids, positions, types, segments]) input.dispose();
    }
    this.#passes.clear();
    for (const part of this.#owned) part.dispose();
  }
}
