// Batches of sentences of like length, and their columns filled up to one length. Knows no models.
import { uniform } from "../../core/index.ts";
import { shuffledOrder } from "../inputs/batches.ts";
import { dataRefusal, rowRefusal } from "../inputs/column.ts";
import { type Batch, type BatchColumn, valuesColumn } from "../loop/index.ts";

/** Sequences of ids in pairs. */
export interface SequencePairs {
  readonly source: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
}

/** Batches that are sorted together, so that the rows of each are of like length. */
const POOL = 20;
/** Lengths are rounded up to a multiple of this: a recording is made for each. */
const STEP = 8;
// The operation number of the order of batches among the random numbers of a seed.
const BATCHES = 0xfffffffe;

/** Throws where pairs cannot be used: `E_TRAINING_DATA`, `E_TRAINING_ROW` with the first row that is at fault. */
export function checkPairs(name: string, { source, target }: SequencePairs, vocabularies: readonly [number, number]): void {
  if (source.length === 0) throw dataRefusal(name, "it has no pairs", "它没有任何句对");
  if (source.length !== target.length) {
    throw dataRefusal(name, `${source.length} sources, ${target.length} targets`, `有 ${source.length} 个源句、${target.length} 个目标句`);
  }
  for (const [side, rows] of [source, target].entries()) {
    const size = vocabularies[side];
    for (const [row, ids] of rows.entries()) {
      if (ids.length === 0) throw rowRefusal(name, row, { en: `its ${side ? "target" : "source"} is empty`, zh: `其${side ? "目标" : "源"}句为空` });
      const wrong = ids.find((id) => !(Number.isInteger(id) && id > 0 && id < size));
      if (wrong !== undefined)
        throw rowRefusal(name, row, { en: `the id ${wrong} is not one of 1 to ${size - 1}`, zh: `编号 ${wrong} 不在 1 到 ${size - 1} 之间` });
    }
  }
}

/** The batches of an epoch: pools of rows in shuffled order are sorted by target length, cut, and the batches shuffled. A function of seed and epoch. */
export function sequenceBatches(
  { target }: { readonly target: readonly { readonly length: number }[] },
  batchSize: number,
  seed: number,
  epoch: number,
): Uint32Array[] {
  const order = shuffledOrder(target.length, seed, epoch);
  const batches: Uint32Array[] = [];
  for (let at = 0; at < order.length; at += POOL * batchSize) {
    const pool = [...order.subarray(at, at + POOL * batchSize)].sort((a, b) => target[a].length - target[b].length || a - b);
    for (let i = 0; i < pool.length; i += batchSize) batches.push(Uint32Array.from(pool.slice(i, i + batchSize)));
  }
  for (let i = batches.length - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, epoch, BATCHES, i) * (i + 1));
    [batches[i], batches[j]] = [batches[j], batches[i]];
  }
  return batches;
}

/** A batch: sources with their end, targets from the beginning token on, and the same one place later as answers. Filled with 0. */
export function sequenceBatch(pairs: SequencePairs, rows: Uint32Array, { begin, end }: { readonly begin: number; readonly end: number }): Batch {
  const pick = (side: readonly (readonly number[])[]) => Array.from(rows, (row) => side[row]);
  const [source, target] = [pick(pairs.source), pick(pairs.target)];
  const columns = [
    padded(
      "source",
      source.map((ids) => [...ids, end]),
    ),
    padded(
      "target",
      target.map((ids) => [begin, ...ids]),
    ),
    padded(
      "answers",
      target.map((ids) => [...ids, end]),
    ),
  ];
  return { rows: rows.length, columns };
}

// Rows of ids filled up with 0 to a common length, which is a multiple of 8.
function padded(name: string, rows: readonly (readonly number[])[]): BatchColumn {
  const longest = rows.reduce((most, { length }) => Math.max(most, length), 1);
  const width = Math.ceil(longest / STEP) * STEP;
  const values = new Int32Array(rows.length * width);
  for (const [row, ids] of rows.entries()) values.set(ids, row * width);
  return valuesColumn(name, values, [rows.length, width]);
}
