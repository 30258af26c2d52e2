// Cross-entropy of yes and no.
import { add, clip, log, mean, multiply, negate, noGrad, scale, shift, softplus, subtract, type Tensor } from "../../tensor/index.ts";
import { type CategoricalOptions, PROBABILITY } from "./categorical.ts";
import { expectRows, reduceLosses, targetLike } from "./reduce.ts";

/**
 * -(y log p + (1 - y) log(1 - p)), the mean of it along the last dimension a row; targets y from 0 to 1, smoothed as y (1 - s) + s / 2.
 * Probabilities p are clipped to [1e-7, 1 - 1e-7] first, as in Keras; with `fromLogits` they are the sigmoid of the predictions x: log(1 + exp(x)) - x · y, exact far from zero.
 *
 * Shapes: target, prediction [B, ..., K] -> [] (reduction "none": [B, ...]); [B] is one row. Errors: `E_SHAPE`, `E_KERNEL` "numeric" with the row.
 * Keras's `binary_crossentropy`, PyTorch's `binary_cross_entropy` and `binary_cross_entropy_with_logits`.
 *
 * @example
 * binaryCrossentropy(tensor([[0], [1]]), tensor([[0.5], [0.75]])).dataSync(); // [0.4904]
 */
export function binaryCrossentropy(target: Tensor, prediction: Tensor, options: CategoricalOptions = {}): Tensor {
  expectRows("binary_crossentropy", prediction);
  const { fromLogits = false, labelSmoothing: s = 0 } = options;
  const like = targetLike("binary_crossentropy", target, prediction);
  const y = s === 0 ? like : noGrad(() => shift(scale(like, 1 - s), s / 2));
  const losses = fromLogits ? ofLogits(prediction, y) : ofProbabilities(clip(prediction, ...PROBABILITY), y);
  return reduceLosses(mean(losses, { axis: -1 }), options);
}

const ofLogits = (x: Tensor, y: Tensor) => subtract(softplus(x), multiply(x, y));

const oneMinus = (x: Tensor) => shift(negate(x), 1);

const ofProbabilities = (p: Tensor, y: Tensor) => negate(add(multiply(y, log(p)), multiply(oneMinus(y), log(oneMinus(p)))));
