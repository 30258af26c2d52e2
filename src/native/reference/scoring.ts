// Twins of what is read from logits, and of the kernel that fails on purpose.
import { InkstoneError } from "../../core/index.ts";
import type { KernelName, ReferenceFamily, scoringKernels } from "../kernels/index.ts";
import { checkIndex } from "./refuse.ts";

/** Twins of `scoringKernels`. */
export const scoring: ReferenceFamily<typeof scoringKernels> = {
  negativeLogLikelihood({ logits, targets, nll, rows, vocabulary }) {
    for (let row = 0; row < rows; row++) {
      checkIndex("negativeLogLikelihood", targets[row], vocabulary);
      const values = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      checkNumbers("negativeLogLikelihood", values);
      nll[row] = logSumExp(values, 1) - values[targets[row]];
    }
  },
  topCandidates({ logits, scales, values, indices, normalizer, rows, n, count }) {
    for (let row = 0; row < rows; row++) {
      const all = logits.subarray(row * n, (row + 1) * n);
      checkNumbers("topCandidates", all);
      const order = largest(all, count);
      indices.set(order, row * count);
      for (let i = 0; i < count; i++) values[row * count + i] = all[order[i]];
      normalizer[row] = logSumExp(all, scales[row]);
    }
  },
  fault({ mode, milliseconds }, run) {
    if (mode === 1) throw new Error("a fault that was asked for");
    if (mode === 3) checkIndex("fault", 1, 1);
    const end = performance.now() + (mode === 2 ? milliseconds : 0);
    while (performance.now() < end) run.look();
  },
};

function checkNumbers(kernel: KernelName, values: Float32Array): void {
  const bad = values.findIndex(Number.isNaN);
  if (bad >= 0) throw new InkstoneError("E_KERNEL", { kernel, why: "numeric", value: bad, limit: values.length });
}

// log(sum exp(scale · x)), with the maximum taken out so that nothing overflows.
function logSumExp(values: Float32Array, scale: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, scale * value);
  if (!Number.isFinite(most)) return most;
  let sum = 0;
  for (const value of values) sum += Math.exp(scale * value - most);
  return Math.log(sum) + most;
}

// Indices of the `count` largest in falling order, ties by rising index: a sorted list that a larger value enters at its place.
function largest(values: Float32Array, count: number): number[] {
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (order.length === count && (count === 0 || values[i] <= values[order[count - 1]])) continue;
    let low = 0;
    for (let high = order.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (values[order[middle]] >= values[i]) low = middle + 1;
      else high = middle;
    }
    order.splice(low, 0, i);
    if (order.length > count) order.pop();
  }
  return order;
}
