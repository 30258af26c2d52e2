// Logits moved by what the caller wishes and by what was said already. Knows no model and no randomness.
import type { CheckedOptions } from "../options.ts";

type Adjustments = Pick<CheckedOptions, "logitBias" | "presencePenalty" | "frequencyPenalty">;

/**
 * Whether these options move any logit.
 *
 * @example
 * isAdjusted(checkOptions({ presencePenalty: 0 })); // false
 */
export function isAdjusted({ logitBias, presencePenalty, frequencyPenalty }: Adjustments): boolean {
  return logitBias.length > 0 || presencePenalty !== 0 || frequencyPenalty !== 0;
}

/**
 * In place: logit += bias(id) - presencePenalty · [count > 0] - frequencyPenalty · count, where count is how often the answer has the id so far.
 * Ids of the bias beyond the vocabulary are the caller's to refuse.
 *
 * Source: OpenAI's API reference, "Frequency and presence penalties".
 *
 * @example
 * const logits = Float32Array.of(1, 1, 1);
 * adjust(logits, checkOptions({ presencePenalty: 0.5, frequencyPenalty: 0.25, logitBias: { 2: 4 } }), [1, 1]);
 * logits; // [1, 0, 5]
 */
export function adjust(logits: Float32Array, { logitBias, presencePenalty, frequencyPenalty }: Adjustments, answered: readonly number[]): void {
  for (const [id, bias] of logitBias) logits[id] += bias;
  if (presencePenalty === 0 && frequencyPenalty === 0) return;
  for (const id of new Set(answered)) logits[id] -= presencePenalty;
  for (const id of answered) logits[id] -= frequencyPenalty;
}
