// Losses of directions: cosine similarity, pairs that are alike or not, pairs within a batch.
import { InkstoneError } from "../../core/index.ts";
import { add, crossEntropy, matmul, multiply, negate, noGrad, relu, rmsNorm, scale, shift, sum, type Tensor, tensor } from "../../tensor/index.ts";
import { expectRows, type LossOptions, reduceLosses, targetLike } from "./reduce.ts";

/** The least length that a row is divided by. */
const LEAST = 1e-12;

/**
 * x / |x| along the last dimension; a row of zeros stays one. Shapes: [..., C] -> the same. PyTorch's `normalize`.
 *
 * @example
 * unitRows(tensor([[3, 4]])).dataSync(); // [0.6, 0.8]
 */
export function unitRows(x: Tensor): Tensor {
  const width = Math.max(x.shape[x.shape.length - 1] ?? 1, 1);
  // |x|² = width · mean(x²).
  return scale(rmsNorm(x, undefined, LEAST ** 2 / width), 1 / Math.sqrt(width));
}

const cosine = (a: Tensor, b: Tensor) => sum(multiply(unitRows(a), unitRows(b)), { axis: -1 });

/**
 * -cos of the angle between prediction and target: -1 where they point the same way. Shapes: [B, ..., C] both -> [] (reduction "none": [B, ...]).
 * Errors: `E_SHAPE`, `E_KERNEL` "numeric" with the row. Keras's loss `cosine_similarity`.
 *
 * @example
 * cosineSimilarity(tensor([[3, 4]]), tensor([[1, 0]])).dataSync(); // [-0.6]
 */
export function cosineSimilarity(target: Tensor, prediction: Tensor, options: LossOptions = {}): Tensor {
  expectRows("cosine_similarity", prediction);
  return reduceLosses(negate(cosine(prediction, targetLike("cosine_similarity", target, prediction))), options);
}

/** Options of `cosineEmbedding`. */
export interface CosineEmbeddingOptions extends LossOptions {
  /** Pairs that are not alike cost nothing below this cosine. Default 0. */
  readonly margin?: number;
}

/**
 * 1 - cos(a, b) for pairs that are alike (label 1), max(0, cos(a, b) - margin) for others (label -1). Shapes: a, b [B, C], labels [B] f32 -> [].
 * Errors: `E_SHAPE`, `E_KERNEL` "numeric" with the row. PyTorch's `cosine_embedding_loss`.
 *
 * @example
 * cosineEmbedding(tensor([[1, 0], [1, 0]]), tensor([[3, 4], [3, 4]]), tensor([1, -1])).dataSync(); // [0.5]
 */
export function cosineEmbedding(a: Tensor, b: Tensor, labels: Tensor, options: CosineEmbeddingOptions = {}): Tensor {
  expectRows("cosineEmbedding", a);
  const near = cosine(a, targetLike("cosineEmbedding", b, a));
  const alike = noGrad(() => scale(shift(targetLike("cosineEmbedding", labels, near), 1), 0.5));
  const others = noGrad(() => shift(negate(alike), 1));
  const losses = add(multiply(alike, shift(negate(near), 1)), multiply(others, relu(shift(near, -(options.margin ?? 0)))));
  return reduceLosses(losses, options);
}

/** Options of `contrastive`. */
export interface ContrastiveOptions {
  /** What cosines are divided by. Default 0.07. */
  readonly temperature?: number;
  /** Whether b is to find a, too: the mean of both. Default true, as CLIP's. */
  readonly symmetric?: boolean;
}

/**
 * InfoNCE within a batch: row i of a is to find row i of b among all rows of b by their cosine. With s_ij = cos(a_i, b_j) / temperature: the mean over i of
 * -log softmax_j(s_ij)[i]; `symmetric`: the mean of that and of the same with a and b exchanged.
 *
 * Shapes: a, b [B, C] -> []. Errors: `E_SHAPE`; `E_OPTION`; `E_KERNEL` "numeric" with the row.
 *
 * Source: van den Oord et al. 2018, arXiv:1807.03748, equation 4; Radford et al. 2021, arXiv:2103.00020, figure 3.
 *
 * @example
 * contrastive(tensor([[1, 0], [0, 1]]), tensor([[1, 0], [0, 1]]), { temperature: 1 }).dataSync(); // [0.3133]
 */
export function contrastive(a: Tensor, b: Tensor, { temperature = 0.07, symmetric = true }: ContrastiveOptions = {}): Tensor {
  if (!(temperature > 0)) {
    throw new InkstoneError("E_OPTION", { option: "temperature", value: temperature, allowed: { en: "above 0", zh: "大于 0" } });
  }
  if (a.shape.length !== 2)
    throw new InkstoneError("E_SHAPE", {
      operation: "contrastive",
      expected: { en: "a batch of vectors [B, C]", zh: "一批向量 [B, C]" },
      got: a.shape,
    });
  const [left, right] = [unitRows(a), unitRows(targetLike("contrastive", b, a))];
  const own = tensor(
    Int32Array.from({ length: a.shape[0] }, (_, i) => i),
    undefined,
    { device: a.device },
  );
  const finds = (from: Tensor, to: Tensor) => crossEntropy(scale(matmul(from, to, { transposeB: true }), 1 / temperature), own);
  return symmetric ? scale(add(finds(left, right), finds(right, left)), 0.5) : finds(left, right);
}
