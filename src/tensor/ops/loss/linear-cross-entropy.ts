// Cross-entropy of a projection onto classes, computed by runs of rows: the logits of all rows never exist together.
import { InkstoneError } from "../../../core/index.ts";
import type { Kernels } from "../../command.ts";
import { defineOp, expectShape, type GradientsOf, type Op, scratchLike } from "../../op.ts";
import { computePrecision } from "../../precision.ts";
import { tidy } from "../../scope.ts";
import { gradientsWanted } from "../../tape/tracking.ts";
import type { Tensor } from "../../tensor.ts";
import { isCount } from "../../types.ts";
import type { CrossEntropyOptions } from "./loss.ts";
import { expectConstants, only, smoothingOf } from "./loss-parts.ts";

/** Bytes of the logits of a run, and the rows that it has at least: below them a large weight is read too often. */
const RUN_BYTES = 8 << 20;
const LEAST_ROWS = 256;

/** Options of `linearCrossEntropy`. */
export interface LinearCrossEntropyOptions extends Omit<CrossEntropyOptions, "reduction"> {
  /** Default "mean". */
  readonly reduction?: "mean" | "sum";
  /** Added to the logits of each row: [V]. */
  readonly bias?: Tensor;
  /** Whether the weight is [C, V], as Keras's `kernel`. Default false: [V, C], as PyTorch's. */
  readonly transpose?: boolean;
  /** Rows whose logits exist together. Default: as many as 8 MB of logits hold, at least 256. */
  readonly chunk?: number;
}

/** What is settled before it runs: the options, and which gradients the pass is to form. */
interface Plan {
  readonly options: LinearCrossEntropyOptions;
  readonly bf16: boolean;
  readonly wanted: { readonly dx: boolean; readonly dweight: boolean; readonly dbias: boolean };
}

type Arguments = [x: Tensor, weight: Tensor, targets: Tensor, bias: Tensor | undefined, weights: Tensor | undefined, plan: Plan];
type Parts = { readonly [name: string]: Tensor };

function sizesOf(x: Tensor, weight: Tensor, { transpose = false, chunk }: LinearCrossEntropyOptions) {
  const [vocabulary, width] = transpose ? [weight.shape[1], weight.shape[0]] : weight.shape;
  const rows = width === 0 ? 0 : x.size / width;
  const run = chunk ?? Math.max(LEAST_ROWS, Math.floor(RUN_BYTES / 4 / Math.max(vocabulary, 1)));
  return { rows, width, vocabulary, run: Math.min(run, Math.max(rows, 1)) };
}

function check([x, weight, targets, bias, weights, { options }]: Arguments): void {
  const { chunk = 1, transpose = false } = options;
  smoothingOf(options);
  if (!isCount(chunk) || chunk === 0) {
    throw new InkstoneError("E_OPTION", { option: "chunk", value: chunk, allowed: { en: "a whole number from 1 on", zh: "不小于 1 的整数" } });
  }
  const name = "linearCrossEntropy";
  expectShape(weight.shape.length === 2, name, { en: "a weight of two dimensions", zh: "二维的权重" }, weight);
  const width = weight.shape[transpose ? 0 : 1];
  expectShape(
    x.shape.length > 0 && x.shape[x.shape.length - 1] === width,
    name,
    () => ({ en: `rows of ${width} values`, zh: `每行 ${width} 个值` }),
    x,
  );
  const { rows, vocabulary } = sizesOf(x, weight, options);
  expectShape(targets.size === rows, name, () => ({ en: `${rows} targets`, zh: `${rows} 个目标` }), targets);
  if (bias) expectShape(bias.size === vocabulary, name, () => ({ en: `a bias of ${vocabulary} values`, zh: `${vocabulary} 个值的偏置` }), bias);
  if (weights) expectShape(weights.size === vocabulary, name, () => ({ en: `${vocabulary} weights`, zh: `${vocabulary} 个权重` }), weights);
}

// One run of rows: logits, losses, and, where they are wanted, the gradients that it adds, as if the loss were the sum.
function runOfRows(run: Kernels, args: Arguments, results: Parts, first: number, rows: number, memory: Parts): void {
  const [x, weight, targets, bias, weights, { options, bf16, wanted }] = args;
  const { ignoreIndex = -100, transpose = false } = options;
  const { width, vocabulary } = sizesOf(x, weight, options);
  const { logits, normalizer, one } = memory;
  const [a, labels] = [x.reshape([x.size / width, width]).rows(first, rows), targets.reshape([targets.size]).rows(first, rows)];
  const single = { batch: 1, batchA: 1, batchB: 1, bf16 };
  const none = { bias: a, hasBias: 0 };
  run.matmul({
    a,
    b: weight,
    bias: bias ?? a,
    c: logits,
    ...single,
    rows,
    columns: vocabulary,
    depth: width,
    hasBias: bias ? 1 : 0,
    transposeB: !transpose,
  });
  const shared = { logits, targets: labels, weights: weights ?? logits, normalizer };
  const sizes = { rows, vocabulary, value: ignoreIndex, smoothing: smoothingOf(options), hasWeights: weights ? 1 : 0 };
  run.crossEntropy({ losses: results["losses"].rows(first, rows), counted: results["counted"].rows(first, rows), ...shared, ...sizes });
  if (!(wanted.dx || wanted.dweight || wanted.dbias)) return;
  const dlogits = logits;
  run.crossEntropyGrad({ share: one, dy: one, dlogits, perRow: 0, ...shared, ...sizes });
  if (wanted.dx) {
    const c = results["dx"].reshape([x.size / width, width]).rows(first, rows);
    run.matmul({ a: dlogits, b: weight, ...none, c, ...single, rows, columns: width, depth: vocabulary, transposeB: transpose });
  }
  const accumulate = first > 0;
  if (wanted.dweight) {
    const [left, right] = transpose ? [a, dlogits] : [dlogits, a];
    const [high, wide] = transpose ? [width, vocabulary] : [vocabulary, width];
    run.matmul({
      a: left,
      b: right,
      ...none,
      c: results["dweight"],
      ...single,
      rows: high,
      columns: wide,
      depth: rows,
      transposeA: true,
      accumulate,
    });
  }
  if (wanted.dbias) run.columnSums({ x: dlogits, y: results["dbias"], rows, columns: vocabulary, accumulate });
}

const operation: Op<Arguments, Parts> = defineOp<Arguments, Parts>({
  name: "linearCrossEntropy",
  shape(args) {
    check(args);
    const [x, weight, , bias, , { options, wanted }] = args;
    const { rows } = sizesOf(x, weight, options);
    return {
      y: { shape: [] },
      losses: { shape: [rows] },
      counted: { shape: [rows] },
      share: { shape: [1] },
      ...(wanted.dx ? { dx: { shape: x.shape } } : {}),
      ...(wanted.dweight ? { dweight: { shape: weight.shape } } : {}),
      ...(wanted.dbias && bias ? { dbias: { shape: bias.shape } } : {}),
    };
  },
  forward: (run, args, results) =>
    tidy(() => {
      const [x, weight, , , , { options }] = args;
      const { rows, vocabulary, run: most } = sizesOf(x, weight, options);
      const [logits, normalizer, one] = [[most, vocabulary], [most, 2], [1]].map((shape) => scratchLike(x, { shape }));
      run.fill({ y: one, n: 1, value: 1 });
      for (const name of ["dweight", "dbias"]) if (rows === 0 && results[name]) run.fill({ y: results[name], n: results[name].size, value: 0 });
      for (let first = 0; first < rows; first += most) {
        runOfRows(run, args, results, first, Math.min(most, rows - first), { logits, normalizer, one });
      }
      const { y, losses, counted, share } = results;
      run.totalLoss({ losses, counted, y, share, rows, sum: options.reduction === "sum" });
    }),
  keepsResults: true,
  gradient(run, _args, { y: dy }, gradients: GradientsOf<Arguments>, results) {
    const [dx, dweight, labels, dbias, weights] = gradients;
    expectConstants("linearCrossEntropy", [labels, weights]);
    if (!dy) return;
    for (const [name, gradient] of Object.entries({ dx, dweight, dbias })) {
      const formed = results[name];
      if (!gradient || !formed) continue;
      const y = gradient.give(formed) ? formed : gradient;
      run.scaleBy({ x: formed, a: dy, b: results["share"], y, n: formed.size });
    }
  },
});

/**
 * `crossEntropy` of the logits x · weightᵀ + bias, a run of rows at a time. Where gradients are wanted they are formed in the same pass, so that neither the logits nor
 * their gradient exist for more than one run: for 2,048 rows and 50,257 classes 51 MB instead of 824.
 *
 * Shapes: x [..., C]; weight [V, C], or [C, V] with `transpose`; targets [...] i32; bias [V] -> []. In the precision of products (`withPrecision`).
 * Errors: `E_SHAPE`; `E_OPTION`; `E_KERNEL` "index" with the first target of a run outside [0, V) that is not `ignoreIndex`, "numeric" with the row of a run whose loss is not finite.
 *
 * @example
 * const weight = tensor([[1, 0], [0, 1], [0, 0]]);
 * linearCrossEntropy(tensor([[0, 0]]), weight, tensor(Int32Array.of(2))).dataSync(); // [1.0986]
 */
export function linearCrossEntropy(x: Tensor, weight: Tensor, targets: Tensor, options: LinearCrossEntropyOptions = {}): Tensor {
  const { bias, weights } = options;
  const on = gradientsWanted();
  const wanted = { dx: on && x.requiresGrad, dweight: on && weight.requiresGrad, dbias: on && bias?.requiresGrad === true };
  return only(operation(x, weight, targets, bias, weights, { options, bf16: computePrecision() === "bf16", wanted }));
}
