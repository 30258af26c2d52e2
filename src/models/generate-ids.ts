// Ids that a model of next ids writes behind others, as nanoGPT's users ask for it: the whole of what is seen goes through the model for each. Knows no texts.
import { aSignal, checkOption, fromZero, InkstoneError, Pieces, type Rules, readOptions, whole } from "../core/index.ts";
import { multinomial, noGrad, Tensor, tensor, tidy, withRandom } from "../tensor/index.ts";

/** How ids are drawn. */
export interface GenerateIdsOptions {
  /** Divides the logits. 0: the likeliest. Default 1. */
  readonly temperature?: number;
  /** Only the likeliest so many. Default: all. */
  readonly topK?: number;
  /** What is drawn from. Default: the stream of `manualSeed`. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const rules: Rules<GenerateIdsOptions> = { temperature: fromZero, topK: whole(1), seed: whole(0), signal: aSignal };

/** What writes: the logits [B, V] behind ids i32 [B, T]. */
export interface NextIds {
  readonly contextLength: number;
  next(ids: Tensor): Tensor;
}

/**
 * Draws `count` ids behind each row, one after the other; of more than the context only the last ones are seen. Between ids the event loop has its turn.
 *
 * Shapes: ids i32 [B, T] -> i32 [B, T + count]. Errors: `E_SHAPE` without an id, `E_OPTION`, `E_OPTION_UNKNOWN`; the signal's reason.
 */
export async function generateIds({ contextLength, next }: NextIds, ids: Tensor, count: number, options: GenerateIdsOptions = {}): Promise<Tensor> {
  const { temperature = 1, topK, seed, signal } = readOptions("generate", options, rules);
  checkOption("count", count, whole(1));
  const [batch, length] = shapeOf(ids);
  const given = await ids.data();
  const written = new Int32Array(batch * (length + count));
  const rows = Array.from({ length: batch }, (_, row) => written.subarray(row * (length + count), (row + 1) * (length + count)));
  for (const [row, into] of rows.entries()) into.set(given.subarray(row * length, (row + 1) * length));
  const pieces = new Pieces(signal, 1);
  for (let at = length; at < length + count; at++) {
    const from = Math.max(0, at - contextLength);
    const seen = Int32Array.from(rows.flatMap((row) => [...row.subarray(from, at)]));
    const logits = tidy(() => noGrad(() => next(tensor(seen, [batch, at - from], { device: ids.device }))));
    const values = await logits.data();
    logits.dispose();
    const width = values.length / batch;
    const weights = new Float32Array(values.length);
    for (let row = 0; row < batch; row++)
      weigh(values.subarray(row * width, (row + 1) * width), weights.subarray(row * width), { temperature, topK });
    const draw = (): ArrayLike<number> => tidy(() => multinomial(tensor(weights, [batch, width]), 1).dataSync());
    const drawn = seed === undefined ? draw() : withRandom({ seed, step: at - length }, draw);
    for (const [row, into] of rows.entries()) into[at] = drawn[row];
    await pieces.pass(1);
  }
  return tensor(written, [batch, length + count], { device: ids.device });
}

/** The last place of each row of ids [B, T]. */
export function lastOf(ids: Tensor): Tensor {
  const [batch, length] = ids.shape;
  return tensor(
    Int32Array.from({ length: batch }, (_, row) => (row + 1) * length - 1),
    undefined,
    { device: ids.device },
  );
}

function shapeOf(ids: unknown): readonly [number, number] {
  const shape = ids instanceof Tensor ? ids.shape : [];
  if (shape.length === 2 && shape[0] > 0 && shape[1] > 0) return [shape[0], shape[1]];
  const expected = {
    en: "a tensor of ids [B, T] with an id in each row: tensor(Int32Array.of(0), [1, 1])",
    zh: "形如 [B, T] 且每行至少有一个编号的张量：tensor(Int32Array.of(0), [1, 1])",
  };
  throw new InkstoneError("E_SHAPE", { operation: "generate", expected, got: shape });
}

// What each id weighs: exp(logit / temperature) of those that may be drawn; at 0 the likeliest alone.
function weigh(logits: ArrayLike<number>, into: Float32Array, { temperature, topK }: { readonly temperature: number; readonly topK?: number }): void {
  let most = logits[0];
  for (let id = 1; id < logits.length; id++) most = Math.max(most, logits[id]);
  const sorted = topK === undefined ? [] : Float32Array.from(logits).sort();
  const least = topK === undefined ? Number.NEGATIVE_INFINITY : sorted[Math.max(0, sorted.length - topK)];
  const first = temperature === 0 ? Array.prototype.indexOf.call(logits, most) : -1;
  for (let id = 0; id < logits.length; id++) {
    if (temperature === 0) into[id] = id === first ? 1 : 0;
    else into[id] = logits[id] < least ? 0 : Math.exp((logits[id] - most) / temperature);
  }
}
