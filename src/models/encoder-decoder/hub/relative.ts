// T5's relative positions: which of few buckets a distance falls into. Knows no layer.

/**
 * The bucket of a distance (key minus query): one each for the near ones, growing by logarithms up to `farthest`, the last for all beyond. Both ways half of the buckets are for keys behind.
 *
 * Source: Raffel et al. 2020, arXiv:1910.10683, section 2.1.
 *
 * @example
 * [-200, -9, -1, 0].map((distance) => relativeBucket(distance, { buckets: 32, farthest: 128, bothWays: false })); // [31, 9, 1, 0]
 */
export function relativeBucket(distance: number, { buckets, farthest, bothWays }: { buckets: number; farthest: number; bothWays: boolean }): number {
  const count = bothWays ? buckets / 2 : buckets;
  const before = bothWays && distance > 0 ? count : 0;
  const far = bothWays ? Math.abs(distance) : Math.max(0, -distance);
  const near = Math.floor(count / 2);
  if (far < near) return before + far;
  const grown = near + Math.floor((Math.log(far / near) / Math.log(farthest / near)) * (count - near));
  return before + Math.min(count - 1, grown);
}
