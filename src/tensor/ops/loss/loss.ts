// Cross-entropy of logits, and bounds.
import { defineOp, expectShape, type GradientsOf, type Like, type Op } from "../../op.ts";
import type { Tensor } from "../../tensor.ts";
import { expectConstants, only, smoothingOf } from "./loss-parts.ts";

/** How the losses of rows become one: their mean over what is counted, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** Options of losses on logits. */
export interface SoftCrossEntropyOptions {
  /** The share of each target that is spread over all classes, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  /** Default "mean". */
  readonly reduction?: Reduction;
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends SoftCrossEntropyOptions {
  /** A target that is not counted: its row has the loss 0 and no gradient. Default -100. */
  readonly ignoreIndex?: number;
  /** Weights of the classes [V]: constants. Default: 1 each. */
  readonly weights?: Tensor;
}

type Hard = [logits: Tensor, targets: Tensor, weights: Tensor | undefined, options: CrossEntropyOptions];
type Soft = [logits: Tensor, targets: Tensor, options: SoftCrossEntropyOptions];
/** `y` is what is asked for; the rest is what the gradient needs. */
type Parts = { readonly [name: string]: Tensor };

const sizesOf = ({ shape, size }: Tensor) => {
  const vocabulary = shape[shape.length - 1] ?? 1;
  return { rows: vocabulary === 0 ? 0 : size / vocabulary, vocabulary };
};

function partsOf(logits: Tensor, reduction: Reduction, rowShape: readonly number[]): Record<string, Like> {
  const { rows } = sizesOf(logits);
  const own = { counted: { shape: [rows] }, normalizer: { shape: [rows, 2] }, share: { shape: [1] } };
  return reduction === "none" ? { y: { shape: rowShape }, ...own } : { y: { shape: [] }, losses: { shape: [rows] }, ...own };
}

const hard: Op<Hard, Parts> = defineOp<Hard, Parts>({
  name: "crossEntropy",
  shape([logits, targets, weights, { reduction = "mean", ...options }]) {
    smoothingOf(options);
    expectShape(logits.shape.length > 0, "crossEntropy", { en: "logits of at least one dimension", zh: "至少一维的 logits" }, logits);
    const { rows, vocabulary } = sizesOf(logits);
    expectShape(targets.size === rows, "crossEntropy", () => ({ en: `${rows} targets`, zh: `${rows} 个目标` }), targets);
    if (weights)
      expectShape(weights.size === vocabulary, "crossEntropy", () => ({ en: `${vocabulary} weights`, zh: `${vocabulary} 个权重` }), weights);
    return partsOf(logits, reduction, targets.shape);
  },
  forward(run, [logits, targets, weights, options], { y, losses = y, counted, normalizer, share }) {
    const { ignoreIndex = -100, reduction = "mean" } = options;
    const { rows, vocabulary } = sizesOf(logits);
    const sizes = { rows, vocabulary, value: ignoreIndex, smoothing: smoothingOf(options), hasWeights: weights ? 1 : 0 };
    run.crossEntropy({ logits, targets, weights: weights ?? logits, losses, counted, normalizer, ...sizes });
    if (reduction === "none") run.fill({ y: share, n: 1, value: 1 });
    else run.totalLoss({ losses, counted, y, share, rows, sum: reduction === "sum" });
  },
  keepsResults: true,
  gradient(run, [logits, targets, weights, options], { y: dy }, gradients: GradientsOf<Hard>, { normalizer, share }) {
    const [dlogits, ...others] = gradients;
    expectConstants("crossEntropy", others);
    if (!dlogits || !dy) return;
    const { ignoreIndex = -100, reduction } = options;
    const sizes = { value: ignoreIndex, smoothing: smoothingOf(options), hasWeights: weights ? 1 : 0, ...sizesOf(logits) };
    const perRow = reduction === "none" ? 1 : 0;
    run.crossEntropyGrad({ logits, targets, weights: weights ?? logits, normalizer, share, dy, dlogits, ...sizes, perRow });
  },
});

/**
 * Cross-entropy of logits z with one class t a row, PyTorch's `cross_entropy`: w_t · (log sum exp(z) - z_t), the targets smoothed by s:
 * (1 - s) · w_t · (log sum exp(z) - z_t) + s / V · sum_c w_c · (log sum exp(z) - z_c). "mean" is their sum divided by the sum of w_t over the rows that are counted;
 * where none is, the loss is 0 and so is its gradient (PyTorch: not a number).
 *
 * Only log sum exp(z) is kept for the gradient, which computes the softmax anew.
 *
 * Shapes: logits [..., V], targets [...] i32 -> [] or, with reduction "none", [...].
 * Errors: `E_SHAPE`; `E_OPTION`; `E_KERNEL` "index" with the first target outside [0, V) that is not `ignoreIndex`, "numeric" with the first row whose loss is not finite.
 *
 * @example
 * crossEntropy(tensor([[0, 0], [9, 9]]), tensor(Int32Array.of(1, -100))).dataSync(); // [0.6931]
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  return only(hard(logits, targets, options.weights, options));
}

/**
 * The losses of `crossEntropy` a row, and what each counts for in their mean: its class weight, 0 where it is ignored. For losses that weight rows themselves.
 *
 * @example
 * crossEntropyRows(tensor([[0, 0], [9, 9]]), tensor(Int32Array.of(1, -100))).counted.dataSync(); // [1, 0]
 */
export function crossEntropyRows(
  logits: Tensor,
  targets: Tensor,
  options: Omit<CrossEntropyOptions, "reduction"> = {},
): { losses: Tensor; counted: Tensor } {
  const { y: losses, counted, ...rest } = hard(logits, targets, options.weights, { ...options, reduction: "none" });
  for (const part of Object.values(rest)) part.dispose();
  return { losses, counted: counted.reshape(losses.shape) };
}

const soft: Op<Soft, Parts> = defineOp<Soft, Parts>({
  name: "softCrossEntropy",
  shape([logits, targets, { reduction = "mean", ...options }]) {
    smoothingOf(options);
    expectShape(logits.shape.length > 0, "softCrossEntropy", { en: "logits of at least one dimension", zh: "至少一维的 logits" }, logits);
    const same = logits.shape.length === targets.shape.length && logits.shape.every((size, i) => size === targets.shape[i]);
    expectShape(
      same,
      "softCrossEntropy",
      () => ({ en: `targets of the shape [${logits.shape.join(", ")}]`, zh: `形状为 [${logits.shape.join(", ")}] 的目标` }),
      targets,
    );
    return partsOf(logits, reduction, logits.shape.slice(0, -1));
  },
  forward(run, [logits, targets, options], { y, losses = y, counted, normalizer, share }) {
    const { rows, vocabulary } = sizesOf(logits);
    run.softCrossEntropy({ logits, targets, losses, normalizer, rows, vocabulary, smoothing: smoothingOf(options) });
    if (options.reduction === "none") return run.fill({ y: share, n: 1, value: 1 });
    run.fill({ y: counted, n: rows, value: 1 });
    run.totalLoss({ losses, counted, y, share, rows, sum: options.reduction === "sum" });
  },
  keepsResults: true,
  gradient(run, [logits, targets, options], { y: dy }, gradients: GradientsOf<Soft>, { normalizer, share }) {
    const [dlogits, ...others] = gradients;
    expectConstants("softCrossEntropy", others);
    if (!dlogits || !dy) return;
    const sizes = { smoothing: smoothingOf(options), perRow: options.reduction === "none" ? 1 : 0, ...sizesOf(logits) };
    run.softCrossEntropyGrad({ logits, targets, normalizer, share, dy, dlogits, ...sizes });
  },
});

/**
 * Cross-entropy of logits z with a distribution q a row: sum_c q_c · (log sum exp(z) - z_c), q smoothed as (1 - s) · q + s / V. "mean" is that over all rows.
 * Targets are constants.
 *
 * Shapes: logits, targets [..., V] -> [] or, with reduction "none", [...]. Errors: `E_SHAPE`; `E_OPTION`; `E_KERNEL` "numeric" with the first row whose loss is not finite.
 *
 * @example
 * softCrossEntropy(tensor([[0, 0]]), tensor([[0.5, 0.5]])).dataSync(); // [0.6931]
 */
export function softCrossEntropy(logits: Tensor, targets: Tensor, options: SoftCrossEntropyOptions = {}): Tensor {
  return only(soft(logits, targets, options));
}

/**
 * y = min(max(x, minimum), maximum); the gradient goes through where x lies within, the bounds included. PyTorch's `clamp`. Shapes: any -> the same. Types: f32.
 *
 * @example
 * clip(tensor([-1, 0.5, 2]), 0, 1).dataSync(); // [0, 0.5, 1]
 */
export const clip: Op<[x: Tensor, minimum: number, maximum: number]> = defineOp({
  name: "clip",
  shape: ([x]) => x,
  forward: (run, [x, alpha, beta], y) => run.clip({ x, y, n: x.size, alpha, beta }),
  gradient(run, [x, alpha, beta], dy, [dx]) {
    if (dx) run.clipGrad({ x, dy, dx, n: x.size, alpha, beta });
  },
});

/**
 * y = x, once every value is known to be finite: what a training step computes after it never sees a broken number. Shapes: any -> the same. Types: f32.
 * Errors: `E_KERNEL` "numeric" with the index of the first value that is not finite.
 *
 * @example
 * finite(tensor([1, 2])).dataSync(); // [1, 2]
 */
export const finite: Op<[x: Tensor]> = defineOp({
  name: "finite",
  shape: ([x]) => x,
  forward: (run, [x], y) => run.finite({ x, y, n: x.size }),
  gradient: (_run, _args, dy, [dx]) => dx?.take(dy),
});
