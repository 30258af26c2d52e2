// A mean over items, counted up batch by batch. Knows no metric.
import type { Metric, ObservedBatch } from "../metric.ts";

/** The mean of a number over items: `add` gives their sum and how many they are. */
export function counted(
  name: string,
  better: Metric["better"],
  observe: Metric["observe"],
  add: (batch: ObservedBatch) => readonly [sum: number, count: number],
  finish: (mean: number) => number = (mean) => mean,
): Metric {
  let [sum, count] = [0, 0];
  return {
    name,
    better,
    observe,
    update(batch) {
      const [more, items] = add(batch);
      sum += more;
      count += items;
    },
    result: () => (count === 0 ? 0 : finish(sum / count)),
    reset() {
      [sum, count] = [0, 0];
    },
  };
}

/** Whether an item counts: `values` of a batch belong to as many items as the mask has, in order. */
export function countsAt({ mask }: ObservedBatch, items: number): (item: number) => boolean {
  if (mask === undefined || mask.length > items || items % mask.length !== 0) return () => true;
  const each = items / mask.length;
  return (item) => mask[Math.floor(item / each)] !== 0;
}
