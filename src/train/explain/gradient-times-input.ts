// Gradient times input: how much each input speaks for what a model says. Knows layers through Sequential only.
import { InkstoneError } from "../../core/index.ts";
import { Embedding } from "../../nn/index.ts";
import { gradients, noGrad, type Tensor, tensor, tidy, withDevice } from "../../tensor/index.ts";
import type { ArrayInput } from "../inputs/column.ts";
import { Turns } from "../inputs/turns.ts";
import { checkSignal } from "../model/evaluate.ts";
import type { Model } from "../model/model.ts";
import { Sequential } from "../model/sequential.ts";
import type { Outcome } from "../step/outcome.ts";
import { inputBatches } from "./inputs.ts";

/** What speaks for an output. */
export interface Attribution {
  /** Which output: its place in the last dimension of a prediction. */
  readonly target: number;
  /** Its value: what the softmax or sigmoid is given, where the model ends in one. */
  readonly score: number;
  /** One a token, or one an input value: positive speaks for the output, negative against. */
  readonly values: Float32Array;
}

/** Options of `gradientTimesInput`. */
export interface GradientTimesInputOptions {
  /** Which output, for all rows or for each. Default: the largest. */
  readonly target?: number | readonly number[];
  /** Of a model that says something at each step: at which. Default: the last that counts. */
  readonly step?: number;
  readonly signal?: AbortSignal;
}

/**
 * gradient of an output x input, for each row: Σ over the width of dy/de · e for the vector e of each token where the first layer is an `Embedding`, dy/dx · x elsewhere. For a
 * linear model the values of a row add up to its output without the bias; elsewhere they say what a small change of each input would do.
 *
 * Shapes: ids [N, T] -> T values a row; numbers [N, ...] -> as many values as a row has. Errors: `E_OPTION` for a target or step that is not there; those of `predict`.
 * Source: Shrikumar et al. 2016, arXiv:1605.01713, section 2.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 2, kernelInitializer: "ones", inputDim: 3 })]);
 * const [row] = await gradientTimesInput(model, [[1, 2, 3]], { target: 1 });
 * row.values; // [1, 2, 3]
 * row.score; // 6
 */
export async function gradientTimesInput(model: Model, x: ArrayInput, options: GradientTimesInputOptions = {}): Promise<Attribution[]> {
  const found: Attribution[] = [];
  const turns = new Turns();
  for await (const batch of inputBatches(model, x)) {
    checkSignal(options.signal, "gradientTimesInput");
    found.push(...tidy(() => withDevice(model.device, () => attributionsOf(model, batch.tensor(), batch.first, options))));
    await turns.rest();
  }
  return found;
}

function attributionsOf(model: Model, input: Tensor, first: number, options: GradientTimesInputOptions): Attribution[] {
  const { leaf, outcome } = passOf(model, input);
  const scores = outcome.logits?.values ?? outcome.prediction();
  const chosen = choicesOf(scores, outcome.mask, first, options);
  const seed = new Float32Array(scores.size);
  for (const { place } of chosen) seed[place] = 1;
  const [gradient] = gradients(scores, [leaf], { seed: tensor(seed, scores.shape) });
  const [g, e] = [gradient.dataSync(), leaf.dataSync()];
  const values = input.size / input.shape[0];
  const width = leaf.size / input.size;
  return chosen.map(({ target, score }, row) => ({
    target,
    score,
    values: Float32Array.from({ length: values }, (_, i) => {
      let sum = 0;
      for (let at = (row * values + i) * width, end = at + width; at < end; at++) sum += g[at] * e[at];
      return sum;
    }),
  }));
}

// The pass from what a gradient can be taken of: the vectors of ids, or the numbers themselves.
function passOf(model: Model, input: Tensor): { leaf: Tensor; outcome: Outcome } {
  const [first] = model.layers;
  if (model instanceof Sequential && first instanceof Embedding) {
    const leaf = noGrad(() => first.call(input)).requireGrad();
    return { leaf, outcome: model.outcomeBehind(first.name, leaf, { mask: first.outputMask(input) }) };
  }
  if (input.type === "f32") {
    const leaf = input.requireGrad();
    return { leaf, outcome: model.outcome([leaf]) };
  }
  throw new InkstoneError("E_OPTION", {
    option: "x",
    value: "ids",
    allowed: { en: "for a Sequential that begins with an Embedding", zh: "以 Embedding 开头的 Sequential" },
  });
}

interface Choice {
  readonly target: number;
  readonly score: number;
  /** In all scores. */
  readonly place: number;
}

// scores: [B, K], or [B, T, K].
function choicesOf(scores: Tensor, mask: Tensor | undefined, first: number, { target, step }: GradientTimesInputOptions): Choice[] {
  const [rows, ...shape] = scores.shape;
  const classes = shape[shape.length - 1] ?? 1;
  const steps = scores.size / (rows * classes);
  const values = scores.dataSync();
  const counts = mask?.size === rows * steps ? mask.dataSync() : undefined;
  if (step !== undefined) check("step", step, steps);
  return Array.from({ length: rows }, (_, row) => {
    const own = counts?.subarray(row * steps, (row + 1) * steps);
    const at = (row * steps + (step ?? Math.max(0, own ? own.lastIndexOf(1) : steps - 1))) * classes;
    const wanted = typeof target === "object" ? target[first + row] : target;
    if (target !== undefined) check("target", wanted, classes);
    const found = wanted ?? largest(values.subarray(at, at + classes));
    return { target: found, score: values[at + found], place: at + found };
  });
}

function check(option: string, value: number | undefined, count: number): void {
  if (Number.isInteger(value) && value! >= 0 && value! < count) return;
  throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: { en: `0 to ${count - 1}`, zh: `0 到 ${count - 1}` } });
}

function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
