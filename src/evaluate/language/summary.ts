// From what single answers were worth to metrics with their errors and intervals.
import type { EvaluationTask, Judged, Values } from "../tasks/task.ts";

/** A metric, its standard error, and the interval that holds it with 95 % confidence. */
export interface Metric {
  readonly value: number;
  readonly stderr: number;
  readonly interval: readonly [low: number, high: number];
}

/** Of the normal distribution, 95 % lie within. */
const Z = 1.959964;

interface Share {
  readonly value: number;
  readonly weight: number;
}

const shareOf = (given: Values[string]): Share => (typeof given === "number" ? { value: given, weight: 1 } : given);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Wilson's interval of a share: it stays within 0 and 1, also for few rows (Wilson 1927). */
function wilson(share: number, n: number): [number, number] {
  const z2 = Z * Z;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const reach = (Z / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}

/** Sum of values by sum of weights; the error of a ratio by its linear part. Undefined where nothing has weight. */
export function metricOf(shares: readonly Share[], isExponential: boolean): Metric | undefined {
  const counted = shares.filter(({ weight }) => weight > 0);
  const weights = sum(counted.map(({ weight }) => weight));
  if (weights === 0) return undefined;
  const n = counted.length;
  const value = sum(counted.map((share) => share.value)) / weights;
  const spread = sum(counted.map((share) => (share.value - value * share.weight) ** 2));
  const stderr = n < 2 ? 0 : Math.sqrt((spread * n) / (n - 1)) / weights;
  const isShare = counted.every((share) => share.weight === 1 && (share.value === 0 || share.value === 1));
  const interval: [number, number] = isShare ? wilson(value, n) : [value - Z * stderr, value + Z * stderr];
  if (!isExponential) return { value, stderr, interval };
  return { value: Math.exp(value), stderr: Math.exp(value) * stderr, interval: [Math.exp(interval[0]), Math.exp(interval[1])] };
}

/** The metrics of answers. */
export function metricsOf(judged: readonly Judged[], { exponentials = [] }: Pick<EvaluationTask, "exponentials">): Record<string, Metric> {
  const names = [...new Set(judged.flatMap(({ values }) => Object.keys(values)))];
  const metrics: Record<string, Metric> = {};
  for (const name of names) {
    const shares = judged.flatMap(({ values }) => (values[name] === undefined ? [] : [shareOf(values[name])]));
    const metric = metricOf(shares, exponentials.includes(name));
    if (metric !== undefined) metrics[name] = metric;
  }
  return metrics;
}
