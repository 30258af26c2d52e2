// Which candidate is drawn: the cuts, then a point on the line of what is left. A pure function; it says so when the candidates it was given cannot decide.
import type { Candidates } from "./candidates.ts";

/** The three cuts; 0, 1 and 0 cut nothing. */
export interface Cuts {
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/**
 * Applies top-k, then top-p on what is left, then min-p, in Hugging Face's order, and takes the candidate at `u` of the cumulative weight, u in [0, 1).
 * At least one candidate stays. Undefined when candidates that are not listed could change the answer: ask again with more.
 *
 * Sources: Fan et al. 2018, arXiv:1805.04833 (top-k); Holtzman et al. 2019, arXiv:1904.09751 (top-p); Nguyen et al. 2024, arXiv:2407.01082 (min-p).
 *
 * @example
 * const candidates = allOf(Float32Array.of(0, 1, 2), 1)!;
 * choose(candidates, { topK: 0, topP: 1, minP: 0 }, 0.95); // 0
 * choose(candidates, { topK: 2, topP: 1, minP: 0 }, 0.95); // 1
 */
export function choose(candidates: Candidates, { topK, topP, minP }: Cuts, u: number): number | undefined {
  const { ids, weights } = candidates;
  // Closed: everything that can be drawn is among the first `count`.
  let closed = candidates.complete;
  let count = ids.length;
  if (topK > count && !closed) return undefined;
  if (topK > 0 && topK <= count) {
    count = topK;
    closed = true;
  }
  if (topP < 1) {
    const mass = closed ? sumOf(weights, count) : candidates.total;
    const at = crossing(weights, count, topP * mass, closed ? 0 : candidates.slack);
    if (at === undefined) return undefined;
    count = at + 1;
    closed = true;
  }
  if (minP > 0) {
    const kept = countFrom(weights, count, minP);
    if (kept === count && !closed) return undefined; // some that are not listed might be kept too, and others not
    count = kept;
    closed = true;
  }
  const mass = closed ? sumOf(weights, count) : candidates.total;
  const at = crossing(weights, count, u * mass, closed ? 0 : candidates.slack);
  return at === undefined ? undefined : ids[at];
}

function sumOf(weights: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i];
  return total;
}

// How many of the falling weights are at least `least`; the first always counts.
function countFrom(weights: Float64Array, count: number, least: number): number {
  let kept = 1;
  while (kept < count && weights[kept] >= least) kept++;
  return kept;
}

// Where the running sum reaches the target; undefined when it does not, or when a target off by `slack` would give another place.
function crossing(weights: Float64Array, count: number, target: number, slack: number): number | undefined {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const before = sum;
    sum += weights[i];
    if (sum < target) continue;
    const sure = slack === 0 || (sum >= target * (1 + slack) && before < target * (1 - slack));
    return sure ? i : undefined;
  }
  return undefined;
}
