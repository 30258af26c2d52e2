// The "crf" service in plain TypeScript: log-likelihood of a linear-chain conditional random field and its gradient (Lafferty et al. 2001; scaling by Rabiner 1989).
// The twin of native/services/src/crf: same configuration, same bits. What the method takes and gives: ../crf.ts. Knows no optimiser and no penalty.
import { InkstoneError } from "../../core/index.ts";
import { PackedArrays } from "../arrays.ts";
import { crfMethods } from "../crf.ts";
import { addScores, addSums, type ReferenceRows, referenceRows } from "./design.ts";
import { exp, ln } from "./elementary.ts";
import { finishPieces, type ReferenceService } from "./service.ts";

function refuse(why: string): never {
  throw new InkstoneError("E_SERVICE", { service: "crf", why });
}

/** Weights from label to label, and e^(weight - highest). */
interface Transitions {
  readonly weights: Float64Array;
  readonly powers: Float64Array;
  readonly highest: number;
}

class Field implements ReferenceService {
  readonly #rows: ReferenceRows;
  readonly #sequences: Uint32Array;
  readonly #golds: Uint32Array;
  readonly #labels: number;

  constructor(packed: Uint8Array) {
    const arrays = PackedArrays.read(packed, 6) ?? refuse("the lengths of its arrays do not agree");
    const words = arrays.words(0);
    if (words.length !== 2) refuse("its parameters are not all there");
    const [attributes, labels] = words;
    [this.#sequences, this.#golds, this.#labels] = [arrays.words(1), arrays.words(2), labels];
    this.#rows = referenceRows(arrays, 3, attributes, refuse);
    const ends = this.#sequences;
    const isRising = ends[0] === 0 && ends.every((end, i) => i === 0 || end >= ends[i - 1]) && ends[ends.length - 1] === this.#rows.count;
    if (!isRising || this.#golds.length !== this.#rows.count || labels === 0 || this.#golds.some((gold) => gold >= labels)) {
      refuse("labels, sequences and tokens do not go together");
    }
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    return finishPieces(this.pieces(method, input, output));
  }

  *pieces(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number> {
    if (method !== crfMethods.evaluate) refuse(`there is no method ${method}`);
    const labels = this.#labels;
    const states = this.#rows.columns * labels;
    const size = states + labels * labels;
    if (input.length !== 8 * size) refuse(`it has ${size} parameters, got ${input.length >> 3}`);
    const needed = 8 * (size + 1);
    if (output.length < needed) return -needed;
    const parameters = new Float64Array(input.slice().buffer);
    const weights = parameters.subarray(states);
    const highest = weights.reduce((most, weight) => Math.max(most, weight), Number.NEGATIVE_INFINITY);
    const transitions = { weights, powers: weights.map((weight) => exp(weight - highest)), highest };
    const results = new Float64Array(size + 1);
    const residuals = new Float64Array(this.#rows.count * labels);
    for (let i = 0; i + 1 < this.#sequences.length; i++) {
      const [first, last] = [this.#sequences[i], this.#sequences[i + 1]];
      for (let t = first; t < last; t++) addScores(this.#rows, t, parameters, residuals.subarray(t * labels, (t + 1) * labels));
      const edges = new Float64Array(labels * labels);
      results[0] += walk(residuals.subarray(first * labels, last * labels), this.#golds.subarray(first, last), labels, transitions, edges);
      for (let j = 0; j < edges.length; j++) results[states + 1 + j] += edges[j];
      if (i % 64 === 63) yield 0;
    }
    yield* addSums(this.#rows, residuals, labels, results.subarray(1));
    output.set(new Uint8Array(results.buffer));
    yield 1;
    return needed;
  }
}

/** The loss of a sequence. Its scores become residuals, those of transitions are added to `edges`. */
function walk(scores: Float64Array, golds: Uint32Array, labels: number, transitions: Transitions, edges: Float64Array): number {
  if (golds.length === 0) return 0;
  let gold = 0;
  for (const [t, label] of golds.entries()) {
    gold += scores[t * labels + label];
    if (t > 0) gold += transitions.weights[golds[t - 1] * labels + label];
  }
  const forward = new Float64Array(scores.length);
  const scales = new Float64Array(golds.length);
  const total = goForward(scores, forward, scales, labels, transitions);
  goBackward(scores, forward, scales, labels, transitions, edges);
  for (const [t, label] of golds.entries()) {
    scores[t * labels + label] -= 1;
    if (t > 0) edges[golds[t - 1] * labels + label] -= 1;
  }
  return total - gold;
}

/** ln Z. Scores become e^(score - highest of the token); `forward` sums to 1 at each token, `scales` has what it was divided by. */
function goForward(scores: Float64Array, forward: Float64Array, scales: Float64Array, labels: number, transitions: Transitions): number {
  let total = 0;
  for (let t = 0; t < scales.length; t++) {
    const own = scores.subarray(t * labels, (t + 1) * labels);
    const here = forward.subarray(t * labels, (t + 1) * labels);
    const highest = own.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    for (let i = 0; i < labels; i++) own[i] = exp(own[i] - highest);
    if (t === 0) here.set(own);
    else {
      for (let from = 0; from < labels; from++) {
        const weight = forward[(t - 1) * labels + from];
        for (let to = 0; to < labels; to++) here[to] += weight * transitions.powers[from * labels + to];
      }
      for (let i = 0; i < labels; i++) here[i] *= own[i];
      total += transitions.highest;
    }
    const scale = here.reduce((sum, value) => sum + value, 0);
    for (let i = 0; i < labels; i++) here[i] /= scale;
    scales[t] = scale;
    total += highest + ln(scale);
  }
  return total;
}

/** Scores become the probabilities of labels; those of transitions are added to `edges`. */
function goBackward(
  scores: Float64Array,
  forward: Float64Array,
  scales: Float64Array,
  labels: number,
  { powers }: Transitions,
  edges: Float64Array,
): void {
  const after = new Float64Array(labels).fill(1);
  const through = new Float64Array(labels);
  for (let t = scales.length - 1; t >= 0; t--) {
    const own = scores.subarray(t * labels, (t + 1) * labels);
    for (let label = 0; label < labels; label++) {
      through[label] = (own[label] * after[label]) / scales[t];
      own[label] = forward[t * labels + label] * after[label];
    }
    if (t === 0) return;
    for (let from = 0; from < labels; from++) {
      const weight = forward[(t - 1) * labels + from];
      let sum = 0;
      for (let to = 0; to < labels; to++) {
        const value = powers[from * labels + to] * through[to];
        sum += value;
        edges[from * labels + to] += weight * value;
      }
      after[from] = sum;
    }
  }
}

/**
 * Makes the twin from a configuration (`packCrf`).
 *
 * Errors: `E_SERVICE` naming what is wrong; the same words as the native service.
 */
export function createCrf(packed: Uint8Array): ReferenceService {
  return new Field(packed);
}
