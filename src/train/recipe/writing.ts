// What a model of a recipe writes: behind a text, in the places that are hidden, as the answer to a source. Knows no folders.
import { writeSequences } from "../../generate/index.ts";
import { runningTransformer, type TransformerEncoderDecoder } from "../../models/index.ts";
import { noGrad, type Tensor, tensor, tidy } from "../../tensor/index.ts";
import { Turns } from "../inputs/turns.ts";
import type { LanguageTask } from "./models.ts";
import { pairIds } from "./pairs.ts";

/** What a model writes behind some ids: drawn at a temperature, at 0 the likeliest; `end`: the token after which it stops, which is left out. */
export async function sampleIds(
  model: LanguageTask,
  start: readonly number[],
  count: number,
  { contextLength, temperature, draw, end }: { contextLength: number; temperature: number; draw: (i: number) => number; end?: number | undefined },
): Promise<number[]> {
  const ids = [...start];
  const turns = new Turns();
  model.eval();
  for (let i = 0; i < count; i++) {
    const seen = ids.slice(-contextLength);
    const logits = rowOf(model, seen, seen.length - 1);
    const next = temperature === 0 ? likeliest(logits) : drawn(logits, temperature, draw(i));
    if (next === end) break;
    ids.push(next);
    await turns.rest();
  }
  return ids.slice(start.length);
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
  return tidy(() => noGrad(() => lastRow(model.forward(tensor(Int32Array.from(ids), [1, ids.length])), at)));
}

function lastRow(logits: Tensor, at: number): ArrayLike<number> {
  const [, length, width] = logits.shape;
  return logits.reshape([length, width]).rows(at, 1).dataSync();
}

function likeliest(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

function drawn(logits: ArrayLike<number>, temperature: number, at: number): number {
  const most = logits[likeliest(logits)];
  const shares = Array.from(logits, (value) => Math.exp((value - most) / temperature));
  let left = at * shares.reduce((sum, one) => sum + one, 0);
  const found = shares.findIndex((one) => {
    left -= one;
    return left < 0;
  });
  return found < 0 ? shares.length - 1 : found;
}
