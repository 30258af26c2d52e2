// Losses as a training step takes them: a number for each item, weighted, masked, and divided by what counts. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import {
  abs,
  add,
  clip,
  crossEntropy,
  divide,
  log,
  mean,
  multiply,
  negate,
  relu,
  scale,
  shift,
  softCrossEntropy,
  softplus,
  square,
  subtract,
  sum,
  type Tensor,
  toFloat,
} from "../../tensor/index.ts";
import type { TargetKind } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";

/** A loss of one's own: of targets and predictions [B, ...], a number for each item [B] or [B, T], or one for all. */
export type LossFunction = (targets: Tensor, predictions: Tensor) => Tensor;

/** A loss as `compile` has it. */
export interface TrainingLoss {
  /** For messages and saved models; undefined: a function of the program. */
  readonly name: string | undefined;
  readonly kind: TargetKind;
  /** Losses of the items, or one for all. */
  items(targets: Tensor, outcome: Outcome): Tensor;
}

/** Options of losses by name. */
export interface LossOptions {
  readonly name: string;
  /** The model gives logits. Default false; where the last layer is a softmax or sigmoid, its logits are used anyway. */
  readonly fromLogits?: boolean;
  /** Default 0. */
  readonly labelSmoothing?: number;
}

/** What `compile` takes as a loss: Keras's id, the same with options, or a function. */
export type LossChoice = string | LossOptions | LossFunction;

/** A loss summed up: `total` over the items that count, `count` of them; a tensor where the device counts them. */
export interface SummedLoss {
  readonly total: Tensor;
  readonly count: number | Tensor;
}

/** total / count. */
export function meanOf({ total, count }: SummedLoss): Tensor {
  return typeof count === "number" ? scale(total, 1 / count) : divide(total, count);
}

/**
 * The loss of a batch. Sample weights [B] multiply items but do not enter the count, as in Keras; steps that a mask hides do neither count nor enter.
 */
export function summedLoss(loss: TrainingLoss, targets: Tensor, outcome: Outcome, weights?: Tensor): SummedLoss {
  const items = loss.items(targets, outcome);
  if (items.size === 1 && targets.shape[0] !== 1) {
    // One number for all of the batch: already a mean.
    return { total: scale(items.reshape([1]), targets.shape[0]), count: targets.shape[0] };
  }
  const rows = targets.shape[0];
  const weighted = weights ? multiply(items.reshape([rows, items.size / rows]), weights.reshape([rows, 1])) : items;
  const { mask } = outcome;
  if (mask === undefined || mask.size !== items.size) return { total: sum(weighted).reshape([1]), count: items.size };
  const seen = toFloat(mask).reshape(weighted.shape);
  return { total: sum(multiply(weighted, seen)).reshape([1]), count: sum(seen).reshape([1]) };
}

const none = { reduction: "none" } as const;
// Probabilities are kept this far from 0 and 1 before their logarithm, as in Keras.
const NEAR = 1e-7;

// Of logits where the last activation is known; else of the logarithms of probabilities, whose softmax they are.
function categorical(targets: Tensor, outcome: Outcome, { fromLogits = false, labelSmoothing }: LossOptions, ids: boolean): Tensor {
  const options = { ...none, labelSmoothing };
  const logits =
    outcome.logits?.activation === "softmax"
      ? outcome.logits.values
      : fromLogits
        ? outcome.prediction()
        : log(clip(outcome.prediction(), NEAR, 1 - NEAR));
  return ids ? crossEntropy(logits, targets, options) : softCrossEntropy(logits, targets, options);
}

// softplus(z) - t·z, and of probabilities -(t·log p + (1 - t)·log(1 - p)).
function binary(targets: Tensor, outcome: Outcome, { fromLogits = false, labelSmoothing = 0 }: LossOptions): Tensor {
  const smooth = labelSmoothing === 0 ? targets : shift(scale(targets, 1 - labelSmoothing), labelSmoothing / 2);
  const logits = outcome.logits?.activation === "sigmoid" ? outcome.logits.values : fromLogits ? outcome.prediction() : undefined;
  if (logits) return overLast(subtract(softplus(logits), multiply(smooth, logits)));
  const p = clip(outcome.prediction(), NEAR, 1 - NEAR);
  const other = shift(negate(smooth), 1);
  return overLast(negate(add(multiply(smooth, log(p)), multiply(other, log(shift(negate(p), 1))))));
}

// Σ t·log(t / p) over the last dimension, both kept from 0.
function divergence(targets: Tensor, outcome: Outcome): Tensor {
  const [t, p] = [clip(targets, NEAR, 1), clip(outcome.prediction(), NEAR, 1)];
  return sum(multiply(t, subtract(log(t), log(p))), { axis: -1 });
}

const overLast = (x: Tensor): Tensor => (x.shape.length > 1 ? mean(x, { axis: -1 }) : x);
const gap = (targets: Tensor, outcome: Outcome): Tensor => subtract(outcome.prediction(), targets);
const items = (of: (targets: Tensor, outcome: Outcome) => Tensor) => ({ kind: "values", items: of }) as const;

const makers: Readonly<Record<string, (options: LossOptions) => Omit<TrainingLoss, "name">>> = {
  categorical_crossentropy: (options) => ({ kind: "one-hot", items: (targets, outcome) => categorical(targets, outcome, options, false) }),
  sparse_categorical_crossentropy: (options) => ({ kind: "ids", items: (targets, outcome) => categorical(targets, outcome, options, true) }),
  binary_crossentropy: (options) => ({ kind: "binary", items: (targets, outcome) => binary(targets, outcome, options) }),
  mean_squared_error: () => items((targets, outcome) => overLast(square(gap(targets, outcome)))),
  mean_absolute_error: () => items((targets, outcome) => overLast(abs(gap(targets, outcome)))),
  hinge: () => items((targets, outcome) => overLast(relu(shift(negate(multiply(targets, outcome.prediction())), 1)))),
  kl_divergence: () => items(divergence),
};
const aliases: Readonly<Record<string, string>> = {
  mse: "mean_squared_error",
  mae: "mean_absolute_error",
  kld: "kl_divergence",
  kullback_leibler_divergence: "kl_divergence",
};

/** The loss of a choice. Errors: `E_OPTION`. */
export function lossOf(choice: LossChoice): TrainingLoss {
  if (typeof choice === "function") return { name: undefined, kind: "values", items: (targets, outcome) => choice(targets, outcome.prediction()) };
  const options = typeof choice === "string" ? { name: choice } : choice;
  const name = aliases[options.name] ?? options.name;
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make === undefined) {
    throw new InkstoneError("E_OPTION", {
      option: "loss",
      value: options.name,
      allowed: [...Object.keys(makers), ...Object.keys(aliases)].join(", "),
    });
  }
  return { name, ...make(options) };
}
