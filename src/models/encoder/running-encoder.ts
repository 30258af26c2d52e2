// An encoder that runs: sentences packed end to end into passes, each size recorded once. Knows ids only.
import { InkstoneError } from "../../core/index.ts";
import { Arena, type ComputePrecision, type Device, type Recording, record, type Tensor, withPrecision, zeros } from "../../tensor/index.ts";
import type { EncoderConfig } from "./config.ts";
import type { Encoder } from "./encoder.ts";

/** Most rows of a pass. */
const MOST_ROWS = 1024;
/** Rows that a pass is recorded for are multiples of this, or of half of it where they are few. */
const STEP = 32;
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

/** Rows of the pass that so many need. */
function sizeFor(rows: number): number {
  const step = rows <= 2 * STEP ? STEP / 2 : STEP;
  return Math.ceil(rows / step) * step;
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
  /** Sizes that a larger pass has stood in for. */
  readonly #met = new Set<number>();
  /** Passes run one after another: they share their memory. */
  readonly #arena: Arena;

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
    this.longest = Math.min(parts.config.positions - parts.config.firstPosition, MOST_ROWS);
    this.#arena = new Arena(parts.device);
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
      while (last < order.length && rows + inputs[order[last]].ids.length <= MOST_ROWS) rows += inputs[order[last++]].ids.length;
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
    const { size, pass } = this.#pass(sizeFor(rows));
    const [ids, positions, types, segments] = [0, 0, 0, FILLING].map((value) => new Int32Array(size).fill(value));
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

  // A recording costs as much as some passes: where a pass that is a little larger is at hand, it stands in once.
  #pass(size: number): { readonly size: number; readonly pass: Pass } {
    const known = this.#passes.get(size);
    if (known !== undefined) return { size, pass: known };
    const larger = [...this.#passes.keys()].filter((other) => other > size && other <= (size * 9) / 8);
    if (larger.length > 0 && !this.#met.has(size)) {
      this.#met.add(size);
      const nearest = Math.min(...larger);
      return { size: nearest, pass: this.#passes.get(nearest) as Pass };
    }
    const pass = this.#record(size);
    this.#passes.set(size, pass);
    return { size, pass };
  }

  #record(size: number): Pass {
    const [ids, positions, types, segments] = [0, 1, 2, 3].map(() => zeros([size], { type: "i32", device: this.device }));
    try {
      const forward = () => this.#encoder.forward({ ids, positions, types, segments });
      const recording = withPrecision(this.#compute, () => record(this.device, forward, { arena: this.#arena }));
      return { ids, positions, types, segments, recording };
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
    this.#arena.dispose();
    for (const part of this.#owned) part.dispose();
  }
}
