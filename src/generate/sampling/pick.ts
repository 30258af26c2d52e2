// The next token of an answer: from the few likeliest where they decide, from all logits where they do not. The token is the same either way.
import { InkstoneError, uniform } from "../../core/index.ts";
import type { Likeliest } from "../../models/index.ts";
import type { CheckedOptions } from "../options.ts";
import { adjust, isAdjusted } from "./adjust.ts";
import { allOf, allowedOf, argmax, type Candidates, fewOf, forbid, fromLikeliest, isAllowed, penalize } from "./candidates.ts";
import { choose } from "./choose.ts";

/** What a model tells after a step: its likeliest tokens, and all logits where they are asked for. */
export interface Scores {
  readonly likeliest: Likeliest;
  logits(): Float32Array;
}

/** The operation number of sampling among the uses of random numbers. */
const OPERATION_SAMPLE = 1;
const FEW = 256;
/** Below this temperature the model's 32-bit normaliser says too little. */
const COLD = 1e-3;

// Whether the few likeliest can decide: not where logits are moved, where it is too cold, or where more are to be kept.
function fewDecide(options: CheckedOptions): boolean {
  const { temperature, repetitionPenalty, topK } = options;
  return repetitionPenalty === 1 && !isAdjusted(options) && (temperature === 0 || (temperature >= COLD && topK <= FEW));
}

/**
 * What to ask of the model for the next token: how many of the likeliest, and the scale of their normaliser.
 *
 * @example
 * wantOf(checkOptions({ temperature: 0.5 })); // { likeliest: 256, scale: 2 }
 */
export function wantOf(options: CheckedOptions): { readonly likeliest: number; readonly scale: number } {
  const { temperature } = options;
  return temperature === 0 || !fewDecide(options) ? { likeliest: 1, scale: 1 } : { likeliest: FEW, scale: 1 / temperature };
}

/**
 * Picks token number `step` of an answer from what `wantOf` asked for; `seen` are the ids of prompt and answer so far, for the repetition penalty,
 * `answered` those of the answer alone, for the other two. `allowed`: a bit a token, those that may come; the draw is from these alone, before any cut.
 * The draw depends on (seed, step) alone.
 *
 * Errors: `E_LOGITS` when the model gave no numbers.
 *
 * @example
 * const logits = Float32Array.of(1, 3, 2);
 * const likeliest = { values: Float32Array.of(3), indices: Int32Array.of(1), normalizer: 3.4076 };
 * pick({ likeliest, logits: () => logits.slice() }, 3, checkOptions({ temperature: 0 }), [], 0); // 1
 */
export function pick(
  scores: Scores,
  vocabularySize: number,
  options: CheckedOptions,
  seen: Iterable<number>,
  step: number,
  answered: readonly number[] = [],
  allowed?: Uint32Array,
): number {
  const { temperature, repetitionPenalty } = options;
  if (fewDecide(options)) {
    const id = fromFew(scores.likeliest, vocabularySize, options, step, allowed);
    if (id !== undefined) return id;
  }
  const logits = scores.logits();
  if (repetitionPenalty !== 1) penalize(logits, seen, repetitionPenalty);
  if (isAdjusted(options)) adjust(logits, options, answered);
  if (allowed !== undefined) forbid(logits, allowed);
  if (temperature === 0) return known(argmax(logits), step);
  const u = uniform(options.seed, step, OPERATION_SAMPLE, 0);
  return choose(known(fewOf(logits, temperature, FEW), step), options, u) ?? known(choose(known(allOf(logits, temperature), step), options, u), step);
}

function fromFew(
  likeliest: Likeliest,
  vocabularySize: number,
  options: CheckedOptions,
  step: number,
  allowed: Uint32Array | undefined,
): number | undefined {
  const { temperature, seed } = options;
  if (temperature === 0) {
    const [best] = likeliest.indices;
    if (!Number.isFinite(likeliest.values[0])) return known(undefined, step);
    return allowed === undefined || isAllowed(allowed, best) ? best : undefined;
  }
  const all: Candidates = known(fromLikeliest(likeliest, temperature, vocabularySize), step);
  const candidates = allowed === undefined ? all : allowedOf(all, allowed);
  if (candidates === undefined) return undefined;
  return choose(candidates, options, uniform(seed, step, OPERATION_SAMPLE, 0));
}

function known<T>(value: T | undefined, step: number): T {
  if (value === undefined) throw new InkstoneError("E_LOGITS", { position: step });
  return value;
}
