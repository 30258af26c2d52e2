// Tensors of random numbers, as PyTorch's programs make them: drawn from the same stream as dropout, so a seed gives the same values for any number of threads. Know no gradients.
import { InkstoneError, uniform } from "../core/index.ts";
import { type TensorOptions, tensor } from "./create.ts";
import { nextRandom } from "./random.ts";
import { recording } from "./sink.ts";
import type { Tensor } from "./tensor.ts";
import { isCount, type Shape, sizeOf } from "./types.ts";

/** Where a tensor of random numbers lives. */
export type RandomOptions = Omit<TensorOptions, "type">;

// One number an element, from the next operation of the stream.
function drawn(shape: Shape, value: (seed: number, step: number, operation: number, element: number) => number): Float64Array<ArrayBuffer> {
  const { seed, step, operation } = nextRandom();
  if (recording() || typeof step !== "number") {
    throw new InkstoneError("E_RECORDING", {
      why: {
        en: "values drawn on the way would be the same at every run; draw them outside and write them",
        zh: "录制中抽取的随机数每次运行都相同；请在录制之外抽取后写入",
      },
    });
  }
  return Float64Array.from({ length: sizeOf(shape) }, (_, element) => value(seed, step, operation, element));
}

/**
 * Uniform numbers from 0 to below 1. PyTorch's `torch.rand`. What is drawn follows `manualSeed` and `withRandom`. Types: f32.
 *
 * @example
 * manualSeed(1);
 * const x = rand([1000]);
 * Math.abs(mean(x).dataSync()[0] - 0.5) < 0.05; // true
 */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  // Rounded to f32 the largest would be 1.
  return tensor(
    Float32Array.from(drawn(shape, uniform), (value) => Math.min(value, 1 - 2 ** -24)),
    shape,
    options,
  );
}

// Box and Muller 1958, of two uniform numbers.
function normal(seed: number, step: number, operation: number, element: number): number {
  const [a, b] = [uniform(seed, step, operation, 2 * element), uniform(seed, step, operation, 2 * element + 1)];
  return Math.sqrt(-2 * Math.log(1 - a)) * Math.cos(2 * Math.PI * b);
}

/**
 * Numbers of the standard normal distribution. PyTorch's `torch.randn`. Types: f32.
 *
 * @example
 * manualSeed(1);
 * Math.abs(std(randn([1000])).dataSync()[0] - 1) < 0.1; // true
 */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return tensor(Float32Array.from(drawn(shape, normal)), shape, options);
}

/**
 * Whole numbers from `low` to below `high`, each as likely. PyTorch's `torch.randint`. Types: i32. Errors: `E_OPTION` unless they are whole and low < high.
 *
 * @example
 * manualSeed(1);
 * randint(3, 4, [2]).dataSync(); // [3, 3]
 */
export function randint(low: number, high: number, shape: Shape, options: RandomOptions = {}): Tensor {
  if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && low < high && high - low <= 2 ** 31)) {
    throw new InkstoneError("E_OPTION", { option: "high", value: high, allowed: { en: `a whole number above ${low}`, zh: `大于 ${low} 的整数` } });
  }
  const values = drawn(shape, (...place) => Math.min(Math.floor(uniform(...place) * (high - low)), high - low - 1));
  return tensor(
    Int32Array.from(values, (value) => low + value),
    shape,
    options,
  );
}

/**
 * The numbers 0 to n - 1 in random order. PyTorch's `torch.randperm`. Types: i32. Errors: `E_OPTION`.
 *
 * @example
 * manualSeed(1);
 * Array.from(randperm(4).dataSync()).sort(); // [0, 1, 2, 3]
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  if (!isCount(n)) throw new InkstoneError("E_OPTION", { option: "n", value: n, allowed: { en: "a whole number from 0 on", zh: "不小于 0 的整数" } });
  const keys = drawn([n], (...place) => uniform(...place));
  const order = Int32Array.from(keys, (_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
  return tensor(order, [n], options);
}

/**
 * Draws indices by weight, a row of them for each row of weights; the weights need not sum to 1. PyTorch's `torch.multinomial`.
 * Shapes: [C] -> [samples], [N, C] -> [N, samples]. Types: f32 -> i32. With `replacement` an index may come again (default false, as in PyTorch).
 *
 * Errors: `E_SHAPE`; `E_OPTION` where a row has a weight below 0 or not finite, or fewer weights above 0 than are drawn without replacement.
 *
 * @example
 * multinomial(tensor([0, 1, 0]), 2, { replacement: true }).dataSync(); // [1, 1]
 */
export function multinomial(weights: Tensor, samples: number, options: { readonly replacement?: boolean } = {}): Tensor {
  const { replacement = false } = options;
  const [width, rows = 1] = [...weights.shape].reverse();
  if (weights.shape.length < 1 || weights.shape.length > 2) {
    throw new InkstoneError("E_SHAPE", {
      operation: "multinomial",
      expected: { en: "weights of one or two dimensions", zh: "一维或二维的权重" },
      got: weights.shape,
    });
  }
  if (!(isCount(samples) && samples > 0)) {
    throw new InkstoneError("E_OPTION", { option: "samples", value: samples, allowed: { en: "a whole number from 1 on", zh: "不小于 1 的整数" } });
  }
  const values = weights.dataSync();
  const chances = drawn([rows, samples], (...place) => uniform(...place));
  const found = new Int32Array(rows * samples);
  for (let row = 0; row < rows; row++) {
    const left = Float64Array.from(values.subarray(row * width, (row + 1) * width));
    for (let nth = 0; nth < samples; nth++) {
      const index = pick(left, chances[row * samples + nth]);
      found[row * samples + nth] = index;
      if (!replacement) left[index] = 0;
    }
  }
  return tensor(found, [...weights.shape.slice(0, -1), samples], { device: weights.device });
}

// The first index at which the sum of weights passes its share of the whole.
function pick(weights: Float64Array, chance: number): number {
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (bad >= 0 || !(whole > 0)) {
    throw new InkstoneError("E_OPTION", {
      option: "weights",
      value: bad >= 0 ? weights[bad] : whole,
      allowed: { en: "finite weights from 0 on, enough of them above 0", zh: "有限的非负权重，且大于 0 的权重足够多" },
    });
  }
  let sum = 0;
  let last = 0;
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    sum += weight;
    last = i;
    if (chance * whole < sum) return i;
  }
  return last;
}
