// What to do about labels that are rare: weights for them, more of them, or fewer of the others. Knows no models.
import { InkstoneError } from "../core/index.ts";
import { drawing, purposes, shuffled } from "./chance.ts";
import { countLabels, type Label, rowsByLabel } from "./labels.ts";

/**
 * A weight for each label so that all labels weigh the same in all: weight = rows / (labels · rows of the label). In the order of `compareLabels`.
 *
 * Errors: E_DATA_EMPTY without labels. Source: scikit-learn's `compute_class_weight("balanced")`; King & Zeng 2001, "Logistic regression in rare events data".
 *
 * @example
 * Array.from(classWeights(["ham", "ham", "ham", "spam"])); // [["ham", 0.6667], ["spam", 2]]
 */
export function classWeights(labels: readonly Label[]): Map<Label, number> {
  if (labels.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: ["labels"] });
  const counts = countLabels(labels);
  return new Map([...counts].map(([label, count]) => [label, labels.length / (counts.size * count)]));
}

/**
 * All rows, then rows of the rarer labels again (drawn with replacement) until each label has as many as the most frequent one.
 *
 * Errors: E_OPTION for a seed that is no whole number.
 *
 * @example
 * overSample(["a", "a", "b"]); // [0, 1, 2, 2]
 */
export function overSample(labels: readonly Label[], seed = 0): number[] {
  const draw = drawing(seed, purposes.sample);
  const groups = [...rowsByLabel(labels).values()];
  const most = groups.reduce((largest, { length }) => Math.max(largest, length), 0);
  const again = groups.flatMap((rows, i) => Array.from({ length: most - rows.length }, (_, j) => rows[Math.floor(draw(j, i) * rows.length)]));
  return [...labels.keys()].concat(again);
}

/**
 * As many rows of each label as the rarest one has, drawn without replacement; ascending.
 *
 * Errors: E_OPTION for a seed that is no whole number.
 *
 * @example
 * underSample(["a", "b", "a", "a"]).length; // 2
 */
export function underSample(labels: readonly Label[], seed = 0): number[] {
  const draw = drawing(seed, purposes.sample);
  const groups = [...rowsByLabel(labels).values()];
  const least = groups.reduce((smallest, { length }) => Math.min(smallest, length), labels.length);
  return groups.flatMap((rows, i) => shuffled(rows, draw, i).slice(0, least)).sort((a, b) => a - b);
}
