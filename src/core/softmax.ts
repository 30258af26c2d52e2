// Scores as shares of one: for plain rows, where no tensor is worth its while. Knows no models.

/**
 * e^score over the sum of all, from the highest on, so that nothing overflows: shares that sum to one.
 *
 * @example
 * softmax([0, Math.log(3)]); // [0.25, 0.75]
 */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(scores);
  const most = values.reduce((highest, score) => Math.max(highest, score), Number.NEGATIVE_INFINITY);
  const powers = values.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
