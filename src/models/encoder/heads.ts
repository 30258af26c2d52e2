// What stands on an encoder: from a row to scores of classes, of answers' ends, of words. Small, so plain arithmetic in f64. Knows no text.

import { InkstoneError } from "../../core/index.ts";
import { missingWeight, otherShape } from "../weights/reading.ts";
import { type EncoderConfig, wordNames } from "./config.ts";
import type { NamedWeights } from "./named-weights.ts";

/** y = activation(W x + b), then a layer norm where there is one. */
interface Step {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly activation?: ((x: number) => number) | undefined;
  readonly norm?: { readonly weight: Float32Array; readonly bias: Float32Array; readonly epsilon: number };
}

/** From one row to scores. */
export interface Head {
  /** How many scores it gives. */
  readonly size: number;
  /** Scores of one row [C]. */
  scores(row: Float32Array): Float32Array;
}

/** The error function, to 1.2e-7 at most (Numerical Recipes, erfc's Chebyshev fit). */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const factors = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  const fit = factors.reduceRight((sum, factor) => sum * t + factor, 0);
  const y = 1 - t * Math.exp(-x * x + fit);
  return x >= 0 ? y : -y;
}

const activations = {
  tanh: Math.tanh,
  relu: (x: number) => Math.max(0, x),
  gelu: (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2)),
} as const;

function applied({ weight, bias, activation, norm }: Step, x: Float32Array): Float32Array {
  const y = new Float32Array(weight.length / x.length);
  for (let o = 0; o < y.length; o++) {
    let sum = bias?.[o] ?? 0;
    for (let i = 0, at = o * x.length; i < x.length; i++, at++) sum += weight[at] * x[i];
    y[o] = activation === undefined ? sum : activation(sum);
  }
  if (norm === undefined) return y;
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
  const factor = 1 / Math.sqrt(variance + norm.epsilon);
  return y.map((value, i) => (value - mean) * factor * norm.weight[i] + norm.bias[i]);
}

function headOf(steps: readonly Step[]): Head {
  const last = steps[steps.length - 1];
  return { size: last.bias?.length ?? 0, scores: (row) => steps.reduce((x, step) => applied(step, x), row) };
}

class Reader {
  readonly #weights: NamedWeights;

  constructor(weights: NamedWeights) {
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.shape(`${name}.weight`) !== undefined;
  }

  step(name: string, inputs: number, activation?: keyof typeof activations): Step {
    const shape = this.#weights.shape(`${name}.weight`);
    if (shape === undefined || shape.length !== 2 || shape[1] !== inputs) {
      const problems = shape === undefined ? missingWeight(`${name}.weight`) : otherShape(`${name}.weight`, shape, ["?", inputs]);
      throw new InkstoneError("E_MODEL_TENSORS", { problems });
    }
    const bias = this.#weights.shape(`${name}.bias`)?.join() === String(shape[0]) ? this.#weights.values(`${name}.bias`) : undefined;
    if (bias === undefined)
      throw new InkstoneError("E_MODEL_TENSORS", {
        problems: { en: `${name}.bias is missing or no vector of ${shape[0]}`, zh: `${name}.bias 缺失，或不是 ${shape[0]} 个值的向量` },
      });
    return { weight: this.#weights.values(`${name}.weight`), bias, activation: activation && activations[activation] };
  }
}

/** Scores of classes from the first row of a sentence (or of a pair). Errors: `E_MODEL_TENSORS` where the file has no such head. */
export function classifierHead({ kind, width }: EncoderConfig, weights: NamedWeights, prefix: string): Head {
  const reader = new Reader(weights);
  if (kind === "distilbert") return headOf([reader.step("pre_classifier", width, "relu"), reader.step("classifier", width)]);
  if (kind !== "bert") return headOf([reader.step("classifier.dense", width, "tanh"), reader.step("classifier.out_proj", width)]);
  return headOf([reader.step(`${prefix}pooler.dense`, width, "tanh"), reader.step("classifier", width)]);
}

/** Scores of labels from each row. Errors: `E_MODEL_TENSORS`. */
export function tokenHead({ width }: EncoderConfig, weights: NamedWeights): Head {
  return headOf([new Reader(weights).step("classifier", width)]);
}

/** Two scores from each row: that an answer begins there, that it ends there. Errors: `E_MODEL_TENSORS`. */
export function answerHead({ width }: EncoderConfig, weights: NamedWeights): Head {
  return headOf([new Reader(weights).step("qa_outputs", width)]);
}

/** Scores of every word of the vocabulary from a row whose word was hidden; the table of words is the last matrix. Errors: `E_MODEL_TENSORS`. */
export function wordHead(config: EncoderConfig, weights: NamedWeights, prefix: string): Head {
  const { kind, width, epsilon, vocabularySize } = config;
  const reader = new Reader(weights);
  const [dense, norm, bias] = wordNames[kind];
  const words = `${prefix}embeddings.word_embeddings.weight`;
  for (const name of [`${norm}.weight`, `${norm}.bias`, bias, words])
    if (weights.shape(name) === undefined) throw new InkstoneError("E_MODEL_TENSORS", { problems: missingWeight(name) });
  if (weights.shape(bias)?.join() !== String(vocabularySize))
    throw new InkstoneError("E_MODEL_TENSORS", {
      problems: { en: `${bias} is no vector of ${vocabularySize}`, zh: `${bias} 不是 ${vocabularySize} 个值的向量` },
    });
  const first = {
    ...reader.step(dense, width, "gelu"),
    norm: { weight: weights.values(`${norm}.weight`), bias: weights.values(`${norm}.bias`), epsilon },
  };
  return headOf([first, { weight: weights.values(words), bias: weights.values(bias) }]);
}
