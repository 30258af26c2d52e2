// The "logistic" service in plain TypeScript: log loss of a linear model and its gradient.
// The twin of native/services/src/logistic.rs: same configuration, same bits. What the method takes and gives: ../logistic.ts. Knows no optimiser and no penalty.
import { InkstoneError } from "../../core/index.ts";
import { PackedArrays } from "../arrays.ts";
import { logisticMethods } from "../logistic.ts";
import { addScores, addSums, type ReferenceRows, referenceRows } from "./design.ts";
import { exp, ln } from "./elementary.ts";
import { finishPieces, type ReferenceService } from "./service.ts";

function refuse(why: string): never {
  throw new InkstoneError("E_SERVICE", { service: "logistic", why });
}

class Logistic implements ReferenceService {
  readonly #rows: ReferenceRows;
  readonly #labels: Uint32Array;
  readonly #weights: Float64Array;
  readonly #classes: number;

  constructor(packed: Uint8Array) {
    const arrays = PackedArrays.read(packed, 6) ?? refuse("the lengths of its arrays do not agree");
    const words = arrays.words(0);
    if (words.length !== 2) refuse("its parameters are not all there");
    const [columns, classes] = words;
    [this.#labels, this.#weights] = [arrays.words(1), arrays.numbers(2)];
    this.#rows = referenceRows(arrays, 3, columns, refuse);
    this.#classes = classes;
    const { count } = this.#rows;
    const isKnown = this.#labels.every((label) => label < Math.max(2, classes));
    if (this.#labels.length !== count || this.#weights.length !== count || classes === 0 || !isKnown) {
      refuse("labels, weights and rows do not go together");
    }
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    return finishPieces(this.pieces(method, input, output));
  }

  *pieces(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number> {
    if (method !== logisticMethods.evaluate) refuse(`there is no method ${method}`);
    const classes = this.#classes;
    const states = this.#rows.columns * classes;
    const size = states + classes;
    if (input.length !== 8 * size) refuse(`it has ${size} parameters, got ${input.length >> 3}`);
    const needed = 8 * (size + 1);
    if (output.length < needed) return -needed;
    const parameters = new Float64Array(input.slice().buffer);
    const results = new Float64Array(size + 1);
    const residuals = new Float64Array(this.#rows.count * classes);
    for (let row = 0; row < this.#rows.count; row++) {
      const scores = residuals.subarray(row * classes, (row + 1) * classes);
      scores.set(parameters.subarray(states));
      addScores(this.#rows, row, parameters, scores);
      const weight = this.#weights[row];
      results[0] += weight * loseRow(scores, this.#labels[row]);
      for (let i = 0; i < classes; i++) scores[i] *= weight;
      if (row % 256 === 255) yield 0;
    }
    yield* addSums(this.#rows, residuals, classes, results.subarray(1));
    for (let i = 0; i < residuals.length; i++) results[states + 1 + (i % classes)] += residuals[i];
    output.set(new Uint8Array(results.buffer));
    yield 1;
    return needed;
  }
}

/** Loss of a row; its scores become residuals. */
function loseRow(scores: Float64Array, label: number): number {
  if (scores.length === 1) {
    // ln(1 + e^s) - y s, from the small side.
    const [score] = scores;
    const small = exp(-Math.abs(score));
    scores[0] = (score >= 0 ? 1 / (1 + small) : small / (1 + small)) - (label === 1 ? 1 : 0);
    return Math.max(score, 0) + ln(1 + small) - (label === 1 ? score : 0);
  }
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) highest = Math.max(highest, score);
  const own = scores[label];
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = exp(scores[i] - highest);
    sum += scores[i];
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum;
  scores[label] -= 1;
  return highest + ln(sum) - own;
}

/**
 * Makes the twin from a configuration (`packLogistic`).
 *
 * Errors: `E_SERVICE` naming what is wrong; the same words as the native service.
 */
export function createLogistic(packed: Uint8Array): ReferenceService {
  return new Logistic(packed);
}
