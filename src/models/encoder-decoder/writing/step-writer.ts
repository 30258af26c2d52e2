// Steps of a decoder over a memory: a row for each text or beam, all at one position, recorded once for each number of rows. Knows no ids' meaning and no search.
import { InkstoneError } from "../../../core/index.ts";
import { CachedSequence, KeyValueCache, type LayerState, type StepPass } from "../../../nn/index.ts";
import { add, type Device, type Recording, record, type Tensor, tensor, tidy, topCandidates, zeros } from "../../../tensor/index.ts";
import type { WritingParts, WritingSizes } from "./sizes.ts";

/** Numbers of rows that passes are recorded for. */
const ROWS = [1, 4, 8, 16, 32, 64];
/** Positions that a text has room for. */
const POSITIONS = [64, 128, 256, 512, 1024, 2048];
/** Rooms that are kept. */
const MOST_ROOMS = 3;

/** Most rows of a step. */
export const MOST_STEP_ROWS = 64;

/** What a step asks. */
export interface Step {
  /** An id a row. */
  readonly ids: readonly number[];
  /** Which row of the step before each goes on from. Default: the same. */
  readonly parents?: readonly number[];
  /** Which text of the memory each row reads. */
  readonly texts: readonly number[];
  /** How many of the likeliest; 0: nothing, the ids are only read. */
  readonly likeliest: number;
}

/** What it gives: row r has its likeliest at r · count. */
export interface StepScores {
  readonly count: number;
  readonly values: Float32Array;
  readonly indices: Int32Array;
  /** log of the sum of exp of a row's logits. */
  readonly normalizers: Float32Array;
  /** All logits of a row; to be asked before the next step. */
  logits(row: number): Float32Array;
}

interface Outputs {
  readonly [name: string]: Tensor;
}

/** Everything that steps of one number of rows and positions write into. */
interface Room {
  readonly rows: number;
  readonly positions: number;
  readonly inputs: Readonly<Record<"ids" | "parents" | "ancestors" | "started" | "runs" | "never", Tensor>>;
  readonly states: readonly LayerState[];
  readonly passes: Map<number, Recording<Outputs>>;
}

/** Keys and values of what was read, and how many rows each text has. */
export class ReadTexts {
  readonly cache: KeyValueCache;
  readonly #sequences: readonly CachedSequence[];

  /** Room for so many texts of at most `longest` rows. Errors: `E_MEMORY`. */
  constructor(device: Device, { layers, heads, headWidth }: WritingSizes, options: { texts: number; longest: number; type: "f32" | "bf16" }) {
    const slotPages = Math.ceil(options.longest / 256);
    const pages = options.texts * slotPages;
    this.cache = new KeyValueCache(device, { layers, heads, width: headWidth, pages, slots: options.texts, slotPages, type: options.type });
    this.#sequences = Array.from({ length: options.texts }, (_, slot) => new CachedSequence(this.cache, options.longest, slot));
  }

  /** Forgets all texts and makes room for new ones, a slot each. Errors: `E_SEQUENCE_FULL`. */
  hold(lengths: readonly number[]): void {
    for (const sequence of this.#sequences) sequence.truncate(0);
    for (const [i, length] of lengths.entries()) {
      this.#sequences[i].reserve(length);
      this.#sequences[i].advance(length);
    }
  }

  /** Rows of a text. */
  length(text: number): number {
    return this.#sequences[text].length;
  }

  dispose(): void {
    this.cache.dispose();
  }
}

/** Writes step by step. One text is begun after another; states and recordings are kept. */
export class StepWriter {
  readonly sizes: WritingSizes;
  readonly #parts: WritingParts;
  readonly #texts: ReadTexts;
  readonly #device: Device;
  readonly #rooms = new Map<string, Room>();
  #room: Room | undefined;
  #position = 0;
  /** Of the room: ancestors as they were written last. */
  #ancestors = new Int32Array(0);

  constructor(parts: WritingParts, texts: ReadTexts, device: Device) {
    this.sizes = parts.sizes;
    this.#parts = parts;
    this.#texts = texts;
    this.#device = device;
  }

  /** The position that the next step writes. */
  get position(): number {
    return this.#position;
  }

  /**
   * Begins to write: at most `rows` rows of at most `positions` ids each. `never`: ids that are never among the likeliest.
   *
   * Errors: `E_SEQUENCE_FULL` for more positions than the model has, `E_OPTION` for more than 64 rows, `E_MEMORY`.
   */
  begin(rows: number, positions: number, never: readonly number[] = []): void {
    if (rows > MOST_STEP_ROWS) throw new InkstoneError("E_OPTION", { option: "rows", value: rows, allowed: [`1 – ${MOST_STEP_ROWS}`] });
    if (positions > this.sizes.positions) throw new InkstoneError("E_SEQUENCE_FULL", { length: 0, more: positions, capacity: this.sizes.positions });
    const most = Math.min(this.sizes.positions, POSITIONS.find((each) => each >= positions) ?? this.sizes.positions);
    const room = this.#roomFor(ROWS.find((each) => each >= rows) ?? MOST_STEP_ROWS, most);
    this.#room = room;
    this.#position = 0;
    this.#ancestors = Int32Array.from({ length: room.rows * room.positions }, (_, at) => Math.floor(at / room.positions));
    room.inputs.ancestors.write(this.#ancestors);
    room.inputs.started.write([0]);
    this.suppress(never);
    for (const { carried } of room.states) carried?.write(new Float32Array(carried.size));
  }

  /** Ids that are never among the likeliest, from now on. */
  suppress(never: readonly number[]): void {
    const room = this.#room as Room;
    const values = new Float32Array(this.sizes.vocabularySize);
    for (const id of never) if (id < values.length) values[id] = -1e30;
    room.inputs.never.write(values);
  }

  /** One step. Errors: `E_SEQUENCE_FULL`, `E_KERNEL` for an id outside, `E_CANCELLED` once the control word is set. */
  step({ ids, parents, texts, likeliest }: Step, control?: Int32Array): StepScores {
    const room = this.#room;
    if (room === undefined || this.#position >= room.positions)
      throw new InkstoneError("E_SEQUENCE_FULL", { length: this.#position, more: 1, capacity: room?.positions ?? 0 });
    this.#follow(room, parents);
    room.inputs.ids.write(ids);
    room.inputs.runs.write(texts.flatMap((text, row) => [row, this.#texts.length(text) - 1, text]));
    if (this.#position === 1) room.inputs.started.write([1]);
    const pass = this.#pass(room, likeliest);
    pass.run({ rows: ids.length, position: this.#position }, control);
    this.#position++;
    return scoresOf(pass.outputs, likeliest);
  }

  dispose(): void {
    for (const room of this.#rooms.values()) freeRoom(room);
    this.#rooms.clear();
    this.#room = undefined;
  }

  // Row r goes on from row p: its past is that of p, and the last position lies in p itself.
  #follow({ rows, positions, inputs }: Room, parents: readonly number[] | undefined): void {
    const all = Int32Array.from({ length: rows }, (_, row) => parents?.[row] ?? row);
    inputs.parents.write(all);
    const last = this.#position - 1;
    if (last < 0 || all.every((parent, row) => parent === row)) return;
    const before = this.#ancestors;
    const after = before.slice();
    for (const [row, parent] of all.entries()) {
      after.set(before.subarray(parent * positions, parent * positions + last), row * positions);
      after[row * positions + last] = parent;
    }
    this.#ancestors = after;
    inputs.ancestors.write(after);
  }

  #roomFor(rows: number, positions: number): Room {
    const key = `${rows} ${positions}`;
    const room = this.#rooms.get(key) ?? this.#makeRoom(rows, positions);
    this.#rooms.delete(key);
    this.#rooms.set(key, room);
    for (const [old, each] of this.#rooms) {
      if (this.#rooms.size <= MOST_ROOMS) break;
      this.#rooms.delete(old);
      freeRoom(each);
    }
    return room;
  }

  #makeRoom(rows: number, positions: number): Room {
    const { layers, width, heads, headWidth, vocabularySize, past } = this.sizes;
    const device = this.#device;
    const whole = (...shape: number[]) => zeros(shape, { type: "i32", device });
    const values = () => zeros([positions, rows, heads, headWidth], { device });
    return {
      rows,
      positions,
      inputs: {
        ids: whole(rows),
        parents: whole(rows),
        ancestors: whole(rows, positions),
        started: tensor(0, [], { device }),
        runs: whole(rows, 3),
        never: zeros([vocabularySize], { device }),
      },
      states: Array.from({ length: layers }, () =>
        past === "history" ? { history: { keys: values(), values: values() } } : { carried: zeros([rows, width], { device }) },
      ),
      passes: new Map(),
    };
  }

  #pass(room: Room, likeliest: number): Recording<Outputs> {
    const known = room.passes.get(likeliest);
    if (known !== undefined) return known;
    const { decoder } = this.#parts;
    const { inputs, states } = room;
    const made = record(this.#device, (registers): Outputs => {
      const rows = registers.define("rows", { minimum: 1, maximum: room.rows });
      const position = registers.define("position", { maximum: room.positions - 1 });
      const { ancestors, parents, started, runs } = inputs;
      const pass: StepPass = { rows, position, started, ancestors, parents, states, memory: { cache: this.#texts.cache, runs } };
      const hidden = decoder.hidden(inputs.ids, pass);
      if (likeliest === 0) return { hidden };
      const logits = decoder.logits(hidden, rows);
      return { ...topCandidates(add(logits, inputs.never, { rows }), likeliest, { rows }), logits };
    });
    room.passes.set(likeliest, made);
    return made;
  }
}

function scoresOf(outputs: Outputs, count: number): StepScores {
  const { values, indices, normalizer, logits } = outputs;
  if (logits === undefined)
    return { count, values: new Float32Array(0), indices: new Int32Array(0), normalizers: new Float32Array(0), logits: () => new Float32Array(0) };
  return {
    count,
    values: values.dataSync() as Float32Array,
    indices: indices.dataSync() as Int32Array,
    normalizers: normalizer.dataSync() as Float32Array,
    logits: (row) => tidy(() => logits.rows(row, 1).dataSync() as Float32Array),
  };
}

function freeRoom({ inputs, states, passes }: Room): void {
  for (const pass of passes.values()) pass.dispose();
  for (const input of Object.values(inputs)) input.dispose();
  for (const { history, carried } of states) for (const each of [history?.keys, history?.values, carried]) each?.dispose();
}
