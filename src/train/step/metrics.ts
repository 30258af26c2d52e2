// Metrics that a training step observes: what kernels reduce is read, counted up here, and is a number at the end of the epoch. Knows no models.
import { InkstoneError, listed } from "../../core/index.ts";
import type { Metric, MetricFunction } from "./metric.ts";
import { accuracy, binaryAccuracy, categoricalAccuracy, topK } from "./metrics/accuracy.ts";
import { auc, counts } from "./metrics/decisions.ts";
import { difference, itemMean } from "./metrics/numbers.ts";

export type { Metric, MetricFunction, ObservedBatch } from "./metric.ts";

/** Names of metrics that `compile` takes. */
export type MetricName =
  | "accuracy"
  | "acc"
  | "categorical_accuracy"
  | "sparse_categorical_accuracy"
  | "binary_accuracy"
  | "top_k_categorical_accuracy"
  | "sparse_top_k_categorical_accuracy"
  | "precision"
  | "recall"
  | "f1_score"
  | "auc"
  | "mse"
  | "mean_squared_error"
  | "mae"
  | "mean_absolute_error"
  | "root_mean_squared_error";

const squared = (name: string): Metric => difference(name, (gap) => gap * gap);
const absolute = (name: string): Metric => difference(name, Math.abs);

const named: Readonly<Record<MetricName, (name: string) => Metric>> = {
  accuracy,
  acc: accuracy,
  categorical_accuracy: (name) => categoricalAccuracy(name, false),
  sparse_categorical_accuracy: (name) => categoricalAccuracy(name, true),
  binary_accuracy: binaryAccuracy,
  top_k_categorical_accuracy: (name) => topK(name, 5),
  sparse_top_k_categorical_accuracy: (name) => topK(name, 5),
  precision: (name) => counts(name, "precision"),
  recall: (name) => counts(name, "recall"),
  f1_score: (name) => counts(name, "f1"),
  auc,
  mse: squared,
  mean_squared_error: squared,
  mae: absolute,
  mean_absolute_error: absolute,
  root_mean_squared_error: (name) => difference(name, (gap) => gap * gap, Math.sqrt),
};

/** All names. */
export const metricNames: readonly MetricName[] = Object.keys(named) as MetricName[];

/** What `compile` takes as a metric. */
export type MetricChoice = MetricName | MetricFunction | Metric;

/**
 * The metric of a choice: Keras's names, counted anew for each run; a function; a metric as it is. "accuracy" is the one that goes with the shapes and the last layer. Errors: `E_OPTION`.
 *
 * @example
 * metricOf("mae").name; // "mae"
 */
export function metricOf(metric: MetricChoice): Metric {
  if (typeof metric === "function") return itemMean(metric);
  if (typeof metric === "object" && metric !== null && "observe" in metric) return metric;
  if (Object.hasOwn(named, metric)) return named[metric](metric);
  throw new InkstoneError("E_OPTION", { option: "metrics", value: metric, allowed: listed(metricNames) });
}
