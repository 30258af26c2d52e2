// The normal distribution: its lower tail, and the inverse of it.

const TERMS = 200;

// erfc for x >= 0: a series of positive terms near 0, a continued fraction further out.
function upperError(x: number): number {
  const bell = Math.exp(-x * x);
  if (x >= 2) {
    let fraction = x;
    for (let k = TERMS; k >= 1; k--) fraction = x + k / 2 / fraction;
    return bell / Math.sqrt(Math.PI) / fraction;
  }
  let [term, total] = [x, x];
  for (let n = 1; n < TERMS && term > total * Number.EPSILON; n++) total += term *= (2 * x * x) / (2 * n + 1);
  return 1 - (2 / Math.sqrt(Math.PI)) * bell * total;
}

/** P(Z <= z) of a standard normal Z. Relative error below 1e-13. Source: Abramowitz & Stegun 1964, 7.1.6 and 7.1.14. */
export function normalBelow(z: number): number {
  const tail = upperError(Math.abs(z) / Math.SQRT2) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** The z with P(Z <= z) = p, 0 < p < 1: by halving, down to neighbouring numbers. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [-40, 0];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
}
