// Rows for what is read from logits, and the row with which the tests force a panic or a long run.
import type { KernelRows } from "./row.ts";

/** What is read from logits, and the fault that tests ask for. */
export const scoringKernels = {
  /** nll[i] = log(sum exp(logits[i])) - logits[i][targets[i]], in f64 inside. Error `index` when a target is outside [0, vocabulary); `numeric` for NaN. */
  negativeLogLikelihood: { reads: { logits: "f32", targets: "i32" }, writes: { nll: "f32" }, sizes: ["rows", "vocabulary"], tolerance: 8 },
  /**
   * Of each row of logits [rows, n] the `count` largest in falling order, ties by rising index: values, indices [rows, count];
   * normalizer [rows] = log(sum exp(scales[row] · (x - max))) + scales[row] · max. `count` is 1 to n. NaN among the values: error `numeric` with the index of the first.
   */
  topCandidates: {
    reads: { logits: "f32", scales: "f32" },
    writes: { values: "f32", indices: "i32", normalizer: "f32" },
    sizes: ["rows", "n", "count"],
    tolerance: 8,
  },
  /** For tests of the fault path: mode 0 does nothing, 1 panics, 2 runs `milliseconds` long (looking at the control word), 3 returns the error `index`. */
  fault: { reads: {}, writes: {}, sizes: ["mode", "milliseconds"], tolerance: 0 },
} as const;

scoringKernels satisfies KernelRows;
