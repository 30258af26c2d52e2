// Tokens in falling order of likelihood, from the few that a model gives or from all of its logits. Knows no model and no randomness.

import type { Likeliest } from "../../models/index.ts";

/** Tokens, the likeliest first, the lower id first of equals. */
export interface Candidates {
  readonly ids: Int32Array;
  /** exp((logit - largest logit) / temperature): the first is 1, and they fall. */
  readonly weights: Float64Array;
  /** Weights of all tokens together, those that are not listed included. */
  readonly total: number;
  /** How far `total` may be off, as a part of it. 0 when every token is listed. */
  readonly slack: number;
  /** Whether every token is listed. */
  readonly complete: boolean;
}

/** Ids that fit beside a 32-bit key into the 53 bits of a number. */
const IDS = 2 ** 21;
/** What a sum of tens of thousands of 32-bit terms may be off, and the rounding of its logarithm. */
const SUM_SLACK = 2e-4;
const LOG_SLACK = 2 ** -22;

/**
 * Candidates from what a model tells. Undefined when the likeliest is no finite number.
 *
 * `vocabularySize` tells whether these are all there are.
 *
 * @example
 * const told = { values: Float32Array.of(2, 1), indices: Int32Array.of(7, 3), normalizer: Math.log(Math.exp(2) + Math.exp(1) + 1) };
 * const { ids } = fromLikeliest(told, 1, 3)!; // [7, 3]
 */
export function fromLikeliest({ values, indices, normalizer }: Likeliest, temperature: number, vocabularySize: number): Candidates | undefined {
  const complete = values.length === vocabularySize;
  const weights = weigh(values, temperature);
  if (weights === undefined) return undefined;
  const total = complete ? sum(weights) : Math.exp(normalizer - values[0] / temperature);
  return { ids: indices, weights, total, slack: complete ? 0 : SUM_SLACK + LOG_SLACK * Math.abs(normalizer), complete };
}

/**
 * Those of the candidates that a mask allows (bit `id` is 1), of a distribution over what it allows. How much is allowed of what is not listed is not known:
 * all of it or nothing. Undefined when none of them is allowed.
 *
 * @example
 * const candidates = allOf(Float32Array.of(0, 1, 2), 1)!;
 * allowedOf(candidates, Uint32Array.of(0b011))!.ids; // [1, 0]
 */
export function allowedOf({ ids, weights, total, slack, complete }: Candidates, allowed: Uint32Array): Candidates | undefined {
  const kept = Array.from(ids.keys()).filter((i) => isAllowed(allowed, ids[i]));
  if (kept.length === 0) return undefined;
  const scale = 1 / weights[kept[0]];
  const scaled = Float64Array.from(kept, (i) => weights[i] * scale);
  const listed = sum(scaled);
  const rest = complete ? 0 : Math.max(0, total * (1 + slack) - sum(weights)) * scale;
  // The scaling rounds: a draw that hangs on the last bits is left to all logits.
  return { ids: Int32Array.from(kept, (i) => ids[i]), weights: scaled, total: listed + rest / 2, slack: rest / (2 * listed) + 1e-12, complete };
}

/**
 * Whether a mask allows an id; what lies beyond it is not allowed.
 *
 * @example
 * isAllowed(Uint32Array.of(0b100), 2); // true
 */
export function isAllowed(allowed: Uint32Array, id: number): boolean {
  return ((allowed[id >>> 5] >>> (id & 31)) & 1) === 1;
}

/**
 * In place: what a mask does not allow becomes -Infinity.
 *
 * @example
 * const logits = Float32Array.of(1, 2);
 * forbid(logits, Uint32Array.of(0b10));
 * logits[1]; // 2
 */
export function forbid(logits: Float32Array, allowed: Uint32Array): void {
  for (let id = 0; id < logits.length; id++) if (!isAllowed(allowed, id)) logits[id] = Number.NEGATIVE_INFINITY;
}

/**
 * The `count` likeliest of all logits. Undefined when there is a NaN or the largest is not finite.
 *
 * @example
 * const { ids } = fewOf(Float32Array.of(1, 3, 2), 1, 2)!; // [1, 2]
 */
export function fewOf(logits: Float32Array, temperature: number, count: number): Candidates | undefined {
  if (count >= logits.length) return allOf(logits, temperature);
  const ids = new Int32Array(count);
  const values = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let id = 0; id < logits.length; id++) {
    const value = logits[id];
    if (Number.isNaN(value)) return undefined;
    if (value > values[count - 1]) insert(ids, values, id, value);
  }
  const weights = weigh(values, temperature);
  if (weights === undefined) return undefined;
  let total = 0;
  for (const value of logits) total += Math.exp((value - values[0]) / temperature);
  return { ids, weights, total, slack: 1e-9, complete: false };
}

// Into its place in falling order, behind its equals; the last falls out.
function insert(ids: Int32Array, values: Float32Array, id: number, value: number): void {
  let at = values.length - 1;
  for (; at > 0 && values[at - 1] < value; at--) {
    values[at] = values[at - 1];
    ids[at] = ids[at - 1];
  }
  values[at] = value;
  ids[at] = id;
}

/**
 * All tokens. Undefined when there is a NaN or the largest logit is not finite.
 *
 * @example
 * const { weights } = allOf(Float32Array.of(1, 3, 2), 1)!; // [1, 0.3679, 0.1353]
 */
export function allOf(logits: Float32Array, temperature: number): Candidates | undefined {
  const keys = sortable(logits);
  if (keys === undefined) return undefined;
  const ids = Int32Array.from(keys.sort(), (key) => key % IDS);
  const weights = weigh(
    Float32Array.from(ids, (id) => logits[id]),
    temperature,
  );
  return weights && { ids, weights, total: sum(weights), slack: 0, complete: true };
}

// One number for each token that sorts by falling logit, then rising id: typed arrays sort numbers many times faster than by a comparison.
function sortable(logits: Float32Array): Float64Array | undefined {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  const keys = new Float64Array(logits.length);
  for (let id = 0; id < logits.length; id++) {
    if (Number.isNaN(logits[id])) return undefined;
    value[0] = logits[id] + 0; // -0 and 0 are equals
    const rising = bits[0] >>> 31 ? ~bits[0] >>> 0 : bits[0] + 2 ** 31;
    keys[id] = (2 ** 32 - 1 - rising) * IDS + id;
  }
  return keys;
}

function weigh(values: Float32Array, temperature: number): Float64Array | undefined {
  return Number.isFinite(values[0]) ? Float64Array.from(values, (value) => Math.exp((value - values[0]) / temperature)) : undefined;
}

function sum(weights: Float64Array): number {
  let total = 0;
  for (const weight of weights) total += weight;
  return total;
}

/**
 * Repetition penalty in place: logits of seen ids are divided when positive, multiplied when negative.
 * Source: Keskar et al. 2019, arXiv:1909.05858, section 4.1; the sign rule is Hugging Face's.
 *
 * @example
 * const logits = Float32Array.of(2, -1, 4);
 * penalize(logits, [0, 1], 2);
 * logits; // [1, -2, 4]
 */
export function penalize(logits: Float32Array, seen: Iterable<number>, penalty: number): void {
  for (const id of seen) logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
}

/**
 * The id of the largest logit, the lowest of equals; undefined when there is a NaN or the largest is not finite.
 *
 * @example
 * argmax(Float32Array.of(1, 3, 3)); // 1
 */
export function argmax(logits: Float32Array): number | undefined {
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    if (Number.isNaN(logits[id])) return undefined;
    if (logits[id] > logits[best]) best = id;
  }
  return Number.isFinite(logits[best]) ? best : undefined;
}
