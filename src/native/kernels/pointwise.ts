// Rows for element-wise kernels of training, broadcast in one direction, and their gradients; fills, copies and dropout.
import type { KernelRows } from "./row.ts";

/**
 * Functions of one number that `unary` and `unaryGrad` know, by their number on the wire. `alpha` is a parameter of some.
 * Twins: `values` and `slopes` in `reference/training/functions.ts`; `native/kernels/src/pointwise/unary.rs`.
 */
export const unaryFunctions = {
  /** alpha · x. */
  scale: 0,
  /** x + alpha. */
  shift: 1,
  /** max(x, 0). */
  relu: 2,
  /** x where x > 0, else alpha · x. */
  leakyRelu: 3,
  /** x where x > 0, else alpha · (exp(x) - 1). */
  elu: 4,
  /** x · Φ(x), Φ the normal distribution. */
  gelu: 5,
  /** x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
  geluTanh: 6,
  /** x / (1 + exp(-x)). */
  silu: 7,
  /** 1 / (1 + exp(-x)). */
  sigmoid: 8,
  tanh: 9,
  /** log(1 + exp(x)). */
  softplus: 10,
  exp: 11,
  log: 12,
  sqrt: 13,
  /** x². */
  square: 14,
  /** |x|. */
  abs: 15,
} as const;

/** Name of a function of one number. */
export type UnaryFunction = keyof typeof unaryFunctions;

/** Operations of two numbers that `binary` and `binaryGrad` know, by their number on the wire. Twins: `reference/training/functions.ts`; `native/kernels/src/pointwise/binary.rs`. */
export const binaryFunctions = {
  add: 0,
  /** a - b. */
  subtract: 1,
  /** b - a. */
  subtractFrom: 2,
  multiply: 3,
  /** a / b. */
  divide: 4,
  /** b / a. */
  divideInto: 5,
  /** The larger; its gradient is shared where both are equal. */
  maximum: 6,
  minimum: 7,
} as const;

/** Name of an operation of two numbers. */
export type BinaryFunction = keyof typeof binaryFunctions;

/** Element by element. */
export const pointwiseKernels = {
  /** y = value. */
  fill: { reads: {}, writes: { y: "f32" }, sizes: ["n", "value"], tolerance: 0 },
  /** y = x (+ y with `accumulate`). `y` may be `x` itself: a gradient that is added to itself. */
  copy: { reads: { x: "f32" }, writes: {}, updates: { y: "f32" }, sizes: ["n"], flags: ["accumulate"], aliases: [["y", "x"]], tolerance: 1 },
  /** y = x as f32. */
  toFloat: { reads: { x: "i32" }, writes: { y: "f32" }, sizes: ["n"], tolerance: 0 },
  /** y = f(x), f of `unaryFunctions`. */
  unary: { reads: { x: "f32" }, writes: { y: "f32" }, sizes: ["n", "operation", "alpha"], tolerance: 8 },
  /** dx (+)= f'(x) · dy. */
  unaryGrad: {
    reads: { x: "f32", dy: "f32" },
    writes: {},
    updates: { dx: "f32" },
    sizes: ["n", "operation", "alpha"],
    flags: ["accumulate"],
    tolerance: 8,
  },
  /** y[i] = f(a[i], b[floor(i / inner) mod middle]), f of `binaryFunctions`. */
  binary: { reads: { a: "f32", b: "f32" }, writes: { y: "f32" }, sizes: ["n", "inner", "middle", "operation"], tolerance: 2 },
  /** d[i] (+)= dy[i] · ∂f/∂a, or ∂f/∂b with `second`; d has an element for each of a in either case. */
  binaryGrad: {
    reads: { a: "f32", b: "f32", dy: "f32" },
    writes: {},
    updates: { d: "f32" },
    sizes: ["n", "inner", "middle", "operation"],
    flags: ["second", "accumulate"],
    tolerance: 4,
  },
  /** y (+)= x / (1 - rate) where the random word of an element is at least rate · 2^32, else 0. Word i mod 4 of Philox: key = seed, counter = (floor(i / 4), step, operation). */
  dropout: {
    reads: { x: "f32" },
    writes: {},
    updates: { y: "f32" },
    sizes: ["n", "rate", "seedLow", "seedHigh", "step", "operation"],
    flags: ["accumulate"],
    tolerance: 1,
  },
} as const;

pointwiseKernels satisfies KernelRows;
