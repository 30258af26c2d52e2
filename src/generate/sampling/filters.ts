// What may be drawn and how likely it is: pure functions over candidates in falling order. Knows no model.

/** Candidates, likeliest first, with their probabilities; what is left sums to `mass`. */
export interface Distribution {
  readonly ids: Int32Array;
  readonly probabilities: Float64Array;
  readonly count: number;
  readonly mass: number;
}

/** The three cuts. */
export interface Cuts {
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/**
 * Applies top-k, then top-p on what is left, then min-p, as Hugging Face orders them. At least one candidate stays.
 *
 * `probabilities` fall; `complete` tells whether these are all there are. Gives undefined when the cut lies beyond what is given: ask again with all.
 * Sources: Fan et al. 2018, arXiv:1805.04833 (top-k); Holtzman et al. 2019, arXiv:1904.09751 (top-p); Nguyen et al. 2024, arXiv:2407.01082 (min-p).
 */
export function cut(ids: Int32Array, probabilities: Float64Array, { topK, topP, minP }: Cuts, complete: boolean): Distribution | undefined {
  // Open: what comes after the given ones may belong to the set too.
  let open = !complete;
  let count = ids.length;
  if (topK > 0 && topK <= count) {
    count = topK;
    open = false;
  }
  if (topK > count && open) return undefined;
  if (topP < 1) {
    const kept = reach(probabilities, count, topP * (open ? 1 : sum(probabilities, count)));
    if (kept !== undefined) open = false;
    count = kept ?? count;
  }
  if (minP > 0) {
    const least = minP * probabilities[0];
    let kept = 1;
    while (kept < count && probabilities[kept] >= least) kept++;
    if (kept < count) open = false;
    count = kept;
  }
  if (open) return undefined;
  return { ids, probabilities, count, mass: sum(probabilities, count) };
}

function sum(values: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += values[i];
  return total;
}

// How many of the first reach the target together; undefined when all do not.
function reach(values: Float64Array, count: number, target: number): number | undefined {
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += values[i];
    if (total >= target) return i + 1;
  }
  return undefined;
}

/** The candidate at `u` of the cumulative mass, u in [0, 1). */
export function draw({ ids, probabilities, count, mass }: Distribution, u: number): number {
  let rest = u * mass;
  for (let i = 0; i < count; i++) {
    rest -= probabilities[i];
    if (rest < 0) return ids[i];
  }
  return ids[count - 1];
}

/**
 * Repetition penalty in place: logits of seen ids are divided when positive, multiplied when negative.
 * Source: Keskar et al. 2019, arXiv:1909.05858, section 4.1; the sign rule is Hugging Face's.
 */
export function penalize(logits: Float32Array, seen: Iterable<number>, penalty: number): void {
  for (const id of seen) logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
}

/** All ids in falling order of logit, ties by rising id, with probabilities at a temperature. NaN gives undefined. */
export function sorted(logits: Float32Array, temperature: number): { ids: Int32Array; probabilities: Float64Array } | undefined {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of logits) {
    if (Number.isNaN(value)) return undefined;
    if (value > largest) largest = value;
  }
  const ids = Int32Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
  const probabilities = Float64Array.from(ids, (id) => Math.exp((logits[id] - largest) / temperature));
  const total = sum(probabilities, probabilities.length);
  for (let i = 0; i < probabilities.length; i++) probabilities[i] /= total;
  return { ids, probabilities };
}

/** The id of the largest logit, the lowest of equals; -1 when there is a NaN. */
export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i])) return -1;
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}
