// The next token of an answer: from the few likeliest where they decide, from all logits where they do not. The result is the same either way.
import { InkstoneError, uniform } from "../../core/index.ts";
import type { CheckedOptions } from "../options.ts";
import { argmax, cut, type Distribution, draw, penalize, sorted } from "./filters.ts";

/** What sampling asks of a model after a run. */
export interface Scores {
  candidates(count: number, scale?: number): { values: Float32Array; indices: Int32Array; normalizer: number };
  logits(): Float32Array;
}

const OPERATION_SAMPLE = 1;
const FEW = 256;

/**
 * Picks token number `step` of an answer. The draw depends on (seed, step) alone, not on what else the engine does.
 *
 * Errors: `E_LOGITS` when the model gave NaN.
 */
export function pick(scores: Scores, vocabularySize: number, options: CheckedOptions, seen: ReadonlySet<number>, step: number): number {
  const penalized = options.repetitionPenalty !== 1 && seen.size > 0;
  if (options.temperature === 0) return penalized ? greedyPenalized(scores, options, seen, step) : scores.candidates(1).indices[0];
  const u = uniform(options.seed, step, OPERATION_SAMPLE, 0);
  const few = penalized ? undefined : amongFew(scores, vocabularySize, options, u);
  return draw(few ?? amongAll(scores, options, penalized ? seen : undefined, step), u);
}

function greedyPenalized(scores: Scores, options: CheckedOptions, seen: ReadonlySet<number>, step: number): number {
  const logits = scores.logits();
  penalize(logits, seen, options.repetitionPenalty);
  const best = argmax(logits);
  if (best < 0) throw new InkstoneError("E_LOGITS", { position: step });
  return best;
}

// Without cuts the few decide as well, as long as the draw falls on one of them: they come first in the cumulative order.
function amongFew(scores: Scores, vocabularySize: number, options: CheckedOptions, u: number): Distribution | undefined {
  const count = Math.min(vocabularySize, options.topK > 0 && options.topK < FEW ? options.topK : FEW);
  const scale = 1 / options.temperature;
  const { values, indices, normalizer } = scores.candidates(count, scale);
  const probabilities = Float64Array.from(values, (value) => Math.exp(scale * value - normalizer));
  const distribution = cut(indices, probabilities, options, count === vocabularySize);
  if (distribution !== undefined || options.topK > 0 || options.topP < 1 || options.minP > 0) return distribution;
  let mass = 0;
  for (const probability of probabilities) mass += probability;
  return u < mass * (1 - 1e-6) ? { ids: indices, probabilities, count, mass: 1 } : undefined;
}

function amongAll(scores: Scores, options: CheckedOptions, seen: ReadonlySet<number> | undefined, step: number): Distribution {
  const logits = scores.logits();
  if (seen !== undefined) penalize(logits, seen, options.repetitionPenalty);
  const all = sorted(logits, options.temperature);
  const distribution = all && cut(all.ids, all.probabilities, options, true);
  if (distribution === undefined) throw new InkstoneError("E_LOGITS", { position: step });
  return distribution;
}
