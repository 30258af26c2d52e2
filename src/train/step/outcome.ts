// What a model gives for a batch, as losses and metrics see it. Knows no losses.
import type { Tensor } from "../../tensor/index.ts";

/** What a forward pass gives. At least one of `prediction` and `logits` with `activation` is there. */
export interface Outcome {
  /** What `predict` gives. Lazily: where only logits are needed, it is never computed. */
  readonly prediction: () => Tensor;
  /** What the last activation was given, where that activation is a softmax or a sigmoid. */
  readonly logits?: { readonly values: Tensor; readonly activation: "softmax" | "sigmoid" };
  /** Which steps count: i32 [B, T], 1 or 0. */
  readonly mask?: Tensor;
}

/** An outcome of a prediction alone. */
export function plainOutcome(prediction: Tensor, mask?: Tensor): Outcome {
  return { prediction: () => prediction, mask };
}

/** An outcome whose prediction is computed when it is asked for, once. */
export function logitsOutcome(values: Tensor, activation: "softmax" | "sigmoid", activate: (x: Tensor) => Tensor, mask?: Tensor): Outcome {
  let prediction: Tensor | undefined;
  return {
    prediction: () => {
      prediction ??= activate(values);
      return prediction;
    },
    logits: { values, activation },
    mask,
  };
}
