// The "linear-svm" service in plain TypeScript: dual coordinate descent (Hsieh et al. 2008, algorithms 1 and 3), one problem after another.
// The twin of native/services/src/linear_svm: same configuration, same bits. Knows no labels beyond their numbers.
import { InkstoneError } from "../../core/index.ts";
import { PackedArrays } from "../arrays.ts";
import { linearSvmMethods } from "../linear-svm.ts";
import { type ReferenceRows, referenceRows } from "./design.ts";
import { shuffled } from "./philox.ts";
import { finishPieces, type ReferenceService } from "./service.ts";

/** Entries visited between two looks at the control word. */
const ENTRIES_A_PIECE = 1_000_000;

function refuse(why: string): never {
  throw new InkstoneError("E_SERVICE", { service: "linear-svm", why });
}

/** The state of one problem. */
interface Problem {
  readonly diagonal: readonly [negative: number, positive: number];
  readonly isPositive: Uint8Array;
  readonly weights: Float64Array;
  readonly alphas: Float64Array;
  readonly active: Uint8Array;
  activeCount: number;
  highestBefore: number;
  highest: number;
  lowest: number;
}

class LinearSvm implements ReferenceService {
  readonly #columns: number;
  readonly #firstLabel: number;
  readonly #mostRounds: number;
  readonly #seed: readonly [number, number];
  readonly #tolerance: number;
  readonly #bias: number;
  readonly #costs: readonly Float64Array[];
  readonly #labels: Uint32Array;
  readonly #rows: ReferenceRows;
  readonly #squares: Float64Array;

  constructor(packed: Uint8Array) {
    const arrays = PackedArrays.read(packed, 8) ?? refuse("the lengths of its arrays do not agree");
    const [words, numbers] = [arrays.words(0), arrays.numbers(1)];
    if (words.length !== 6 || numbers.length !== 2) refuse("its parameters are not all there");
    const [columns, problems, firstLabel, mostRounds, low, high] = words;
    [this.#columns, this.#firstLabel, this.#mostRounds, this.#seed] = [columns, firstLabel, mostRounds, [low, high]];
    [this.#tolerance, this.#bias] = numbers;
    this.#costs = [arrays.numbers(3), arrays.numbers(2)];
    this.#labels = arrays.words(4);
    const rows = referenceRows(arrays, 5, columns, refuse);
    this.#rows = { ...rows, values: Float32Array.from(rows.values) };
    const fits = this.#costs.every((costs) => costs.length === problems) && this.#labels.length === this.#rows.count && this.#rows.count > 0;
    if (!fits) refuse("labels, costs and rows do not go together");
    const { starts, values } = this.#rows;
    this.#squares = Float64Array.from({ length: this.#rows.count }, (_, row) => {
      let sum = 0;
      for (let at = starts[row]; at < starts[row + 1]; at++) sum += values[at] * values[at];
      return sum + this.#bias * this.#bias;
    });
  }

  call(method: number, input: Uint8Array, output: Uint8Array): number {
    return finishPieces(this.pieces(method, input, output));
  }

  *pieces(method: number, _input: Uint8Array, output: Uint8Array): Generator<number, number> {
    if (method !== linearSvmMethods.solve) refuse(`there is no method ${method}`);
    const problems = this.#costs[0].length;
    const needed = 8 * problems * (this.#columns + 2);
    if (needed > output.length) return -needed;
    const numbers = new Float64Array(output.buffer, output.byteOffset, needed / 8);
    for (let i = 0; i < problems; i++) {
      const problem = this.#begin(i);
      const rounds = yield* this.#solve(problem);
      for (let column = 0; column < this.#columns; column++) numbers[column * problems + i] = problem.weights[column];
      numbers[problems * this.#columns + i] = this.#bias > 0 ? problem.weights[this.#columns] * this.#bias : 0;
      numbers[problems * (this.#columns + 1) + i] = rounds;
    }
    return needed;
  }

  #begin(problem: number): Problem {
    const { count } = this.#rows;
    return {
      diagonal: [0.5 / this.#costs[0][problem], 0.5 / this.#costs[1][problem]],
      isPositive: Uint8Array.from(this.#labels, (label) => (label === this.#firstLabel + problem ? 1 : 0)),
      weights: new Float64Array(this.#columns + 1),
      alphas: new Float64Array(count),
      active: new Uint8Array(count).fill(1),
      activeCount: count,
      highestBefore: Number.POSITIVE_INFINITY,
      highest: Number.NEGATIVE_INFINITY,
      lowest: Number.POSITIVE_INFINITY,
    };
  }

  *#solve(problem: Problem): Generator<number, number> {
    const { starts } = this.#rows;
    let entries = 0;
    for (let round = 0; ; round++) {
      for (const row of shuffled(this.#rows.count, this.#seed, round, 0)) {
        if (problem.active[row] === 0) continue;
        this.#visit(problem, row);
        entries += 16 + starts[row + 1] - starts[row];
        if (entries > ENTRIES_A_PIECE) {
          yield 0;
          entries = 0;
        }
      }
      yield 1;
      if (this.#endRound(problem) || round + 1 >= this.#mostRounds) return round + 1;
    }
  }

  // Even and odd terms summed apart, then together, the bias last: the order of the native twin.
  #margin({ weights }: Problem, row: number): number {
    const { starts, indices, values } = this.#rows;
    let even = 0;
    let odd = 0;
    let at = starts[row];
    const end = starts[row + 1];
    for (; at + 1 < end; at += 2) {
      even += weights[indices[at]] * values[at];
      odd += weights[indices[at + 1]] * values[at + 1];
    }
    if (at < end) even += weights[indices[at]] * values[at];
    return even + odd + weights[this.#columns] * this.#bias;
  }

  #visit(problem: Problem, row: number): void {
    const sign = problem.isPositive[row] === 1 ? 1 : -1;
    const diagonal = problem.diagonal[problem.isPositive[row] === 1 ? 1 : 0];
    const alpha = problem.alphas[row];
    const gradient = sign * this.#margin(problem, row) - 1 + alpha * diagonal;
    let projected = gradient;
    if (alpha === 0) {
      if (gradient > problem.highestBefore) {
        problem.active[row] = 0;
        problem.activeCount--;
        return;
      }
      projected = Math.min(gradient, 0);
    }
    problem.highest = Math.max(problem.highest, projected);
    problem.lowest = Math.min(problem.lowest, projected);
    if (Math.abs(projected) <= 1e-12) return;
    const next = Math.max(alpha - gradient / (this.#squares[row] + diagonal), 0);
    problem.alphas[row] = next;
    const step = (next - alpha) * sign;
    if (step !== 0) this.#add(problem, row, step);
  }

  #add({ weights }: Problem, row: number, step: number): void {
    const { starts, indices, values } = this.#rows;
    for (let at = starts[row]; at < starts[row + 1]; at++) weights[indices[at]] += step * values[at];
    weights[this.#columns] += step * this.#bias;
  }

  // Whether the problem is solved. Rows that were left out come back before it is.
  #endRound(problem: Problem): boolean {
    const { highest, lowest } = problem;
    [problem.highest, problem.lowest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    if (highest - lowest > this.#tolerance) {
      problem.highestBefore = highest <= 0 ? Number.POSITIVE_INFINITY : highest;
      return false;
    }
    if (problem.activeCount === this.#rows.count) return true;
    problem.active.fill(1);
    problem.activeCount = this.#rows.count;
    problem.highestBefore = Number.POSITIVE_INFINITY;
    return false;
  }
}

/**
 * Makes the twin from a configuration (`packLinearSvm`).
 *
 * Errors: `E_SERVICE` naming what is wrong; the same words as the native service.
 */
export function createLinearSvm(packed: Uint8Array): ReferenceService {
  return new LinearSvm(packed);
}
