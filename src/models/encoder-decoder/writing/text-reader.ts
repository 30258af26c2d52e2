// Reading texts for a decoder: sentences packed end to end into passes of a few sizes, each recorded once; their rows become keys and values of a memory. Knows ids only.
import { InkstoneError } from "../../../core/index.ts";
import type { Scalar } from "../../../native/index.ts";
import type { StepDecoder } from "../../../nn/index.ts";
import { type Device, type Recording, record, type Tensor, zeros } from "../../../tensor/index.ts";
import type { ReadTexts } from "./step-writer.ts";

/** Rows that a pass is recorded for. */
const BUCKETS = [16, 32, 64, 128, 256, 512, 1024];
/** The segment of filling. */
const FILLING = -1;
const UNSEEN = -1e30;

/** What an encoder reads: i32 [T] each. */
export interface TextRows {
  readonly ids: Tensor;
  /** Of each row in its text. */
  readonly places: Tensor;
  /** The text of each row; rows of a negative one are filling. */
  readonly segments: Tensor;
  /** f32 [T]: 0 for rows that count, -1e30 for filling: what may be added to scores. */
  readonly seen: Tensor;
  /** Valid rows. */
  readonly rows: Scalar;
}

/** An encoder of texts: rows in, rows [T, C] out. */
export type TextEncoder = (rows: TextRows) => Tensor;

interface Pass {
  readonly inputs: Readonly<Record<"ids" | "places" | "segments" | "runs" | "seen", Tensor>>;
  readonly recording: Recording<Tensor>;
}

/** Parts of a reader. */
export interface TextReaderParts {
  readonly encoder: TextEncoder;
  readonly decoder: StepDecoder;
  readonly texts: ReadTexts;
  /** Most texts at once. */
  readonly most: number;
  /** Most ids of a text, its end included. */
  readonly longest: number;
  /** Whether texts are read one by one, for encoders that cannot tell packed ones apart. Default false. */
  readonly apart?: boolean;
}

/** Reads. */
export class TextReader {
  readonly longest: number;
  readonly most: number;
  readonly #parts: TextReaderParts;
  readonly #device: Device;
  readonly #passes = new Map<number, Pass>();

  constructor(parts: TextReaderParts, device: Device) {
    this.#parts = parts;
    this.#device = device;
    this.longest = Math.min(parts.longest, BUCKETS[BUCKETS.length - 1]);
    this.most = parts.most;
  }

  /**
   * Reads texts, each an own slot of the memory; what was read before is forgotten. `take` sees the encoder's rows [ids, C] of each text: a view, valid during the call.
   *
   * Errors: `E_SEQUENCE_FULL` for a text that is empty or too long, or more texts than there is room for; `E_KERNEL` for an id outside; `E_CANCELLED`.
   */
  read(sources: readonly (readonly number[])[], control?: Int32Array, take?: (text: number, rows: Float32Array) => void): void {
    const { texts, apart } = this.#parts;
    const wrong = sources.find(({ length }) => length === 0 || length > this.longest);
    if (wrong !== undefined) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: wrong.length, capacity: this.longest });
    if (sources.length > this.most) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: sources.length, capacity: this.most });
    texts.hold(sources.map(({ length }) => length));
    for (let first = 0; first < sources.length; ) {
      let [last, rows] = [first, 0];
      while (last < sources.length && (last === first || (!apart && rows + sources[last].length <= BUCKETS[BUCKETS.length - 1])))
        rows += sources[last++].length;
      this.#run(sources, first, last, rows, control, take);
      first = last;
    }
  }

  #run(
    sources: readonly (readonly number[])[],
    first: number,
    last: number,
    rows: number,
    control?: Int32Array,
    take?: (text: number, rows: Float32Array) => void,
  ): void {
    const bucket = BUCKETS.find((size) => size >= rows) as number;
    const { inputs, recording } = this.#pass(bucket);
    const [ids, places, segments] = [0, 0, FILLING].map((value) => new Int32Array(bucket).fill(value));
    const runs: number[] = [];
    let at = 0;
    for (let text = first; text < last; text++) {
      runs.push(at, 0, text);
      for (const [i, id] of sources[text].entries()) {
        [ids[at], places[at], segments[at]] = [id, i, text - first];
        at++;
      }
    }
    inputs.ids.write(ids);
    inputs.places.write(places);
    inputs.segments.write(segments);
    inputs.runs.write(runs);
    inputs.seen.write(Float32Array.from(segments, (segment) => (segment === FILLING ? UNSEEN : 0)));
    recording.run({ rows, runs: last - first }, control);
    if (take === undefined) return;
    const all = recording.outputs.dataSync() as Float32Array;
    const width = recording.outputs.shape[1];
    at = 0;
    for (let text = first; text < last; text++) {
      take(text, all.subarray(at * width, (at + sources[text].length) * width));
      at += sources[text].length;
    }
  }

  #pass(bucket: number): Pass {
    const known = this.#passes.get(bucket);
    if (known !== undefined) return known;
    const device = this.#device;
    const whole = (...shape: number[]) => zeros(shape, { type: "i32", device });
    const inputs = {
      ids: whole(bucket),
      places: whole(bucket),
      segments: whole(bucket),
      runs: whole(this.most, 3),
      seen: zeros([bucket], { device }),
    };
    const { encoder, decoder, texts } = this.#parts;
    try {
      const recording = record(device, (registers) => {
        const rows = registers.define("rows", { minimum: 1, maximum: bucket });
        const runCount = registers.define("runs", { minimum: 1, maximum: this.most });
        const read = encoder({ ids: inputs.ids, places: inputs.places, segments: inputs.segments, seen: inputs.seen, rows });
        decoder.remember(read, { cache: texts.cache, runs: inputs.runs, runCount, rows });
        return read;
      });
      const pass = { inputs, recording };
      this.#passes.set(bucket, pass);
      return pass;
    } catch (error) {
      for (const input of Object.values(inputs)) input.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const { recording, inputs } of this.#passes.values()) {
      recording.dispose();
      for (const input of Object.values(inputs)) input.dispose();
    }
    this.#passes.clear();
  }
}
