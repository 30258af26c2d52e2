// Functions of one tensor, element by element; dropout; where gradients stop.
import { InkstoneError } from "../../core/index.ts";
import { type UnaryFunction, unaryFunctions } from "../../native/index.ts";
import { defineOp, type Op } from "../op.ts";
import { nextRandom, type RandomStream } from "../random.ts";
import { noGrad } from "../tape/tracking.ts";
import type { Tensor } from "../tensor.ts";
import type { Shape } from "../types.ts";

function unaryOp(name: string, f: UnaryFunction): Op<[x: Tensor, alpha: number]> {
  const operation = unaryFunctions[f];
  return defineOp<[Tensor, number]>({
    name,
    shape: ([x]) => x,
    forward: (run, [x, alpha], y) => run.unary({ x, y, n: x.size, operation, alpha }),
    gradient(run, [x, alpha], dy, [dx]) {
      if (dx) run.unaryGrad({ x, dy, dx, n: x.size, operation, alpha });
    },
  });
}

// Without its parameter.
function plain(f: UnaryFunction): Op<[x: Tensor]> {
  const op = unaryOp(f, f);
  return (x) => op(x, 0);
}

const scaled = unaryOp("scale", "scale");
const leaky = unaryOp("leakyRelu", "leakyRelu");
const exponential = unaryOp("elu", "elu");
const geluErf = unaryOp("gelu", "gelu");
const geluTanh = unaryOp("gelu", "geluTanh");

/**
 * y = factor · x. Shapes: any -> the same. Types: f32.
 *
 * @example
 * scale(tensor([1, -2]), 3).dataSync(); // [3, -6]
 */
export const scale: Op<[x: Tensor, factor: number]> = scaled;

/**
 * y = x + value. Shapes: any -> the same. Types: f32.
 *
 * @example
 * shift(tensor([1, -2]), 3).dataSync(); // [4, 1]
 */
export const shift: Op<[x: Tensor, value: number]> = unaryOp("shift", "shift");

/**
 * y = -x. Shapes: any -> the same. Types: f32.
 *
 * @example
 * negate(tensor([1, -2])).dataSync(); // [-1, 2]
 */
export const negate: Op<[x: Tensor]> = (x) => scaled(x, -1);

/**
 * y = max(x, 0); NaN stays. Its derivative at 0 is 0. Shapes: any -> the same. Types: f32.
 *
 * @example
 * relu(tensor([-1, 2])).dataSync(); // [0, 2]
 */
export const relu: Op<[x: Tensor]> = plain("relu");

/**
 * y = x where x > 0, else slope · x. `slope`: default 0.01, as in PyTorch. Shapes: any -> the same. Types: f32.
 *
 * @example
 * leakyRelu(tensor([-1, 2]), 0.5).dataSync(); // [-0.5, 2]
 */
export const leakyRelu: Op<[x: Tensor, slope?: number]> = (x, slope = 0.01) => leaky(x, slope);

/**
 * y = x where x > 0, else alpha · (exp(x) - 1). `alpha`: default 1. Shapes: any -> the same. Types: f32.
 *
 * Source: Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289.
 *
 * @example
 * elu(tensor([-1, 2])).dataSync(); // [-0.6321, 2]
 */
export const elu: Op<[x: Tensor, alpha?: number]> = (x, alpha = 1) => exponential(x, alpha);

/** Options of `gelu`. */
export interface GeluOptions {
  /** "none" (default): by the normal distribution; "tanh": x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), as GPT-2 has it. */
  readonly approximate?: "none" | "tanh";
}

/**
 * Gaussian error linear unit: y = x · Φ(x), Φ the normal distribution. Shapes: any -> the same. Types: f32.
 *
 * Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
 *
 * @example
 * gelu(tensor([0, 1])).dataSync(); // [0, 0.8413]
 * gelu(tensor([0, 1]), { approximate: "tanh" }).dataSync(); // [0, 0.8412]
 */
export const gelu: Op<[x: Tensor, options?: GeluOptions]> = (x, { approximate = "none" } = {}) => (approximate === "tanh" ? geluTanh : geluErf)(x, 0);

/**
 * y = x / (1 + exp(-x)), also called swish. Shapes: any -> the same. Types: f32.
 *
 * Source: Elfwing, Uchibe & Doya 2018, arXiv:1702.03118.
 *
 * @example
 * silu(tensor([0, 1])).dataSync(); // [0, 0.7311]
 */
export const silu: Op<[x: Tensor]> = plain("silu");

/**
 * y = 1 / (1 + exp(-x)). Shapes: any -> the same. Types: f32.
 *
 * @example
 * sigmoid(tensor([0, 2])).dataSync(); // [0.5, 0.8808]
 */
export const sigmoid: Op<[x: Tensor]> = plain("sigmoid");

/**
 * y = tanh(x). Shapes: any -> the same. Types: f32.
 *
 * @example
 * tanh(tensor([0, 1])).dataSync(); // [0, 0.7616]
 */
export const tanh: Op<[x: Tensor]> = plain("tanh");

/**
 * y = log(1 + exp(x)). Shapes: any -> the same. Types: f32.
 *
 * @example
 * softplus(tensor([0, 100])).dataSync(); // [0.6931, 100]
 */
export const softplus: Op<[x: Tensor]> = plain("softplus");

/**
 * y = eˣ. Shapes: any -> the same. Types: f32.
 *
 * @example
 * exp(tensor([0, 1])).dataSync(); // [1, 2.7183]
 */
export const exp: Op<[x: Tensor]> = plain("exp");

/**
 * y = the natural logarithm of x: -Infinity of 0, NaN below. Shapes: any -> the same. Types: f32.
 *
 * @example
 * log(tensor([1, 2])).dataSync(); // [0, 0.6931]
 */
export const log: Op<[x: Tensor]> = plain("log");

/**
 * y = √x. Shapes: any -> the same. Types: f32.
 *
 * @example
 * sqrt(tensor([4, 9])).dataSync(); // [2, 3]
 */
export const sqrt: Op<[x: Tensor]> = plain("sqrt");

/**
 * y = x². Shapes: any -> the same. Types: f32.
 *
 * @example
 * square(tensor([-2, 3])).dataSync(); // [4, 9]
 */
export const square: Op<[x: Tensor]> = plain("square");

/**
 * y = |x|. Its derivative at 0 is 0. Shapes: any -> the same. Types: f32.
 *
 * @example
 * abs(tensor([-2, 3])).dataSync(); // [2, 3]
 */
export const abs: Op<[x: Tensor]> = plain("abs");

/**
 * Whole numbers as f32: masks and ids to be computed with. Shapes: any -> the same. Types: i32 -> f32, exact up to 2^24.
 *
 * @example
 * toFloat(tensor(Int32Array.of(1, 0))).dataSync(); // [1, 0]
 */
export const toFloat: Op<[x: Tensor]> = defineOp<[Tensor]>({
  name: "toFloat",
  shape: ([x]) => ({ shape: x.shape }),
  forward: (run, [x], y) => run.toFloat({ x, y, n: x.size }),
});

/**
 * One value in a given shape, on the device of x. Types: f32.
 *
 * @example
 * full(tensor([1]), [2], 3).dataSync(); // [3, 3]
 */
export const full: Op<[x: Tensor, shape: Shape, value: number]> = (x, shape, value) => noGrad(() => filled(x, shape, value));

const filled: Op<[x: Tensor, shape: Shape, value: number]> = defineOp<[Tensor, Shape, number]>({
  name: "full",
  shape: ([, shape]) => ({ shape }),
  forward: (run, [, , value], y) => run.fill({ y, n: y.size, value }),
});

const copied: Op<[x: Tensor]> = defineOp<[Tensor]>({
  name: "stopGradient",
  shape: ([x]) => x,
  forward: (run, [x], y) => run.copy({ x, y, n: x.size }),
});

/**
 * The same values, through which no gradient goes. PyTorch's `detach`, with memory of its own. Shapes: any -> the same. Types: f32.
 *
 * @example
 * const x = tensor([2]).requireGrad();
 * gradients(multiply(x, stopGradient(x)), [x])[0].dataSync(); // [2]
 */
export const stopGradient: Op<[x: Tensor]> = (x) => noGrad(() => copied(x));

interface Drop extends RandomStream {
  readonly rate: number;
}

const sizesOf = ({ rate, seed, step, operation }: Drop) => ({
  rate,
  seedLow: seed % 2 ** 32,
  seedHigh: Math.floor(seed / 2 ** 32),
  step,
  operation,
});

const dropped: Op<[x: Tensor, drop: Drop]> = defineOp<[Tensor, Drop]>({
  name: "dropout",
  shape: ([x]) => x,
  forward: (run, [x, drop], y) => run.dropout({ x, y, n: x.size, ...sizesOf(drop) }),
  gradient(run, [x, drop], dy, [dx]) {
    if (dx) run.dropout({ x: dy, y: dx, n: x.size, ...sizesOf(drop) });
  },
});

/**
 * Each element is 0 with probability `rate`, else x / (1 - rate). Which ones: a function of seed, step and operation (`withRandom`) and of the element
 * alone, so it is the same for any number of threads and after a resume, and its gradient draws it again: nothing is stored. At rate 0: x itself.
 * Shapes: any -> the same. Types: f32. Errors: `E_OPTION` unless 0 <= rate < 1.
 *
 * Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15, section 10 (inverted).
 *
 * @example
 * withRandom({ seed: 5, step: 0 }, () => dropout(tensor([1, 1, 1, 1, 1, 1]), 0.5)).dataSync(); // [2, 0, 2, 2, 0, 0]
 */
export const dropout: Op<[x: Tensor, rate: number]> = (x, rate) => {
  if (!(rate >= 0 && rate < 1))
    throw new InkstoneError("E_OPTION", { option: "rate", value: rate, allowed: { en: "from 0 to below 1", zh: "0 到 1（不含 1）" } });
  return rate === 0 ? x : dropped(x, { rate, ...nextRandom() });
};
