// Losses as a training step takes them: a number for each item, weighted, masked, and divided by what counts. Knows no models.
import { lossByName } from "../../nn/index.ts";
import { clip, crossEntropyRows, divide, log, multiply, noGrad, scale, sum, type Tensor, toFloat } from "../../tensor/index.ts";
import type { TargetKind } from "./metrics.ts";
import type { Outcome } from "./outcome.ts";

/** A loss of one's own: of targets and predictions [B, ...], a number for each item [B] or [B, T], or one for all. */
export type CustomLoss = (targets: Tensor, predictions: Tensor) => Tensor;

/** A loss as `compile` has it. */
export interface TrainingLoss {
  /** For messages and saved models; undefined: a function of the program. */
  readonly name: string | undefined;
  readonly kind: TargetKind;
  /** A class that does not count. */
  readonly ignoreIndex?: number;
  /** Losses of the items, or one for all; and 1 for each that counts, where not all do. */
  items(targets: Tensor, outcome: Outcome): { readonly losses: Tensor; readonly counted?: Tensor };
}

/** A loss by name, with options. */
export interface NamedLoss {
  readonly name: string;
  /** The model gives logits. Default false; where the last layer is a softmax or sigmoid, its logits are used anyway. */
  readonly fromLogits?: boolean;
  /** Default 0. */
  readonly labelSmoothing?: number;
  /** A class that does not count: of "sparse_categorical_crossentropy". Default: all count. */
  readonly ignoreIndex?: number;
}

/** What `compile` takes as a loss: Keras's id, the same with options, or a function. */
export type LossChoice = string | NamedLoss | CustomLoss;

/** A loss summed up: `total` over the items that count, `count` of them; a tensor where the device counts them. */
export interface SummedLoss {
  readonly total: Tensor;
  readonly count: number | Tensor;
}

/** total / count; 0 where nothing counts. */
export function meanOf({ total, count }: SummedLoss): Tensor {
  return typeof count === "number"
    ? scale(total, 1 / count)
    : divide(
        total,
        noGrad(() => clip(count, 1e-30, 3e38)),
      );
}

/**
 * The loss of a batch. Sample weights [B] multiply items but do not enter the count, as in Keras; steps that a mask hides do neither count nor enter.
 */
export function summedLoss(loss: TrainingLoss, targets: Tensor, outcome: Outcome, weights?: Tensor): SummedLoss {
  const rows = targets.shape[0];
  const { losses, counted } = loss.items(targets, outcome);
  // One number for all of the batch: already a mean.
  if (losses.size === 1 && rows !== 1) return { total: scale(losses.reshape([1]), rows), count: rows };
  const shape = [rows, losses.size / rows];
  const each = losses.reshape(shape);
  const weighted = weights ? multiply(each, weights.reshape([rows, 1])) : each;
  const mask = outcome.mask?.size === losses.size ? outcome.mask : undefined;
  if (mask === undefined && counted === undefined) return { total: sum(weighted).reshape([1]), count: losses.size };
  const seen = noGrad(() => {
    const parts = [counted, mask && toFloat(mask)].flatMap((part) => (part ? [part.reshape(shape)] : []));
    return parts.length === 2 ? multiply(parts[0], parts[1]) : parts[0];
  });
  return { total: sum(multiply(weighted, seen)).reshape([1]), count: noGrad(() => sum(seen).reshape([1])) };
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

/** The loss of a choice. Errors: `E_OPTION`. */
export function lossOf(choice: LossChoice): TrainingLoss {
  if (typeof choice === "function")
    return { name: undefined, kind: "values", items: (targets, outcome) => ({ losses: choice(targets, outcome.prediction()) }) };
  const options = typeof choice === "string" ? { name: choice } : choice;
  const { name, labelSmoothing, ignoreIndex } = options;
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : "values";
  const compute = lossByName(name);
  if (kind === "ids" && ignoreIndex !== undefined)
    return { name, kind, ignoreIndex, items: (targets, outcome) => sparseItems(targets, outcome, options) };
  return {
    name,
    kind,
    items(targets, outcome) {
      const { values, fromLogits } = inputOf(kind, options, outcome);
      return { losses: compute(values, targets, { fromLogits, labelSmoothing, reduction: "none" }) };
    },
  };
}

function sparseItems(targets: Tensor, outcome: Outcome, options: NamedLoss): { losses: Tensor; counted: Tensor } {
  const { values, fromLogits } = inputOf("ids", options, outcome);
  const { labelSmoothing, ignoreIndex } = options;
  return crossEntropyRows(fromLogits ? values : log(clip(values, 1e-7, 1 - 1e-7)), targets, { labelSmoothing, ignoreIndex });
}
