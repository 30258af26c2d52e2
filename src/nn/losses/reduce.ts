// From the losses of rows to one: weights, masks, means. Knows no loss.
import { InkstoneError } from "../../core/index.ts";
import { clip, divide, finite, mean, multiply, noGrad, type Reduction, sum, type Tensor, toFloat } from "../../tensor/index.ts";

/** Options of every loss. */
export interface LossOptions {
  /** "mean" (default): of all rows that count, as Keras's "sum_over_batch_size"; their sum; or "none": a loss a row. */
  readonly reduction?: Reduction;
  /** What each loss is multiplied by: f32 [B], or as many as there are rows. The mean is still that of the rows, not of the weights, as in Keras. */
  readonly sampleWeight?: Tensor;
  /** Which rows count: i32 or f32, 1 or 0, as many as there are rows. */
  readonly mask?: Tensor;
}

const LARGEST = 3.4e38;

/**
 * The losses of rows [B, ...], each multiplied by its weight and 0 where it is masked: as one, where `reduction` asks for that. A mean over nothing is 0.
 * `counted`: what each row counts for in the mean beside the mask; default 1.
 *
 * Errors: `E_SHAPE` for a mask or weights that do not fit; `E_KERNEL` "numeric" with the first row whose loss is not finite.
 *
 * @example
 * reduceLosses(tensor([1, 5]), { mask: tensor(Int32Array.of(1, 0)) }).dataSync(); // [1]
 */
export function reduceLosses(rows: Tensor, options: LossOptions = {}, counted?: Tensor): Tensor {
  const { reduction = "mean" } = options;
  const mask = options.mask && alongRows("mask", options.mask, rows);
  const weight = options.sampleWeight && alongRows("sampleWeight", options.sampleWeight, rows);
  let losses = finite(rows);
  for (const factor of [mask, weight]) if (factor) losses = multiply(losses, factor);
  if (reduction === "none") return losses;
  if (reduction === "sum") return sum(losses);
  if (mask === undefined && counted === undefined) return losses.size === 0 ? sum(losses) : mean(losses);
  const count = noGrad(() => sum(mask && counted ? multiply(mask, counted) : ((mask ?? counted) as Tensor)));
  // Where nothing counts, nothing is divided; class weights may add up to less than 1.
  return divide(
    sum(losses),
    noGrad(() => clip(count, counted ? 1e-30 : 1, LARGEST)),
  );
}

// A factor a row as f32 that multiplies rows [B, ...]: one for each, or one for each of B.
function alongRows(what: string, factor: Tensor, { shape, size }: Tensor): Tensor {
  const [batch = 1] = shape;
  if (factor.size !== size && factor.size !== batch) {
    throw new InkstoneError("E_SHAPE", {
      operation: { en: `The ${what} of a loss`, zh: `损失的 ${what}` },
      expected: { en: `${size} or ${batch} values`, zh: `${size} 或 ${batch} 个值` },
      got: factor.shape,
    });
  }
  const floats = factor.type === "f32" ? factor : noGrad(() => toFloat(factor));
  return floats.reshape(factor.size === size ? shape : [batch, ...shape.slice(1).map(() => 1)]);
}

/** The target in the shape of the prediction: [B] for [B, 1]. Errors: `E_SHAPE` with the loss's name. */
export function targetLike(loss: string, target: Tensor, prediction: Tensor): Tensor {
  if (target.size !== prediction.size) {
    throw new InkstoneError("E_SHAPE", {
      operation: loss,
      expected: { en: `targets of the shape [${prediction.shape.join(", ")}]`, zh: `形状为 [${prediction.shape.join(", ")}] 的目标` },
      got: target.shape,
    });
  }
  return target.reshape(prediction.shape);
}

/** Throws `E_SHAPE` where a prediction has no last dimension. */
export function expectRows(loss: string, prediction: Tensor): void {
  if (prediction.shape.length === 0)
    throw new InkstoneError("E_SHAPE", { operation: loss, expected: { en: "predictions of at least one dimension", zh: "至少一维的预测" }, got: [] });
}
