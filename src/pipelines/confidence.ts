// From scores to confidence: a softmax whose temperature was fitted on answers to unseen examples. Knows no model.
import type { Label } from "../classical/index.ts";
import { Pieces } from "../core/index.ts";

/**
 * softmax(scores / temperature), each row summing to 1.
 *
 * @example
 * confidences([0, 0], 1); // [0.5, 0.5]
 */
export function confidences(scores: ArrayLike<number>, temperature: number): number[] {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) most = Math.max(most, scores[i]);
  const raised = Array.from(scores, (score) => Math.exp((score - most) / temperature));
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

const [LEAST, MOST, STEPS] = [-7, 7, 60];

/**
 * The temperature that fits answers to unseen examples: minimises the mean cross-entropy of softmax(scores / t) against smoothed targets over t in [e^-7, e^7] by golden section.
 *
 * The right class of a row is to get (n + 1) / (n + 2), where n rows have that class, the others share the rest: as sure as n successes without a failure make one (rule of
 * succession). So a trial without a mistake gives a confidence that grows with its size, and never certainty. Rows whose right class has no finite score are left out;
 * without any row it is 1.
 *
 * Sources: Guo et al. 2017, arXiv:1706.04599, section 4.2 (temperature scaling); Platt 1999, "Probabilistic outputs for support vector machines", section 2.2 (targets).
 *
 * @example
 * fitTemperature([[3, 0], [0, 3], [3, 0], [0, 3]], ["a", "b", "b", "b"], ["a", "b"]) > 1; // true
 * confidences([1, -1], fitTemperature([[1, -1], [-1, 1]], ["a", "b"], ["a", "b"]))[0]; // 0.6667
 */
export function fitTemperature(scores: readonly ArrayLike<number>[], truth: readonly Label[], classes: readonly Label[]): number {
  const work = fitting(scores, truth, classes);
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

/** `fitTemperature` in short pieces. Errors: the signal's reason. */
export async function fitTemperatureAsync(
  scores: readonly ArrayLike<number>[],
  truth: readonly Label[],
  classes: readonly Label[],
  signal?: AbortSignal,
): Promise<number> {
  const pieces = new Pieces(signal);
  const work = fitting(scores, truth, classes);
  let step = work.next();
  for (; !step.done; step = work.next()) await pieces.pass(step.value);
  return step.value;
}

/** Rows whose loss is summed at once. */
const ROWS = 256;

// Tells on its way how many operations there were since.
function* fitting(scores: readonly ArrayLike<number>[], truth: readonly Label[], classes: readonly Label[]): Generator<number, number> {
  const number = new Map(classes.map((label, i) => [label, i]));
  const rows = scores.map((row, i) => [row, number.get(truth[i]) ?? -1] as const).filter(([row, right]) => right >= 0 && Number.isFinite(row[right]));
  if (rows.length === 0) return 1;
  const counts = new Float64Array(classes.length);
  for (const [, right] of rows) counts[right]++;
  function* loss(power: number): Generator<number, number> {
    let sum = 0;
    for (const [i, [row, right]] of rows.entries()) {
      sum += smoothedLoss(row, right, Math.exp(power), 1 / (counts[right] + 2));
      if (i % ROWS === ROWS - 1) yield 20 * ROWS * classes.length;
    }
    return sum;
  }
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [LEAST, MOST];
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [atA, atB] = [yield* loss(a), yield* loss(b)];
  for (let i = 0; i < STEPS; i++) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - golden * (high - low);
      atA = yield* loss(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + golden * (high - low);
      atB = yield* loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}

// -Σ target · ln softmax(row / t): `rest` is what all wrong classes that can be scored are to get together.
function smoothedLoss(row: ArrayLike<number>, right: number, temperature: number, rest: number): number {
  let most = Number.NEGATIVE_INFINITY;
  let others = 0;
  for (let i = 0; i < row.length; i++) {
    most = Math.max(most, row[i]);
    if (i !== right && Number.isFinite(row[i])) others++;
  }
  let sum = 0;
  let wrong = 0;
  for (let i = 0; i < row.length; i++) {
    if (!Number.isFinite(row[i])) continue;
    const raised = (row[i] - most) / temperature;
    sum += Math.exp(raised);
    if (i !== right) wrong += raised;
  }
  const said = (row[right] - most) / temperature;
  return others === 0 ? 0 : Math.log(sum) - (1 - rest) * said - (rest / others) * wrong;
}
