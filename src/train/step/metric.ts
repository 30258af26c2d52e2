// What a metric of training is. Knows none.
import type { Tensor, Values } from "../../tensor/index.ts";
import type { Outcome, OutcomeForm } from "./outcome.ts";

/** A batch as metrics see it, on the side of JavaScript. */
export interface ObservedBatch {
  readonly rows: number;
  /** What `observe` gave. */
  readonly observed: Values;
  /** Targets, end to end. */
  readonly targets: Values;
  /** Values of one target row. */
  readonly width: number;
  /** Steps that count, where there is a mask. */
  readonly mask?: Values;
  /** Shapes of predictions and targets, and what is known of the last layer. */
  readonly form: OutcomeForm;
}

/** A metric: reset at the start of an epoch, updated with each batch. */
export interface Metric {
  readonly name: string;
  /** Which values are better: what callbacks go by whose mode is "auto". */
  readonly better?: "larger" | "smaller";
  /** What of the outcome it needs, computed within the step. */
  observe(outcome: Outcome, form: OutcomeForm): Tensor;
  update(batch: ObservedBatch): void;
  result(): number;
  reset(): void;
}

/**
 * A metric of one's own: its name, and a number for a batch of targets and predictions, both end to end. Steps that a mask hides are not among them; `items` counts those that are: batches count by it.
 */
export interface MetricFunction {
  (targets: Values, predictions: Values, items: number): number;
  readonly name: string;
}
