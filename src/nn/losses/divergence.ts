// Kullback-Leibler divergence.
import { clip, log, logSoftmax, multiply, subtract, sum, type Tensor } from "../../tensor/index.ts";
import { expectRows, type LossOptions, reduceLosses, targetLike } from "./reduce.ts";

/** Options of `klDivergence`. */
export interface DivergenceOptions extends LossOptions {
  /** Whether predictions are logits, not probabilities: then nothing is clipped. Default false. */
  readonly fromLogits?: boolean;
  /** Both sides are clipped to [epsilon, 1] first. Default 1e-7, as in Keras; 0: nothing is, and 0 log 0 = 0, as in PyTorch. */
  readonly epsilon?: number;
}

/** The least that a logarithm is taken of, where nothing is clipped: times a target of 0 it gives 0. */
const LEAST = 1e-37;

/**
 * sum_c q_c · log(q_c / p_c) of targets q and predictions p. Shapes: target, prediction [B, ..., classes] -> [] (reduction "none": [B, ...]).
 * The mean is that of the rows (PyTorch's "batchmean"). Errors: `E_SHAPE`, `E_KERNEL` "numeric" with the row. Keras's `kl_divergence`, PyTorch's `kl_div`.
 *
 * Source: Kullback & Leibler 1951, Annals of Mathematical Statistics 22(1).
 *
 * @example
 * klDivergence(tensor([[0.25, 0.75]]), tensor([[0.5, 0.5]])).dataSync(); // [0.1308]
 */
export function klDivergence(target: Tensor, prediction: Tensor, options: DivergenceOptions = {}): Tensor {
  expectRows("kl_divergence", prediction);
  const { fromLogits = false } = options;
  const epsilon = fromLogits ? 0 : (options.epsilon ?? 1e-7);
  const like = targetLike("kl_divergence", target, prediction);
  const [q, p] = epsilon > 0 ? [clip(like, epsilon, 1), clip(prediction, epsilon, 1)] : [like, prediction];
  const gap = subtract(log(epsilon > 0 ? q : clip(q, LEAST, 1)), fromLogits ? logSoftmax(p) : log(p));
  return reduceLosses(sum(multiply(q, gap), { axis: -1 }), options);
}
