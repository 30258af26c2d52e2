// Metrics that a training step observes: what kernels reduce is read, counted up here, and is a number at the end of the epoch. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import { argMax, type Tensor, type Values } from "../../tensor/index.ts";
import type { Outcome } from "./outcome.ts";

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
}

/** A metric: reset at the start of an epoch, updated with each batch. */
export interface Metric {
  readonly name: string;
  /** What of the outcome it needs, computed within the step. */
  observe(outcome: Outcome): Tensor;
  update(batch: ObservedBatch): void;
  result(): number;
  reset(): void;
}

/** A metric of one's own: its name, and a number for a batch of targets and predictions, both end to end; batches count by their rows. */
export interface MetricFunction {
  (targets: Values, predictions: Values, rows: number): number;
  readonly name: string;
}

/** Targets as the loss has them. */
export type TargetKind = "one-hot" | "ids" | "binary" | "values";

// The share of items that are right, or the mean of a number.
function counted(name: string, observe: Metric["observe"], add: (batch: ObservedBatch) => readonly [sum: number, count: number]): Metric {
  let [sum, count] = [0, 0];
  return {
    name,
    observe,
    update(batch) {
      const [more, items] = add(batch);
      sum += more;
      count += items;
    },
    result: () => (count === 0 ? 0 : sum / count),
    reset() {
      [sum, count] = [0, 0];
    },
  };
}

const outputOf = ({ logits, prediction }: Outcome): Tensor => logits?.values ?? prediction();

function categoricalAccuracy(name: string, ids: boolean): Metric {
  return counted(
    name,
    (outcome) => argMax(outputOf(outcome), { axis: -1 }),
    ({ observed, targets, mask }) => {
      const classes = targets.length / observed.length;
      let [right, items] = [0, 0];
      for (let i = 0; i < observed.length; i++) {
        if (mask && mask[i] === 0) continue;
        items++;
        if ((ids ? targets[i] : largest(targets, i * classes, classes)) === observed[i]) right++;
      }
      return [right, items];
    },
  );
}

function largest(values: Values, start: number, length: number): number {
  let best = 0;
  for (let k = 1; k < length; k++) if (values[start + k] > values[start + best]) best = k;
  return best;
}

// Probabilities above one half, which are logits above 0.
function binaryAccuracy(name: string): Metric {
  let bound = 0.5;
  return counted(
    name,
    (outcome) => {
      bound = outcome.logits ? 0 : 0.5;
      return outputOf(outcome);
    },
    ({ observed, targets }) => {
      let right = 0;
      for (let i = 0; i < observed.length; i++) if (observed[i] > bound === targets[i] > 0.5) right++;
      return [right, observed.length];
    },
  );
}

function difference(name: string, of: (gap: number) => number): Metric {
  return counted(
    name,
    (outcome) => outcome.prediction(),
    ({ observed, targets }) => {
      let sum = 0;
      for (let i = 0; i < observed.length; i++) sum += of(observed[i] - targets[i]);
      return [sum, observed.length];
    },
  );
}

function topK(name: string, ids: boolean, k: number): Metric {
  return counted(
    name,
    (outcome) => outputOf(outcome),
    ({ observed, targets, width, rows, mask }) => {
      const items = ids ? rows * width : targets.length / (observed.length / rows);
      const count = ids ? items : rows;
      const classes = observed.length / count;
      let [right, seen] = [0, 0];
      for (let i = 0; i < count; i++) {
        if (mask && mask[i] === 0) continue;
        seen++;
        const id = ids ? targets[i] : largest(targets, i * classes, classes);
        let above = 0;
        for (let c = 0; c < classes; c++) if (observed[i * classes + c] > observed[i * classes + id]) above++;
        if (above < k) right++;
      }
      return [right, seen];
    },
  );
}

const accuracyOf = (name: string, kind: TargetKind): Metric =>
  kind === "binary" || kind === "values" ? binaryAccuracy(name) : categoricalAccuracy(name, kind === "ids");

const named: Readonly<Record<string, (name: string, kind: TargetKind) => Metric>> = {
  accuracy: accuracyOf,
  acc: accuracyOf,
  categorical_accuracy: (name) => categoricalAccuracy(name, false),
  sparse_categorical_accuracy: (name) => categoricalAccuracy(name, true),
  binary_accuracy: binaryAccuracy,
  top_k_categorical_accuracy: (name) => topK(name, false, 5),
  sparse_top_k_categorical_accuracy: (name) => topK(name, true, 5),
  mse: (name) => difference(name, (gap) => gap * gap),
  mean_squared_error: (name) => difference(name, (gap) => gap * gap),
  mae: (name) => difference(name, Math.abs),
  mean_absolute_error: (name) => difference(name, Math.abs),
};

/**
 * The metric of a name, as `compile` takes it: Keras's names. "accuracy" is the one that goes with the loss. Errors: `E_OPTION`.
 *
 * @example
 * metricOf("mae", "values").name; // "mae"
 */
export function metricOf(metric: string | MetricFunction | Metric, kind: TargetKind): Metric {
  if (typeof metric === "function") {
    return counted(
      metric.name || "metric",
      (outcome) => outcome.prediction(),
      ({ observed, targets, rows }) => [metric(targets, observed, rows) * rows, rows],
    );
  }
  if (typeof metric === "object") return metric;
  const make = Object.hasOwn(named, metric) ? named[metric] : undefined;
  if (make === undefined) throw new InkstoneError("E_OPTION", { option: "metrics", value: metric, allowed: Object.keys(named).join(", ") });
  return make(metric, kind);
}
