// How likely a model held a token, and which it held likelier. Knows no tokenizer.

/** A token's id and the natural logarithm of its probability. */
export interface IdLogprob {
  readonly id: number;
  readonly logprob: number;
}

/**
 * Log-probabilities under softmax(logits), before any temperature, penalty or cut: of `id`, and of the `top` likeliest (the lower id first of equals).
 *
 * @example
 * const { logprob, top } = logprobsOf(Float32Array.of(0, 0), 1, 1);
 * logprob; // -0.6931
 * top.map(({ id }) => id); // [0]
 */
export function logprobsOf(logits: Float32Array, id: number, top: number): IdLogprob & { readonly top: readonly IdLogprob[] } {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logits) if (value > most) most = value;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - most);
  const normalizer = most + Math.log(sum);
  return { id, logprob: logits[id] - normalizer, top: likeliest(logits, top).map((each) => ({ id: each, logprob: logits[each] - normalizer })) };
}

function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < logits.length && count > 0; id++) {
    if (best.length === count && !(logits[id] > logits[best[count - 1]])) continue;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]] < logits[id]) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}
