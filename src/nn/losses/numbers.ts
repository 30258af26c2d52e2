// Losses of numbers: squared, absolute, and between the two.
import { abs, add, mean, relu, scale, shift, square, subtract, type Tensor } from "../../tensor/index.ts";
import { expectRows, type LossOptions, reduceLosses, targetLike } from "./reduce.ts";

function ofErrors(name: string, prediction: Tensor, target: Tensor, options: LossOptions, loss: (error: Tensor) => Tensor): Tensor {
  expectRows(name, prediction);
  return reduceLosses(mean(loss(subtract(prediction, targetLike(name, target, prediction))), { axis: -1 }), options);
}

/**
 * (prediction - target)², the mean of it along the last dimension a row. Shapes: target, prediction [B, ..., K] -> [] (reduction "none": [B, ...]).
 * Errors: `E_SHAPE`, `E_KERNEL` "numeric" with the row. Keras's `mean_squared_error`, PyTorch's `mse_loss`.
 *
 * @example
 * meanSquaredError(tensor([[1, 3]]), tensor([[1, 5]])).dataSync(); // [2]
 */
export function meanSquaredError(target: Tensor, prediction: Tensor, options: LossOptions = {}): Tensor {
  return ofErrors("mean_squared_error", prediction, target, options, square);
}

/**
 * |prediction - target|, the mean of it along the last dimension a row. Shapes and errors as `meanSquaredError`. Keras's `mean_absolute_error`, PyTorch's `l1_loss`.
 *
 * @example
 * meanAbsoluteError(tensor([[1, 3]]), tensor([[1, 5]])).dataSync(); // [1]
 */
export function meanAbsoluteError(target: Tensor, prediction: Tensor, options: LossOptions = {}): Tensor {
  return ofErrors("mean_absolute_error", prediction, target, options, abs);
}

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** Errors beyond it count in proportion, not squared. Default 1. */
  readonly delta?: number;
}

/**
 * e² / 2 for errors |e| <= delta, delta · (|e| - delta / 2) beyond; the mean along the last dimension a row. Shapes and errors as `meanSquaredError`. Keras's `huber`.
 *
 * Source: Huber 1964, Annals of Mathematical Statistics 35(1).
 *
 * @example
 * huber(tensor([[0, 0]]), tensor([[0.5, 3]])).dataSync(); // [1.3125]
 */
export function huber(target: Tensor, prediction: Tensor, options: HuberOptions = {}): Tensor {
  const { delta = 1 } = options;
  return ofErrors("huber", prediction, target, options, (error) => {
    const size = abs(error);
    const beyond = relu(shift(size, -delta));
    return add(scale(square(subtract(size, beyond)), 0.5), scale(beyond, delta));
  });
}
