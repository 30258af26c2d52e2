// Texts that look as if they belonged to another and do not: what a contrastive tuning learns most from. Knows no files and no loop.
import { Pieces } from "../../core/index.ts";
import { cpu, matmul, noGrad, tensor } from "../../tensor/index.ts";
import type { TwoTexts } from "./rows.ts";

/** What comes this close to a text's own is likely to belong to it, too. */
const OWN_SHARE = 0.95;
const BLOCK = 128;

/** How they are mined. */
export interface MiningOptions {
  /** Vectors of length 1. */
  readonly encode: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
  /** Of each row. Fewer where there are not as many other texts. */
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rows with `far`: of all second texts the nearest to the first by the model as it is, without those that stand beside it in any row, and without those whose cosine is over 0.95 of its own's
 * as long as others are left.
 *
 * Errors: those of `encode`; the signal's reason. Source: Moreira et al. 2024, arXiv:2407.15831, section 3.2 (positive-aware mining by a share of the positive's score).
 */
export async function withHardNegatives(rows: readonly TwoTexts[], options: MiningOptions): Promise<TwoTexts[]> {
  const { encode, count, signal } = options;
  const texts = [...new Set(rows.map(({ second }) => second))];
  const number = new Map(texts.map((text, i) => [text, i]));
  const belongs = new Map<string, Set<number>>();
  for (const { first, second } of rows) belongs.set(first, (belongs.get(first) ?? new Set()).add(number.get(second) as number));
  const largest = [...belongs.values()].reduce((most, { size }) => Math.max(most, size), 0);
  const most = Math.min(count, texts.length - largest);
  if (most < 1) return [...rows];
  const [anchors, others] = [await encode(rows.map(({ first }) => first)), flat(await encode(texts))];
  const width = anchors[0].length;
  const mined: TwoTexts[] = [];
  const pieces = new Pieces(signal);
  for (let from = 0; from < rows.length; from += BLOCK) {
    const part = anchors.slice(from, from + BLOCK);
    const made = () =>
      matmul(tensor(flat(part), [part.length, width], { device: cpu() }), tensor(others, [texts.length, width], { device: cpu() }), {
        transposeB: true,
      });
    const scores = noGrad(made).dataSync() as Float32Array;
    for (const i of part.keys()) {
      const row = rows[from + i];
      const own = belongs.get(row.first) as ReadonlySet<number>;
      const far = nearest(scores.subarray(i * texts.length, (i + 1) * texts.length), own, number.get(row.second) as number, most);
      mined.push({ ...row, far: far.map((at) => texts[at]) });
    }
    await pieces.pass(part.length * texts.length * width);
  }
  return mined;
}

// The nearest that do not belong to it; what is too near comes last.
function nearest(scores: Float32Array, own: ReadonlySet<number>, right: number, most: number): number[] {
  const limit = OWN_SHARE * scores[right];
  const rank = (at: number) => (scores[at] > limit ? scores[at] - 4 : scores[at]);
  const kept: number[] = [];
  for (let at = 0; at < scores.length; at++) {
    if (own.has(at) || (kept.length === most && rank(at) <= rank(kept[most - 1]))) continue;
    let place = kept.length;
    while (place > 0 && rank(kept[place - 1]) < rank(at)) place--;
    kept.splice(place, 0, at);
    if (kept.length > most) kept.pop();
  }
  return kept;
}

function flat(vectors: readonly Float32Array[]): Float32Array {
  const width = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * width);
  for (const [i, vector] of vectors.entries()) all.set(vector, i * width);
  return all;
}
