// Means of numbers: of differences, and of what a function of the program says.
import type { Values } from "../../../tensor/index.ts";
import type { Metric, MetricFunction, ObservedBatch } from "../metric.ts";
import { counted, countsAt } from "./counted.ts";

/** The mean of a number for each difference of prediction and target. */
export function difference(name: string, of: (gap: number) => number, finish?: (mean: number) => number): Metric {
  const add = (batch: ObservedBatch): readonly [number, number] => {
    const { observed, targets } = batch;
    const counts = countsAt(batch, observed.length);
    let [sum, items] = [0, 0];
    for (let i = 0; i < observed.length; i++) {
      if (!counts(i)) continue;
      items++;
      sum += of(observed[i] - targets[i]);
    }
    return [sum, items];
  };
  return counted(name, "smaller", (outcome) => outcome.prediction(), add, finish);
}

// The values of the items that a mask leaves.
function kept(values: Values, mask: Values): Values {
  const width = values.length / mask.length;
  if (!Number.isInteger(width)) return values;
  const left = Array.from(mask.keys()).filter((item) => mask[item] !== 0);
  const found = values instanceof Int32Array ? new Int32Array(left.length * width) : new Float32Array(left.length * width);
  for (const [i, item] of left.entries()) found.set(values.subarray(item * width, (item + 1) * width), i * width);
  return found;
}

/** The mean of what a function says of each batch, by its items. */
export function itemMean(metric: MetricFunction): Metric {
  return counted(
    metric.name || "metric",
    undefined,
    (outcome) => outcome.prediction(),
    ({ observed, targets, rows, mask }) => {
      if (mask === undefined) return [metric(targets, observed, rows) * rows, rows];
      const items = Array.from(mask).filter((one) => one !== 0).length;
      return items === 0 ? [0, 0] : [metric(kept(targets, mask), kept(observed, mask), items) * items, items];
    },
  );
}
