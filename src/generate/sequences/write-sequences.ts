// Many sources answered by one model that writes step by step: those of like length side by side, each by the one search. Knows ids only.
import { InkstoneError } from "../../core/index.ts";
import type { RunningTransformer } from "../../models/index.ts";
import { beamSearch, type StepModel } from "./beam-search.ts";

/** How sources are answered. */
export interface WriteSequencesOptions {
  readonly begin: number;
  readonly end: number;
  /** Never written. */
  readonly never?: readonly number[];
  /** Most ids of an answer, its end included. */
  readonly most: (source: readonly number[]) => number;
  /** Default 1: the likeliest id at each place. */
  readonly beams?: number;
  readonly signal?: AbortSignal;
}

/** Rows that are written side by side. */
const ROWS = 64;
/** Milliseconds after which others get their turn. */
const TURN = 10;

/**
 * The likeliest answer to each source, without beginning and end; to a source without ids there is none. Sources that are too long are cut.
 *
 * Errors: `E_CANCELLED`, those of the model.
 *
 * @example
 * const model = new TransformerEncoderDecoder({ sourceVocabulary: 9, targetVocabulary: 9, width: 8, heads: 2, layers: 1 });
 * const running = runningTransformer(model, { begin: 1, end: 2 });
 * const [one, none] = await writeSequences(running, [[4, 5], []], { begin: 1, end: 2, most: () => 3, beams: 2 });
 * [one.length <= 3, none.length]; // [true, 0]
 */
export async function writeSequences(
  model: Pick<RunningTransformer, "longest" | "read" | "begin" | "step">,
  sources: readonly (readonly number[])[],
  { begin, end, never, most, beams = 1, signal }: WriteSequencesOptions,
): Promise<number[][]> {
  const answers: number[][] = sources.map(() => []);
  const order = [...sources.keys()].filter((row) => sources[row].length > 0).sort((a, b) => sources[a].length - sources[b].length || a - b);
  const together = Math.max(1, Math.floor(ROWS / beams));
  let since = performance.now();
  const step: StepModel["step"] = async (asked) => {
    if (signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: ["write"] });
    if (performance.now() - since > TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
    return model.step(asked);
  };
  for (let at = 0; at < order.length; at += together) {
    const group = order.slice(at, at + together);
    model.read(group.map((row) => [...sources[row].slice(0, model.longest - 1), end]));
    const options = { start: begin, end, beams, most: group.map((row) => most(sources[row])), ...(never === undefined ? {} : { never }) };
    const written = await beamSearch({ begin: model.begin, step }, group.length, options);
    for (const [i, row] of group.entries()) answers[row] = [...(written[i][0]?.ids ?? [])];
  }
  return answers;
}
