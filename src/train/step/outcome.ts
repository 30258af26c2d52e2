// What a model gives for a batch, as losses and metrics see it. Knows no losses.
import type { Shape, Tensor } from "../../tensor/index.ts";

/** What a forward pass gives. At least one of `prediction` and `logits` with `activation` is there. */
export interface Outcome {
  /** What `predict` gives. Lazily: where only logits are needed, it is never computed. */
  readonly prediction: () => Tensor;
  /** What the last activation was given, where that activation is a softmax or a sigmoid. */
  readonly logits?: { readonly values: Tensor; readonly activation: "softmax" | "sigmoid" };
  /** Which steps count: i32 [B, T], 1 or 0. */
  readonly mask?: Tensor;
}

/** Targets as the loss has them: a distribution over classes, class numbers, yes and no, or numbers. */
export type TargetKind = "one-hot" | "ids" | "binary" | "values";

/** What is true of every batch of one shape. */
export interface OutcomeForm {
  /** With the batch. */
  readonly prediction: Shape;
  readonly targets: Shape;
  /** Of the last layer, where it is known. */
  readonly activation?: "softmax" | "sigmoid";
  readonly kind: TargetKind;
  /** Whether predictions are logits, by the options of the loss. */
  readonly fromLogits: boolean;
}

/** The form of an outcome. */
export function formOf(outcome: Outcome, targets: Tensor, { kind, fromLogits = false }: { kind: TargetKind; fromLogits?: boolean }): OutcomeForm {
  const { logits } = outcome;
  const prediction = (logits?.values ?? outcome.prediction()).shape;
  return { prediction, targets: targets.shape, activation: logits?.activation, kind, fromLogits };
}

/**
 * An outcome of a prediction alone: what `outcome` of a model of one's own may give, with the steps that count.
 *
 * @example
 * plainOutcome(tensor([1])).logits; // undefined
 */
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
