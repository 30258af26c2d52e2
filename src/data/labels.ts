// Labels of examples: their order and their counts. Knows nothing of texts.

/** What an example is called. */
export type Label = string | number;

/**
 * The order of labels: numbers by size, then texts by code points (as Python and NumPy sort them, whatever the locale).
 *
 * @example
 * ["b", 10, "a", 9].sort(compareLabels); // [9, 10, "a", "b"]
 */
export function compareLabels(a: Label, b: Label): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  const [x, y] = [String(a), String(b)];
  // UTF-8 sorts as code points do; UTF-16 does not.
  return x === y ? 0 : Buffer.compare(Buffer.from(x), Buffer.from(y));
}

/**
 * How often each label occurs, in the order of `compareLabels`.
 *
 * @example
 * Array.from(countLabels(["b", "a", "b"])); // [["a", 1], ["b", 2]]
 */
export function countLabels(labels: readonly Label[]): Map<Label, number> {
  const counts = new Map<Label, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => compareLabels(a, b)));
}

/** Rows of each label, ascending; labels in the order of `compareLabels`. */
export function rowsByLabel(labels: readonly Label[]): Map<Label, number[]> {
  const rows = new Map<Label, number[]>([...countLabels(labels).keys()].map((label) => [label, []]));
  for (const [row, label] of labels.entries()) rows.get(label)?.push(row);
  return rows;
}
