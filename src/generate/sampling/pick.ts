// The next token of an answer: from the few likeliest where they decide, from all logits where they do not. The token is the same either way.
import { InkstoneError, uniform } from "../../core/index.ts";
import { orNoNumbers } from "../numbers.ts";
import type { CheckedOptions } from "../options.ts";
import { adjust, isAdjusted } from "./adjust.ts";
import { allOf, argmax, type Candidates, fewOf, fromLikeliest, type Likeliest, penalize } from "./candidates.ts";
import { choose } from "./choose.ts";

/** What sampling asks of a model after a run. */
export interface Scores {
  candidates(count: number, scale?: number): Likeliest;
  logits(): Float32Array;
}

/** The operation number of sampling among the uses of random numbers. */
const OPERATION_SAMPLE = 1;
const FEW = 256;
/** Below this temperature the model's 32-bit normaliser says too little. */
const COLD = 1e-3;

/**
 * Picks token number `step` of an answer; `seen` are the ids of prompt and answer so far, for the repetition penalty, `answered` those of the answer alone,
 * for the other two. The draw depends on (seed, step) alone.
 *
 * Errors: `E_LOGITS` when the model gave no numbers.
 *
 * @example
 * const logits = Float32Array.of(1, 3, 2);
 * const scores = { logits: () => logits.slice(), candidates: () => ({ values: Float32Array.of(3), indices: Int32Array.of(1), normalizer: 3.4076 }) };
 * pick(scores, 3, checkOptions({ temperature: 0 }), [], 0); // 1
 */
export function pick(
  scores: Scores,
  vocabularySize: number,
  options: CheckedOptions,
  seen: Iterable<number>,
  step: number,
  answered: readonly number[] = [],
): number {
  const { temperature, repetitionPenalty } = options;
  const moved = isAdjusted(options);
  const penalized = repetitionPenalty !== 1;
  if (!penalized && !moved && (temperature === 0 || temperature >= COLD)) {
    const id = fromModel(scores, vocabularySize, options, step);
    if (id !== undefined) return id;
  }
  const logits = scores.logits();
  if (penalized) penalize(logits, seen, repetitionPenalty);
  if (moved) adjust(logits, options, answered);
  if (temperature === 0) return known(argmax(logits), step);
  const u = uniform(options.seed, step, OPERATION_SAMPLE, 0);
  return choose(known(fewOf(logits, temperature, FEW), step), options, u) ?? known(choose(known(allOf(logits, temperature), step), options, u), step);
}

function fromModel(scores: Scores, vocabularySize: number, options: CheckedOptions, step: number): number | undefined {
  const { temperature, topK, seed } = options;
  if (temperature === 0) {
    const { values, indices } = orNoNumbers(step, () => scores.candidates(1));
    return Number.isFinite(values[0]) ? indices[0] : known(undefined, step);
  }
  if (topK > FEW) return undefined;
  const found = orNoNumbers(step, () => scores.candidates(Math.min(vocabularySize, FEW), 1 / temperature));
  const candidates: Candidates = known(fromLikeliest(found, temperature, vocabularySize), step);
  return choose(candidates, options, uniform(seed, step, OPERATION_SAMPLE, 0));
}

function known<T>(value: T | undefined, step: number): T {
  if (value === undefined) throw new InkstoneError("E_LOGITS", { position: step });
  return value;
}
