// Beam search over any model that writes step by step: the one search of all models from sequence to sequence. With one beam it is the greedy choice. Knows no texts and no network.
import type { Step, StepScores } from "../../models/index.ts";

/** What is searched over. */
export interface StepModel {
  /** Begins to write: at most `rows` rows of `positions` ids; ids of `never` are not among the likeliest. */
  begin(rows: number, positions: number, never?: readonly number[]): void;
  step(step: Step, control?: Int32Array): StepScores | Promise<StepScores>;
}

/** How to search. */
export interface BeamOptions {
  /** The id that every text begins with, and the one that ends it. */
  readonly start: number;
  readonly end: number;
  readonly never?: readonly number[];
  /** Beams of a text. Default 1. */
  readonly beams?: number;
  /** Most ids of each text, its end included. */
  readonly most: readonly number[];
  /** Scores are sums of log-probabilities divided by length to this power: 0 favours short texts, more favours long ones. Default 1. */
  readonly lengthPenalty?: number;
  /** No run of so many ids comes twice in a text. Default 0: any may. */
  readonly noRepeat?: number;
  /** Texts of each that are given back, at most as many as beams. Default 1. */
  readonly best?: number;
  readonly control?: Int32Array;
  /** Texts that are done, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A text that was written. */
export interface Written {
  /** Without beginning and end. */
  readonly ids: readonly number[];
  /** The sum of its log-probabilities, its end included, divided by its length to the power of the penalty. */
  readonly score: number;
}

/** One way to go on. */
interface Beam {
  readonly ids: readonly number[];
  readonly sum: number;
}

/** A text in work. */
interface Search {
  readonly text: number;
  beams: Beam[];
  readonly found: Written[];
}

/** More candidates than are needed, so that those that would repeat themselves leave enough. */
const SPARE = 8;

/**
 * Writes to texts 0 … n - 1 of a memory: of each the best, the best first. All texts go forward together, a row for each of their beams; those that are done leave.
 *
 * A text is done when it has as many whole candidates as beams, and none that is still open can become better. Errors: those of the model.
 *
 * Sources: Sutskever et al. 2014, arXiv:1409.3215, section 3.2; the length penalty as Hugging Face transformers has it; Paulus et al. 2017, arXiv:1705.04304 (no repeats).
 *
 * @example
 * const scores = { count: 2, values: Float32Array.of(0, -1), indices: Int32Array.of(3, 1), normalizers: Float32Array.of(0), logits: () => new Float32Array(4) };
 * const model = { begin: () => undefined, step: () => scores };
 * (await beamSearch(model, 1, { start: 0, end: 3, most: [5] }))[0][0]; // { ids: [], score: 0 }
 */
export async function beamSearch(model: StepModel, texts: number, options: BeamOptions): Promise<Written[][]> {
  const { start, end, never = [], beams = 1, most, noRepeat = 0, best = 1, control, onProgress } = options;
  const searches = Array.from({ length: texts }, (_, text): Search => ({ text, beams: [{ ids: [], sum: 0 }], found: [] }));
  if (texts === 0) return [];
  const longest = most.reduce((all, each) => Math.max(all, each), 1);
  model.begin(texts * beams, longest, never);
  const how = { ...options, beams, end, noRepeat };
  let open = searches;
  let rows = open.map(({ text }) => ({ id: start, parent: text, text }));
  for (let length = 1; open.length > 0; length++) {
    const likeliest = 2 * beams + (noRepeat > 0 ? SPARE : 0);
    const [ids, parents] = [rows.map(({ id }) => id), rows.map(({ parent }) => parent)];
    const scores = await model.step({ ids, parents, texts: rows.map(({ text }) => text), likeliest }, control);
    const next: typeof rows = [];
    const still: Search[] = [];
    let row = 0;
    for (const search of open) {
      const first = row;
      row += search.beams.length;
      const chosen = goOn(search, first, scores, how);
      search.beams = chosen.map(({ beam }) => beam);
      if (length >= most[search.text]) for (const { ids, sum } of search.beams) search.found.push(whole(ids, sum, ids.length, options));
      if (length >= most[search.text] || isDone(search, beams, length, options)) continue;
      still.push(search);
      next.push(...chosen.map(({ beam, parent }) => ({ id: beam.ids[beam.ids.length - 1], parent, text: search.text })));
    }
    if (still.length < open.length) onProgress?.(texts - still.length, texts);
    open = still;
    rows = next;
  }
  return searches.map(({ found }) => found.sort((a, b) => b.score - a.score).slice(0, best));
}

function whole(ids: readonly number[], sum: number, length: number, { lengthPenalty = 1 }: BeamOptions): Written {
  return { ids, score: length === 0 ? 0 : sum / length ** lengthPenalty };
}

interface Going extends BeamOptions {
  readonly beams: number;
  readonly noRepeat: number;
}

// The likeliest of all that its beams can become: ends are set aside where they are among the first as many as beams, the others go on.
function goOn(search: Search, first: number, { count, values, indices, normalizers }: StepScores, options: Going): { beam: Beam; parent: number }[] {
  const { beams, end, noRepeat } = options;
  const ways: { beam: Beam; parent: number; id: number; sum: number }[] = [];
  for (const [b, beam] of search.beams.entries()) {
    const row = first + b;
    const banned = noRepeat > 0 ? repeats(beam.ids, noRepeat) : undefined;
    for (let i = 0; i < count; i++) {
      const id = indices[row * count + i];
      if (banned?.has(id)) continue;
      ways.push({ beam, parent: row, id, sum: beam.sum + values[row * count + i] - normalizers[row] });
    }
  }
  ways.sort((a, b) => b.sum - a.sum || a.parent - b.parent);
  const chosen: { beam: Beam; parent: number }[] = [];
  for (const [rank, { beam, parent, id, sum }] of ways.slice(0, 2 * beams).entries()) {
    if (id === end) {
      if (rank < beams) search.found.push(whole(beam.ids, sum, beam.ids.length + 1, options));
    } else if (chosen.length < beams) chosen.push({ beam: { ids: [...beam.ids, id], sum }, parent });
  }
  return chosen;
}

// Ids that would end a run of `size` ids for the second time.
function repeats(ids: readonly number[], size: number): Set<number> {
  const tail = ids.slice(ids.length - size + 1);
  const found = new Set<number>();
  if (tail.length < size - 1) return found;
  for (let at = 0; at + size <= ids.length; at++) if (tail.every((id, i) => ids[at + i] === id)) found.add(ids[at + size - 1]);
  return found;
}

// What is open can at best keep its sum.
function isDone({ found, beams: open }: Search, beams: number, length: number, { lengthPenalty = 1 }: BeamOptions): boolean {
  if (open.length === 0) return true;
  if (found.length < beams) return false;
  const bar = found.map(({ score }) => score).sort((a, b) => b - a)[beams - 1];
  return beams === 1 || open[0].sum / length ** lengthPenalty <= bar;
}
