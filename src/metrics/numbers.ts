// Sums, means and quantiles of plain numbers, as NumPy computes them.

/** The sum; 0 of nothing. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** The arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** The mean by weights, without values that are NaN; where the weights add up to 0, the plain mean; NaN when nothing is left. */
export function averageKnown(values: readonly number[], weights?: readonly number[]): number {
  const known = values.map((value, i) => [value, weights?.[i] ?? 1] as const).filter(([value]) => !Number.isNaN(value));
  const total = known.reduce((all, [, weight]) => all + weight, 0);
  if (total === 0) return mean(known.map(([value]) => value));
  return known.reduce((all, [value, weight]) => all + value * weight, 0) / total;
}

/**
 * The quantile of ascending values at `fraction` of 0 … 1, linear between neighbours: NumPy's default.
 * The two forms of the interpolation keep it exact at both ends.
 */
export function quantile(ascending: ArrayLike<number>, fraction: number): number {
  const position = fraction * (ascending.length - 1);
  const below = Math.min(Math.floor(position), ascending.length - 1);
  const above = Math.min(below + 1, ascending.length - 1);
  const part = position - below;
  const step = ascending[above] - ascending[below];
  return part >= 0.5 ? ascending[above] - step * (1 - part) : ascending[below] + step * part;
}

/** The numbers from least to greatest, as a copy. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** A number from 0 on with so many decimals, exact halves to the even neighbour, as Python prints it (`toFixed` takes them up: 0.125 is 0.12 here, 0.13 there). */
export function fixed(value: number, digits: number): string {
  const scale = 10 ** digits;
  const half = Number.isInteger(value * 2 ** (digits + 1)) && (value * scale * 2) % 2 === 1;
  const below = Math.floor(value * scale);
  return (half ? (below + (below % 2)) / scale : value).toFixed(digits);
}
