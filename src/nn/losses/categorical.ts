// Cross-entropy over classes: targets as distributions or as class numbers, predictions as logits or as probabilities.
import { InkstoneError } from "../../core/index.ts";
import {
  clip,
  crossEntropy,
  crossEntropyRows,
  divide,
  log,
  multiply,
  negate,
  noGrad,
  scale,
  shift,
  softCrossEntropy,
  sum,
  type Tensor,
} from "../../tensor/index.ts";
import { expectRows, type LossOptions, reduceLosses, targetLike } from "./reduce.ts";

/** Options of losses over classes. */
export interface CategoricalOptions extends LossOptions {
  /** Whether predictions are logits, not probabilities. Exact far from zero, and quicker. Default false, as in Keras. */
  readonly fromLogits?: boolean;
  /** The share of each target that is spread over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

/** Options of `sparseCategoricalCrossentropy`. */
export interface SparseCategoricalOptions extends CategoricalOptions {
  /** A target whose row does not count: Keras's `ignore_class`, PyTorch's `ignore_index`. Default -100. */
  readonly ignoreIndex?: number;
}

/** Keras's bounds of probabilities before their logarithm. */
export const PROBABILITY: readonly [number, number] = [1e-7, 1 - 1e-7];

const isPlain = ({ mask, sampleWeight }: LossOptions) => mask === undefined && sampleWeight === undefined;

function smoothed(target: Tensor, classes: number, labelSmoothing: number): Tensor {
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    const allowed = { en: "from 0 up to but not 1", zh: "0 至 1（不含 1）" };
    throw new InkstoneError("E_OPTION", { option: "labelSmoothing", value: labelSmoothing, allowed });
  }
  return labelSmoothing === 0 ? target : noGrad(() => shift(scale(target, 1 - labelSmoothing), labelSmoothing / classes));
}

/**
 * -sum_c y_c log p_c, the targets y a distribution a row (one-hot, or soft). Probabilities are divided by their sum and clipped to [1e-7, 1 - 1e-7] first, as in
 * Keras; with `fromLogits` they are the softmax of the predictions, and nothing is clipped. Where nothing is clipped both give the same.
 *
 * Shapes: target, prediction [B, ..., classes] -> [] (reduction "none": [B, ...]). Errors: `E_SHAPE`, `E_OPTION`, `E_KERNEL` "numeric" with the row. Keras's
 * `categorical_crossentropy`.
 *
 * @example
 * categoricalCrossentropy(tensor([[0, 1]]), tensor([[0.25, 0.75]])).dataSync(); // [0.2877]
 * categoricalCrossentropy(tensor([[0, 1]]), tensor([[0, 0]]), { fromLogits: true }).dataSync(); // [0.6931]
 */
export function categoricalCrossentropy(target: Tensor, prediction: Tensor, options: CategoricalOptions = {}): Tensor {
  expectRows("categorical_crossentropy", prediction);
  const { fromLogits = false, labelSmoothing = 0, reduction } = options;
  const y = targetLike("categorical_crossentropy", target, prediction);
  if (fromLogits) {
    if (isPlain(options)) return softCrossEntropy(prediction, y, { labelSmoothing, reduction });
    return reduceLosses(softCrossEntropy(prediction, y, { labelSmoothing, reduction: "none" }), options);
  }
  const p = clip(divide(prediction, sum(prediction, { axis: -1, keepDimensions: true })), ...PROBABILITY);
  const q = smoothed(y, prediction.shape[prediction.shape.length - 1], labelSmoothing);
  return reduceLosses(negate(sum(multiply(q, log(p)), { axis: -1 })), options);
}

/**
 * -log p_t of the class number t of each row. Probabilities are clipped to [1e-7, 1 - 1e-7], then divided by their sum, as in Keras; with `fromLogits` they are the
 * softmax of the predictions, and nothing is clipped. Where nothing is clipped both give the same.
 *
 * Shapes: target [B, ...] i32, prediction [B, ..., classes] -> [] (reduction "none": [B, ...]).
 * Errors: `E_SHAPE`, `E_OPTION`, `E_KERNEL` "index" with the first target that is no class, "numeric" with the row. Keras's `sparse_categorical_crossentropy`.
 *
 * @example
 * sparseCategoricalCrossentropy(tensor(Int32Array.of(1)), tensor([[0.25, 0.75]])).dataSync(); // [0.2877]
 */
export function sparseCategoricalCrossentropy(target: Tensor, prediction: Tensor, options: SparseCategoricalOptions = {}): Tensor {
  expectRows("sparse_categorical_crossentropy", prediction);
  const { fromLogits = false, labelSmoothing, ignoreIndex, reduction } = options;
  const rows = prediction.shape.slice(0, -1);
  const size = rows.reduce((product, length) => product * length, 1);
  if (target.size !== size) {
    throw new InkstoneError("E_SHAPE", {
      operation: "sparse_categorical_crossentropy",
      expected: { en: `targets of the shape [${rows.join(", ")}]`, zh: `形状为 [${rows.join(", ")}] 的目标` },
      got: target.shape,
    });
  }
  const logits = fromLogits ? prediction : log(clip(prediction, ...PROBABILITY));
  const labels = target.reshape(rows);
  if (isPlain(options)) return crossEntropy(logits, labels, { labelSmoothing, ignoreIndex, reduction });
  const { losses, counted } = crossEntropyRows(logits, labels, { labelSmoothing, ignoreIndex });
  return reduceLosses(losses, options, counted);
}
