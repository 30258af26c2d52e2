// From scores to confidence: a softmax whose temperature was fitted on answers to unseen examples. Knows no model.
import type { Label } from "../classical/index.ts";

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
 * The temperature under which the right classes are likeliest: minimises the mean of -ln softmax(scores / t)[right] over t in [e^-7, e^7] by golden section.
 * Rows whose right class has no finite score are left out; without any row it is 1.
 *
 * Source: Guo et al. 2017, arXiv:1706.04599, section 4.2 (temperature scaling).
 *
 * @example
 * fitTemperature([[3, 0], [0, 3], [3, 0], [0, 3]], ["a", "b", "b", "b"], ["a", "b"]) > 1; // true
 */
export function fitTemperature(scores: readonly ArrayLike<number>[], truth: readonly Label[], classes: readonly Label[]): number {
  const rows = scores.map((row, i) => [row, classes.indexOf(truth[i])] as const).filter(([row, right]) => right >= 0 && Number.isFinite(row[right]));
  if (rows.length === 0) return 1;
  const loss = (power: number) => rows.reduce((sum, [row, right]) => sum - Math.log(Math.max(confidences(row, Math.exp(power))[right], 1e-300)), 0);
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [LEAST, MOST];
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [atA, atB] = [loss(a), loss(b)];
  for (let i = 0; i < STEPS; i++) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - golden * (high - low);
      atA = loss(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + golden * (high - low);
      atB = loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}
