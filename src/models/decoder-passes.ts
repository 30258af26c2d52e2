// The recorded passes of a decoder: one list for each bucket of rows, of rows whose logits are wanted, and of how many of the likeliest. Knows slots, no sequences.
import { InkstoneError } from "../core/index.ts";
import type { Scalar } from "../native/index.ts";
import type { Decoder, KeyValueCache } from "../nn/index.ts";
import {
  Arena,
  type Device,
  negativeLogLikelihood,
  outsideScopes,
  type Recording,
  type RegisterSet,
  record,
  type Tensor,
  topCandidates,
  zeros,
} from "../tensor/index.ts";
import type { StepResult } from "./types.ts";

/** Rows that a recording is made for; a pass takes the smallest that holds it. */
const BUCKETS = [1, 8, 64, 256];
/** Most rows of a pass. */
export const MOST_ROWS = 256;
/** Most runs of a pass: sequences that go side by side. */
export const MOST_RUNS = 64;
/** Rows whose logits are computed together when scoring: 64 x 49,152 logits are 12.6 MB. */
export const SCORE_ROWS = 64;
/** How many of the likeliest a recording gives: one for greedy choices, or as many as sampling begins with. */
const COUNTS = [1, 256];

/** Ids of one sequence in a pass. */
export interface Piece {
  readonly ids: readonly number[];
  /** The sequence's row of the page table, and the position of the first id. */
  readonly slot: number;
  readonly start: number;
  /** From 1; 0 or nothing: none. */
  readonly adapter?: number;
  /** To be scored: one target for each id. */
  readonly targets?: readonly number[];
  /** How many of the likeliest after the last id. */
  readonly likeliest?: { readonly likeliest: number; readonly scale?: number };
}

interface Outputs {
  readonly [name: string]: Tensor;
}

/** The passes over one cache. */
export class DecoderPasses {
  readonly #decoder: Decoder;
  readonly #cache: KeyValueCache;
  readonly #device: Device;
  readonly #vocabulary: number;
  readonly #adapterRows: Tensor | undefined;
  readonly #inputs: Readonly<Record<"ids" | "places" | "runs" | "wanted" | "scales" | "targets", Tensor>>;
  readonly #arena: Arena;
  readonly #views: Tensor[] = [];
  readonly #recordings = new Map<string, Recording<Outputs>>();
  #steps = 0;

  constructor(decoder: Decoder, cache: KeyValueCache, device: Device, vocabulary: number, adapterRows?: Tensor) {
    this.#decoder = decoder;
    this.#cache = cache;
    this.#device = device;
    this.#vocabulary = vocabulary;
    this.#adapterRows = adapterRows;
    const whole = (count: number) => zeros([count], { type: "i32", device });
    this.#inputs = outsideScopes(() => ({
      ids: whole(MOST_ROWS),
      places: whole(MOST_ROWS),
      runs: zeros([MOST_RUNS, 3], { type: "i32", device }),
      wanted: whole(MOST_RUNS),
      scales: zeros([MOST_RUNS], { device }),
      targets: whole(SCORE_ROWS),
    }));
    this.#arena = new Arena(device);
  }

  /** Runs a pass. `more`: another will follow before its results are looked at. */
  run(pieces: readonly Piece[], control: Int32Array | undefined, more: boolean): StepResult[] {
    const rows = pieces.reduce((sum, { ids }) => sum + ids.length, 0);
    const wanting = pieces.filter(({ likeliest }) => likeliest !== undefined);
    const scored = pieces.some(({ targets }) => targets !== undefined);
    this.#write(pieces, wanting);
    const most = wanting.reduce((largest, { likeliest }) => Math.max(largest, likeliest?.likeliest ?? 0), 0);
    const recording = scored ? this.#scoring() : this.#pass(bucketOf(rows), bucketOf(wanting.length), this.#countOf(most));
    recording.run({ rows, runs: pieces.length, ...(scored ? {} : { wanted: wanting.length }) }, control);
    this.#steps++;
    if (scored) return this.#scores(pieces, recording);
    return this.#likeliest(pieces, recording, more);
  }

  dispose(): void {
    for (const recording of this.#recordings.values()) recording.dispose();
    this.#recordings.clear();
    for (const input of [...Object.values(this.#inputs), ...this.#views]) input.dispose();
    this.#arena.dispose();
  }

  #write(pieces: readonly Piece[], wanting: readonly Piece[]): void {
    const { ids, places, runs, wanted, scales, targets } = this.#inputs;
    const firsts: number[] = [];
    let row = 0;
    for (const piece of pieces) {
      firsts.push(row);
      row += piece.ids.length;
    }
    ids.write(pieces.flatMap((piece) => piece.ids));
    this.#adapterRows?.write(pieces.flatMap((piece) => piece.ids.map(() => piece.adapter ?? 0)));
    places.write(pieces.flatMap((piece) => piece.ids.map((_, i) => piece.start + i)));
    runs.write(pieces.flatMap(({ start, slot }, i) => [firsts[i], start, slot]));
    const goals = pieces.flatMap((piece) => piece.targets ?? []);
    if (goals.length > 0) targets.write(goals);
    if (wanting.length === 0) return;
    wanted.write(pieces.flatMap((piece, i) => (piece.likeliest ? [firsts[i] + piece.ids.length - 1] : [])));
    scales.write(wanting.map(({ likeliest }) => likeliest?.scale ?? 1));
  }

  // The first values of an input, kept as long as it.
  #first(input: Tensor, count: number): Tensor {
    const view = outsideScopes(() => input.rows(0, count));
    this.#views.push(view);
    return view;
  }

  #countOf(most: number): number {
    return Math.min(COUNTS.find((count) => count >= most) ?? most, this.#vocabulary);
  }

  #scores(pieces: readonly Piece[], recording: Recording<Outputs>): StepResult[] {
    const all = recording.outputs["nll"].dataSync() as Float32Array;
    let at = 0;
    return pieces.map(({ ids }) => {
      at += ids.length;
      return { scores: all.slice(at - ids.length, at) };
    });
  }

  #likeliest(pieces: readonly Piece[], recording: Recording<Outputs>, more: boolean): StepResult[] {
    const { values, indices, normalizer, logits } = recording.outputs;
    if (pieces.every(({ likeliest }) => likeliest === undefined)) return pieces.map(() => ({}));
    const [found, ids, sums] = [values.dataSync() as Float32Array, indices.dataSync() as Int32Array, normalizer.dataSync()];
    const count = values.shape[1];
    const step = this.#steps;
    let row = 0;
    return pieces.map(({ likeliest }) => {
      if (likeliest === undefined) return {};
      const [at, end] = [row * count, row * count + Math.min(likeliest.likeliest, count)];
      const whole = this.#logitsOf(logits.rows(row, 1), step);
      const copy = more ? whole() : undefined;
      const result = { values: found.slice(at, end), indices: ids.slice(at, end), normalizer: sums[row++] };
      return { likeliest: result, logits: copy ? () => copy : whole };
    });
  }

  #logitsOf(logits: Tensor, step: number): () => Float32Array {
    return () => {
      if (this.#steps === step) return logits.dataSync() as Float32Array;
      throw new InkstoneError("E_RECORDING", { why: { en: "another step has run since", zh: "此后已执行过另一步" } });
    };
  }

  // Where nothing is wanted the list is that of one row, with none valid: its head computes nothing.
  #pass(rows: number, wanted: number, count: number): Recording<Outputs> {
    return this.#record(`${rows} ${wanted} ${count}`, (registers): Outputs => {
      const { hidden } = this.#hidden(registers, rows);
      const { scales } = this.#inputs;
      const valid = registers.define("wanted", { maximum: wanted });
      const logits = this.#decoder.logitsOf(hidden, this.#first(this.#inputs.wanted, wanted), valid);
      return { ...topCandidates(logits, count, { scales: this.#first(scales, wanted), rows: valid }), logits };
    });
  }

  #scoring(): Recording<Outputs> {
    return this.#record("scores", (registers) => {
      const { hidden, rows } = this.#hidden(registers, SCORE_ROWS);
      return { nll: negativeLogLikelihood(this.#decoder.logits(hidden, rows), this.#inputs.targets, { rows }) };
    });
  }

  #hidden(registers: RegisterSet, bucket: number): { hidden: Tensor; rows: Scalar } {
    const { ids, places, runs } = this.#inputs;
    const rows = registers.define("rows", { minimum: 1, maximum: bucket });
    const runCount = registers.define("runs", { minimum: 1, maximum: MOST_RUNS });
    const context = { rows, places: this.#first(places, bucket), runs, runCount, cache: this.#cache };
    return { hidden: this.#decoder.hidden(this.#first(ids, bucket), context), rows };
  }

  #record(key: string, fn: (registers: RegisterSet) => Outputs): Recording<Outputs> {
    const known = this.#recordings.get(key);
    if (known !== undefined) return known;
    const recording = record(this.#device, fn, { arena: this.#arena });
    this.#recordings.set(key, recording);
    return recording;
  }
}

const bucketOf = (rows: number): number => BUCKETS.find((size) => size >= rows) ?? MOST_ROWS;
