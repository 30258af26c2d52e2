// Steps that must not be taken: a loss that is not finite. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import type { StepResult } from "./steps.ts";

/** Which step: epoch and batch, from 0. */
export interface StepPlace {
  readonly epoch: number;
  readonly batch: number;
}

/** The result of a step whose loss is not finite: as it is where a callback takes care of that, else `E_TRAINING_LOSS`. */
export function withoutLoss(found: StepResult, { epoch, batch }: StepPlace, acceptsNaN: boolean, cause?: unknown): StepResult {
  if (acceptsNaN) return found;
  throw new InkstoneError("E_TRAINING_LOSS", { loss: String(found.loss), epoch: epoch + 1, step: batch + 1 }, { cause });
}

/** The same for a step that a kernel ended because it met a number that is not finite; other errors are thrown on. */
export function afterFailure(error: unknown, place: StepPlace, acceptsNaN: boolean): StepResult {
  const numeric = error instanceof InkstoneError && error.code === "E_KERNEL" && (error.parameters as { why?: string }).why === "numeric";
  if (!numeric) throw error;
  return withoutLoss({ loss: Number.NaN, count: 0 }, place, acceptsNaN, error);
}
