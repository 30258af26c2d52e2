// What chance alone would do: intervals of shares and means, a test of trends, tests of many things at once. Pure functions.

/** A value with the interval that holds it in 95 of 100 samples. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959963984540054;

/**
 * P(Z > |z|) twice, Z standard normal. Source: Abramowitz & Stegun 1964, 7.1.26 (error below 1.5e-7).
 *
 * @example
 * twoSided(1.959964); // 0.05
 */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
  return Math.min(1, Math.max(0, tail));
}

/**
 * A share with its interval. Source: Wilson 1927.
 *
 * @example
 * shareOf(8, 10); // { value: 0.8, low: 0.4902, high: 0.9433 }
 */
export function shareOf(count: number, all: number): Estimate {
  if (all === 0) return { value: 0, low: 0, high: 1 };
  const p = count / all;
  const half = z95 * Math.sqrt((p * (1 - p)) / all + (z95 * z95) / (4 * all * all));
  const scale = 1 + (z95 * z95) / all;
  const centre = p + (z95 * z95) / (2 * all);
  return { value: p, low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const varianceOf = (values: readonly number[], mean: number): number =>
  values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);

/**
 * A mean with its interval.
 *
 * @example
 * averageOf([1, 2, 3, 4]); // { value: 2.5, low: 1.2349, high: 3.7651 }
 */
export function averageOf(values: readonly number[]): Estimate {
  const value = meanOf(values);
  const half = z95 * Math.sqrt(varianceOf(values, value) / Math.max(1, values.length));
  return { value, low: value - half, high: value + half };
}

/**
 * The difference of two means with its interval and p-value (Welch's, with the normal distribution: for 20 values and more a side).
 *
 * @example
 * differenceOf([5, 5, 4, 5], [1, 2, 1, 1]).value; // 3.5
 */
export function differenceOf(some: readonly number[], others: readonly number[]): Estimate & { readonly p: number } {
  const [a, b] = [meanOf(some), meanOf(others)];
  const error = Math.sqrt(varianceOf(some, a) / Math.max(1, some.length) + varianceOf(others, b) / Math.max(1, others.length));
  const value = a - b;
  return { value, low: value - z95 * error, high: value + z95 * error, p: error === 0 ? (value === 0 ? 1 : 0) : twoSided(value / error) };
}

/**
 * Whether a share rises or falls over periods: z above 0 for rising. Sources: Cochran 1954; Armitage 1955.
 *
 * @example
 * trendOf([1, 2, 5, 9], [20, 20, 20, 20]).p < 0.01; // true
 */
export function trendOf(counts: readonly number[], sizes: readonly number[]): { readonly z: number; readonly p: number } {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const hits = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0 || hits === 0 || hits === all) return { z: 0, p: 1 };
  const share = hits / all;
  const middle = sizes.reduce((sum, size, i) => sum + size * i, 0) / all;
  const slope = counts.reduce((sum, count, i) => sum + (count - sizes[i] * share) * (i - middle), 0);
  const spread = sizes.reduce((sum, size, i) => sum + size * (i - middle) ** 2, 0) * share * (1 - share);
  const z = spread === 0 ? 0 : slope / Math.sqrt(spread);
  return { z, p: twoSided(z) };
}

/**
 * Which of many p-values stand when one in twenty of those that stand may be chance. Source: Benjamini & Hochberg 1995.
 *
 * @example
 * standing([0.001, 0.04, 0.6]); // [true, false, false]
 */
export function standing(pValues: readonly number[], rate = 0.05): boolean[] {
  const order = pValues.map((p, i) => ({ p, i })).sort((one, other) => one.p - other.p);
  const last = order.findLastIndex(({ p }, rank) => p <= (rate * (rank + 1)) / order.length);
  const stands = new Set(order.slice(0, last + 1).map(({ i }) => i));
  return pValues.map((_, i) => stands.has(i));
}
