// Losses as a training step takes them: a number for each item, weighted, masked, and divided by what counts. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import { checkLossOptions, type LossName, lossByName, nameOfLoss } from "../../nn/index.ts";
import { clip, crossEntropyRows, log, multiply, noGrad, scale, sum, type Tensor, toFloat } from "../../tensor/index.ts";
import type { Outcome, TargetKind } from "./outcome.ts";

/**
 * A loss of one's own: of targets and predictions [B, ...], a number for each item [B], [B, T] …, or one for all. Targets are i32 where the data holds an `Int32Array`.
 * A loss of this library given as a function is the one of its name.
 */
export type CustomLoss = (targets: Tensor, predictions: Tensor) => Tensor;

/** A loss as `compile` has it. */
export interface TrainingLoss {
  /** For messages and saved models; undefined: a function of the program. */
  readonly name: string | undefined;
  readonly kind: TargetKind;
  /** Whether predictions are logits, by its options. */
  readonly fromLogits: boolean;
  /** A class that does not count. */
  readonly ignoreIndex?: number;
  /** Losses of the items, or one for all; and 1 for each that counts, where not all do. */
  items(targets: Tensor, outcome: Outcome): { readonly losses: Tensor; readonly counted?: Tensor };
}

/** A loss by name, with options: each loss takes those that it knows. */
export interface NamedLoss {
  readonly name: LossName;
  /** The model gives logits. Default false; where the last layer is a softmax or sigmoid, its logits are used anyway. */
  readonly fromLogits?: boolean;
  /** Of cross-entropies. Default 0. */
  readonly labelSmoothing?: number;
  /** A class that does not count: of "sparse_categorical_crossentropy". Default: all count. */
  readonly ignoreIndex?: number;
  /** Of "huber". Default 1. */
  readonly delta?: number;
  /** Of "kl_divergence". Default 1e-7. */
  readonly epsilon?: number;
}

/** What `compile` takes as a loss: Keras's id, the same with options, or a function. */
export type LossChoice = LossName | NamedLoss | CustomLoss;

/** A loss summed up: `total` over the items that count, `count` of them; a tensor where the device counts them. */
export interface SummedLoss {
  readonly total: Tensor;
  readonly count: number | Tensor;
}

/**
 * The loss of a batch. Sample weights, one a row or one an item, multiply items but do not enter the count, as in Keras; steps that a mask hides do neither count nor enter.
 *
 * Errors: `E_SHAPE` for a loss that gives neither one number nor one for each item.
 */
export function summedLoss(loss: TrainingLoss, targets: Tensor, outcome: Outcome, weights?: Tensor): SummedLoss {
  const rows = targets.shape[0];
  const { losses, counted } = loss.items(targets, outcome);
  // One number for all of the batch: already a mean.
  if (losses.size === 1 && rows !== 1) return { total: scale(losses.reshape([1]), rows), count: rows };
  if (loss.name === undefined) checkItems(losses, outcome);
  const shape = [rows, losses.size / rows];
  const each = losses.reshape(shape);
  const weighted = weights ? multiply(each, weights.size === losses.size ? weights.reshape(shape) : weights.reshape([rows, 1])) : each;
  const mask = outcome.mask?.size === losses.size ? outcome.mask : undefined;
  if (mask === undefined && counted === undefined) return { total: sum(weighted).reshape([1]), count: losses.size };
  const seen = noGrad(() => {
    const parts = [counted, mask && toFloat(mask)].flatMap((part) => (part ? [part.reshape(shape)] : []));
    return parts.length === 2 ? multiply(parts[0], parts[1]) : parts[0];
  });
  return { total: sum(multiply(weighted, seen)).reshape([1]), count: noGrad(() => sum(seen).reshape([1])) };
}

// [B, B] of (N,) against (N, 1) is the commonest of all mistakes: what a loss gives has the leading dimensions of the predictions.
function checkItems(losses: Tensor, outcome: Outcome): void {
  const { shape } = outcome.prediction();
  if (losses.size === 1 || (losses.shape.length <= shape.length && losses.shape.every((size, i) => size === shape[i]))) return;
  const expected = {
    en: `a number for each item ([${shape[0]}] or more of [${shape}]), or one for all`,
    zh: `每个样本一个数（[${shape[0]}] 或 [${shape}] 的更多维），或全体一个数`,
  };
  throw new InkstoneError("E_SHAPE", { operation: { en: "The loss function", zh: "损失函数" }, expected, got: losses.shape });
}

// What targets of a loss are, and after which last activation it is computed from logits.
const kinds: Readonly<Record<string, TargetKind>> = {
  categorical_crossentropy: "one-hot",
  sparse_categorical_crossentropy: "ids",
  binary_crossentropy: "binary",
};
const activations: Readonly<Record<TargetKind, "softmax" | "sigmoid" | undefined>> = {
  "one-hot": "softmax",
  ids: "softmax",
  binary: "sigmoid",
  values: undefined,
};

// What a loss by name is given: logits where it can be computed from them, else predictions.
function inputOf(kind: TargetKind, { fromLogits = false }: NamedLoss, { logits, prediction }: Outcome): { values: Tensor; fromLogits: boolean } {
  if (logits && logits.activation === activations[kind]) return { values: logits.values, fromLogits: true };
  return { values: prediction(), fromLogits };
}

/** The loss of a choice. Errors: `E_OPTION`, `E_OPTION_UNKNOWN`. */
export function lossOf(choice: LossChoice): TrainingLoss {
  if (typeof choice === "function") {
    const name = nameOfLoss(choice);
    if (name !== undefined) return lossOf(name);
    return { name: undefined, kind: "values", fromLogits: false, items: (targets, outcome) => ({ losses: choice(targets, outcome.prediction()) }) };
  }
  const options: NamedLoss = typeof choice === "object" && choice !== null ? choice : { name: choice };
  const { name, ...own } = options;
  checkLossOptions(name, own);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : "values";
  const { fromLogits = false, ignoreIndex } = options;
  const compute = lossByName(name);
  if (kind === "ids" && ignoreIndex !== undefined)
    return { name, kind, fromLogits, ignoreIndex, items: (targets, outcome) => sparseItems(targets, outcome, options) };
  return {
    name,
    kind,
    fromLogits,
    items(targets, outcome) {
      const input = inputOf(kind, options, outcome);
      return { losses: compute(targets, input.values, { ...own, fromLogits: input.fromLogits, reduction: "none" }) };
    },
  };
}

function sparseItems(targets: Tensor, outcome: Outcome, options: NamedLoss): { losses: Tensor; counted: Tensor } {
  const { values, fromLogits } = inputOf("ids", options, outcome);
  const { labelSmoothing, ignoreIndex } = options;
  return crossEntropyRows(fromLogits ? values : log(clip(values, 1e-7, 1 - 1e-7)), targets, { labelSmoothing, ignoreIndex });
}
