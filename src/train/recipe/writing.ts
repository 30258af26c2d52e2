// What a model of a recipe writes: behind a text, in the places that are hidden, as the answer to a source. Knows no folders.
import { writeSequences } from "../../generate/index.ts";
import { generateIds, runningTransformer, type TransformerEncoderDecoder } from "../../models/index.ts";
import { noGrad, type Tensor, tensor, tidy } from "../../tensor/index.ts";
import type { LanguageTask } from "./models.ts";
import { pairIds } from "./pairs.ts";

/** What a model writes behind some ids: drawn at a temperature, at 0 the likeliest; `end`: the token after which it stops, which is left out. */
export async function sampleIds(
  model: LanguageTask,
  start: readonly number[],
  count: number,
  { contextLength, temperature, seed, end }: { contextLength: number; temperature: number; seed: number; end?: number | undefined },
): Promise<number[]> {
  if (count === 0) return [];
  model.eval();
  const next = (ids: Tensor): Tensor => rowOfLogits(model.forward(ids), ids.size - 1);
  const written = await generateIds({ contextLength, next }, tensor(Int32Array.from(start), [1, start.length]), count, { temperature, seed });
  const found = Array.from(written.dataSync().subarray(start.length));
  const over = end === undefined ? -1 : found.indexOf(end);
  return over < 0 ? found : found.slice(0, over);
}

/** Ids with the likeliest words in the places of `mask`. */
export function filledIds(model: LanguageTask, ids: readonly number[], { contextLength, mask }: { contextLength: number; mask: number }): number[] {
  const seen = ids.slice(0, contextLength);
  model.eval();
  return seen.map((id, at) => (id === mask ? likeliest(rowOf(model, seen, at)) : id));
}

/** An answer has at most so many ids more than twice its source. */
const MORE = 16;

/** The likeliest answers to sources, each at most `most` ids long: with one beam greedily, else by beams. */
export async function answersOf(
  model: TransformerEncoderDecoder,
  sources: readonly (readonly number[])[],
  { most, beams = 1 }: { readonly most: number; readonly beams?: number },
): Promise<number[][]> {
  const { begin, end, first } = pairIds;
  const running = runningTransformer(model.eval(), { begin, end, never: [pairIds.padding, begin] });
  try {
    const given = sources.map((ids) => ids.map((id) => id + first));
    const written = await writeSequences(running, given, { begin, end, beams, most: ({ length }) => Math.min(most, 2 * length + MORE) });
    return written.map((ids) => ids.map((id) => Math.max(0, id - first)));
  } finally {
    running.dispose();
  }
}

function rowOf(model: LanguageTask, ids: readonly number[], at: number): ArrayLike<number> {
  return tidy(() => noGrad(() => rowOfLogits(model.forward(tensor(Int32Array.from(ids), [1, ids.length])), at).dataSync()));
}

function rowOfLogits(logits: Tensor, at: number): Tensor {
  const [, length, width] = logits.shape;
  return logits.reshape([length, width]).rows(at, 1);
}

function likeliest(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}
