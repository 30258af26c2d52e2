// Twins of the loss kernels. Right, short, obvious.
import { InkstoneError } from "../../../core/index.ts";
import type { KernelName, lossKernels, ReferenceFamily } from "../../kernels/index.ts";
import { checkIndex } from "../refuse.ts";
import type { FamilyExtents } from "../sizes.ts";

// The largest of a row, and log(sum exp(z - largest)).
function normalizerOf(z: Float32Array): readonly [number, number] {
  const most = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [most, Math.log(z.reduce((sum, value) => sum + Math.exp(value - most), 0))];
}

function checkFinite(kernel: KernelName, value: number, row: number, rows: number): void {
  if (!Number.isFinite(value)) throw new InkstoneError("E_KERNEL", { kernel, why: "numeric", value: row, limit: rows });
}

/** Twins of `lossKernels`. */
export const loss: ReferenceFamily<typeof lossKernels> = {
  crossEntropy({ logits, targets, weights, losses, counted, normalizer, rows, vocabulary, value: ignored, smoothing, hasWeights }) {
    const weight = (c: number) => (hasWeights ? weights[c] : 1);
    for (let row = 0; row < rows; row++) {
      const z = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      const [most, log] = vocabulary === 0 ? [0, 0] : normalizerOf(z);
      normalizer.set([most, log], 2 * row);
      losses[row] = counted[row] = 0;
      const target = targets[row];
      if (target === ignored) continue;
      checkIndex("crossEntropy", target, vocabulary);
      counted[row] = weight(target);
      let all = 0;
      for (let c = 0; c < vocabulary && smoothing > 0; c++) all += weight(c) * (log + most - z[c]);
      losses[row] = (1 - smoothing) * weight(target) * (log + most - z[target]) + (smoothing / vocabulary) * all;
      checkFinite("crossEntropy", losses[row], row, rows);
    }
  },
  crossEntropyGrad(args) {
    const {
      logits,
      targets,
      weights,
      normalizer,
      share,
      dy,
      dlogits,
      rows,
      vocabulary,
      value: ignored,
      smoothing,
      hasWeights,
      perRow,
      accumulate,
    } = args;
    const weight = (c: number) => (hasWeights ? weights[c] : 1);
    const rest = smoothing / vocabulary;
    let all = 0;
    for (let c = 0; c < vocabulary; c++) all += weight(c);
    for (let row = 0; row < rows; row++) {
      const target = targets[row];
      const factor = target === ignored ? 0 : dy[perRow ? row : 0] * share[0];
      const right = factor === 0 ? 0 : (1 - smoothing) * weight(target);
      const [most, log] = normalizer.subarray(2 * row);
      for (let c = 0; c < vocabulary; c++) {
        const at = row * vocabulary + c;
        const p = Math.exp(logits[at] - most - log);
        const d = factor === 0 ? 0 : factor * ((right + rest * all) * p - rest * weight(c) - (c === target ? right : 0));
        dlogits[at] = accumulate ? dlogits[at] + d : d;
      }
    }
  },
  softCrossEntropy({ logits, targets, losses, normalizer, rows, vocabulary, smoothing }) {
    for (let row = 0; row < rows; row++) {
      const z = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      const [most, log] = vocabulary === 0 ? [0, 0] : normalizerOf(z);
      normalizer.set([most, log], 2 * row);
      let sum = 0;
      for (let c = 0; c < vocabulary; c++) {
        sum += ((1 - smoothing) * targets[row * vocabulary + c] + smoothing / vocabulary) * (log + most - z[c]);
      }
      losses[row] = sum;
      checkFinite("softCrossEntropy", sum, row, rows);
    }
  },
  softCrossEntropyGrad({ logits, targets, normalizer, share, dy, dlogits, rows, vocabulary, smoothing, perRow, accumulate }) {
    for (let row = 0; row < rows; row++) {
      const factor = dy[perRow ? row : 0] * share[0];
      const [most, log] = normalizer.subarray(2 * row);
      const q = Float64Array.from({ length: vocabulary }, (_, c) => (1 - smoothing) * targets[row * vocabulary + c] + smoothing / vocabulary);
      const all = q.reduce((a, b) => a + b, 0);
      for (let c = 0; c < vocabulary; c++) {
        const at = row * vocabulary + c;
        dlogits[at] = (accumulate ? dlogits[at] : 0) + factor * (Math.exp(logits[at] - most - log) * all - q[c]);
      }
    }
  },
  totalLoss({ losses, counted, y, share, rows, sum }) {
    let [total, weight] = [0, 0];
    for (let row = 0; row < rows; row++) {
      total += losses[row];
      weight += counted[row];
    }
    share[0] = sum ? 1 : weight === 0 ? 0 : 1 / weight;
    y[0] = sum ? total : weight === 0 ? 0 : total / weight;
  },
  finite({ x, y, n }) {
    for (let i = 0; i < n; i++) {
      checkFinite("finite", x[i], i, n);
      y[i] = x[i];
    }
  },
  clip({ x, y, n, alpha, beta }) {
    for (let i = 0; i < n; i++) y[i] = Math.min(Math.max(x[i], alpha), beta);
  },
  clipGrad({ x, dy, dx, n, alpha, beta, accumulate }) {
    const [low, high] = [Math.fround(alpha), Math.fround(beta)];
    for (let i = 0; i < n; i++) dx[i] = (accumulate ? dx[i] : 0) + (x[i] >= low && x[i] <= high ? dy[i] : 0);
  },
  scaleBy({ x, a, b, y, n, accumulate }) {
    for (let i = 0; i < n; i++) y[i] = (accumulate ? y[i] : 0) + a[0] * b[0] * x[i];
  },
};

const logitsExtents = (rows: number, vocabulary: number) => ({
  logits: rows * vocabulary,
  dlogits: rows * vocabulary,
  losses: rows,
  normalizer: 2 * rows,
});

/** Elements that each touches. */
export const lossExtents: FamilyExtents<typeof lossKernels> = {
  crossEntropy: ({ rows, vocabulary, hasWeights }) => ({
    ...logitsExtents(rows, vocabulary),
    targets: rows,
    weights: vocabulary * hasWeights,
    counted: rows,
  }),
  crossEntropyGrad: ({ rows, vocabulary, hasWeights, perRow }) => ({
    ...logitsExtents(rows, vocabulary),
    targets: rows,
    weights: vocabulary * hasWeights,
    share: 1,
    dy: perRow ? rows : 1,
  }),
  softCrossEntropy: ({ rows, vocabulary }) => ({ ...logitsExtents(rows, vocabulary), targets: rows * vocabulary }),
  softCrossEntropyGrad: ({ rows, vocabulary, perRow }) => ({
    ...logitsExtents(rows, vocabulary),
    targets: rows * vocabulary,
    share: 1,
    dy: perRow ? rows : 1,
  }),
  totalLoss: ({ rows }) => ({ losses: rows, counted: rows, y: 1, share: 1 }),
  finite: ({ n }) => ({ x: n, y: n }),
  clip: ({ n }) => ({ x: n, y: n }),
  clipGrad: ({ n }) => ({ x: n, dy: n, dx: n }),
  scaleBy: ({ n }) => ({ x: n, a: 1, b: 1, y: n }),
};
