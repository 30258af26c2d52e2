// How gradients are clipped, and the norm that is known of them. Knows no optimiser.
import { InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { normAndFactor, squareRuns, sumsOfSquares, type Tensor, valueOn } from "../../tensor/index.ts";

/** Options of clipping: at most one of them. */
export interface ClippingOptions {
  /** The gradient of each parameter is scaled down to this norm. Keras's `clipnorm`. */
  readonly clipnorm?: number;
  /** All gradients together are scaled down to this norm. Keras's `global_clipnorm`. */
  readonly globalClipnorm?: number;
  /** The same as PyTorch's `clip_grad_norm_` has it, with 1e-6 added to the norm. */
  readonly maxGradNorm?: number;
  /** Each element is bounded to [-clipvalue, clipvalue]. Keras's `clipvalue`, PyTorch's `clip_grad_value_`. */
  readonly clipvalue?: number;
}

/** What updates are called with. */
export interface Clipped {
  /** Of each gradient: its factor [1]. */
  readonly factors: readonly Tensor[];
  /** Bound of each element. */
  readonly limit: number;
  /** The norm of all gradients before clipping, [1]; undefined where the updates are still to sum the squares up. */
  readonly norm: Tensor | undefined;
}

/** Throws `E_OPTION` unless at most one of the options is there, and above 0. */
export function checkClipping({ clipnorm, globalClipnorm, maxGradNorm, clipvalue }: ClippingOptions): ClippingOptions {
  const given = Object.entries({ clipnorm, globalClipnorm, maxGradNorm, clipvalue }).filter(([, value]) => value !== undefined);
  for (const [option, value] of given) {
    if (!(Number(value) > 0))
      throw new InkstoneError("E_OPTION", { option, value: String(value), allowed: { en: "numbers above 0", zh: "大于 0 的数" } });
  }
  if (given.length > 1) {
    const allowed = {
      en: `only one of ${given.map(([option]) => option).join(", ")}`,
      zh: `${given.map(([option]) => option).join("、")} 中只能有一个`,
    };
    throw new InkstoneError("E_OPTION", { option: given[1][0], value: String(given[1][1]), allowed });
  }
  return { clipnorm, globalClipnorm, maxGradNorm, clipvalue };
}

/** Whether clipping needs the norm before the update. */
export function needsNorm({ clipnorm, globalClipnorm, maxGradNorm }: ClippingOptions): boolean {
  return (clipnorm ?? globalClipnorm ?? maxGradNorm) !== undefined;
}

/** Factors for gradients that are to be multiplied with `scale` first. Within a tidy. Errors: `E_KERNEL` "numeric". */
export function clip(gradients: readonly Tensor[], options: ClippingOptions, scale: Scalar): Clipped {
  const { clipnorm, globalClipnorm, maxGradNorm, clipvalue: limit = Number.POSITIVE_INFINITY } = options;
  const sums = sumsOfSquares(gradients[0], gradients);
  const { norm, factor } = normAndFactor(sums, { maxNorm: globalClipnorm ?? maxGradNorm, epsilon: maxGradNorm === undefined ? 0 : 1e-6, scale });
  if (clipnorm === undefined) return { factors: gradients.map(() => factor), limit, norm };
  let at = 0;
  const factors = gradients.map(({ size }) => {
    const own = sums.rows(at, squareRuns(size));
    at += squareRuns(size);
    return normAndFactor(own, { maxNorm: clipnorm, scale })["factor"];
  });
  return { factors, limit, norm };
}

/** The same without looking at the gradients: their squares are summed up by the updates. */
export function withoutNorm(gradients: readonly Tensor[], { clipvalue: limit = Number.POSITIVE_INFINITY }: ClippingOptions, scale: Scalar): Clipped {
  const factor = valueOn(gradients[0], scale);
  return { factors: gradients.map(() => factor), limit, norm: undefined };
}
