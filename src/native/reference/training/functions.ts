// Functions of one and of two numbers, and their derivatives, by the numbers of the kernel table. Right, short, obvious. Knows no buffers.
import { type BinaryFunction, binaryFunctions, type UnaryFunction, unaryFunctions } from "../../kernels/index.ts";

/** y = f(x). */
export type Unary = (x: number, alpha: number) => number;
/** y = f(a, b). */
export type Binary = (a: number, b: number) => number;

const sigmoid: Unary = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/**
 * Φ(x), the share of a normal distribution below x.
 *
 * By series where |x| < 3 (Abramowitz and Stegun 1964, 26.2.11), by continued fraction beyond (26.2.14): about 1e-14 relative.
 */
function normalShare(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) >= 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / (Math.abs(x) + fraction);
    const tail = x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY ? 0 : density(x) / (Math.abs(x) + fraction);
    return x > 0 ? 1 - tail : tail;
  }
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

const values: Readonly<Record<UnaryFunction, Unary>> = {
  scale: (x, alpha) => alpha * x,
  shift: (x, alpha) => x + alpha,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  leakyRelu: (x, alpha) => (x > 0 ? x : alpha * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  gelu: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * normalShare(x)),
  geluTanh: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * sigmoid(2 * inner(x), 0)),
  silu: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * sigmoid(x, 0)),
  sigmoid,
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  abs: Math.abs,
};

const slopes: Readonly<Record<UnaryFunction, Unary>> = {
  scale: (_, alpha) => alpha,
  shift: () => 1,
  relu: (x) => (x > 0 ? 1 : 0),
  leakyRelu: (x, alpha) => (x > 0 ? 1 : alpha),
  elu: (x, alpha) => (x > 0 ? 1 : alpha * Math.exp(x)),
  gelu: (x) => normalShare(x) + x * density(x),
  geluTanh: (x) => {
    const s = sigmoid(2 * inner(x), 0);
    return s + x * s * (1 - s) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
  },
  silu: (x) => {
    const s = sigmoid(x, 0);
    return s + x * s * (1 - s);
  },
  sigmoid: (x) => sigmoid(x, 0) * sigmoid(-x, 0),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  softplus: sigmoid,
  exp: Math.exp,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  square: (x) => 2 * x,
  abs: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
};

const larger = (a: number, b: number) => (a > b ? 1 : a < b ? 0 : 0.5);

const pairs: Readonly<Record<BinaryFunction, Binary>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  subtractFrom: (a, b) => b - a,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  divideInto: (a, b) => b / a,
  maximum: Math.max,
  minimum: Math.min,
};

/** ∂f/∂a and ∂f/∂b. */
const partials: Readonly<Record<BinaryFunction, readonly [Binary, Binary]>> = {
  add: [() => 1, () => 1],
  subtract: [() => 1, () => -1],
  subtractFrom: [() => -1, () => 1],
  multiply: [(_, b) => b, (a) => a],
  divide: [(_, b) => 1 / b, (a, b) => -a / (b * b)],
  divideInto: [(a, b) => -b / (a * a), (a) => 1 / a],
  maximum: [larger, (a, b) => larger(b, a)],
  minimum: [(a, b) => larger(b, a), larger],
};

// By number.
const byNumber = <N extends string, T>(numbers: Readonly<Record<N, number>>, byName: Readonly<Record<N, T>>): readonly T[] =>
  Object.entries<number>(numbers)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => byName[name as N]);

/** Values, by number. */
export const unaryValues: readonly Unary[] = byNumber(unaryFunctions, values);
/** Derivatives, by number. */
export const unarySlopes: readonly Unary[] = byNumber(unaryFunctions, slopes);
/** Values, by number. */
export const binaryValues: readonly Binary[] = byNumber(binaryFunctions, pairs);
/** Both derivatives, by number. */
export const binarySlopes: readonly (readonly [Binary, Binary])[] = byNumber(binaryFunctions, partials);
