// Labels as numbers: which there are, in which order, and which label each row has. Knows no metric.
import { byCodePoints, InkstoneError } from "../core/index.ts";
import { needPairs, needRows, rowError } from "./checks.ts";

/** A class: a name or a number. One task uses one kind: "1" and 1 are never the same. */
export type Label = string | number;

/** Rows as positions in a list of labels. */
export interface CodedLabels {
  readonly labels: readonly Label[];
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
}

const isLabel = (value: unknown): value is Label => typeof value === "string" || (typeof value === "number" && Number.isFinite(value));

// Every row holds a label, and all are names or all are numbers.
function needLabels(what: string, rows: readonly Label[], kind: string): void {
  for (let i = 0; i < rows.length; i++) {
    if (typeof rows[i] === kind && isLabel(rows[i])) continue;
    throw rowError(what, i, {
      en: isLabel(rows[i]) ? `it is a ${typeof rows[i]} among labels that are ${kind}s` : "a label is a string or a finite number",
      zh: isLabel(rows[i]) ? `其类型为 ${typeof rows[i]}，而标签的类型为 ${kind}` : "标签必须是字符串或有限数值",
    });
  }
}

/** The labels of lists, each once, in order: names by code point, numbers by size (scikit-learn's order). */
export function sortedLabels(...lists: readonly (readonly Label[])[]): Label[] {
  const found = [...new Set(lists.flat())];
  return found.sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : byCodePoints(String(a), String(b))));
}

/** A list of labels that was given: not empty, each once, of one kind. Errors: `E_METRIC_EMPTY`, `E_METRIC_ROW`. */
export function needDistinct(what: string, labels: readonly Label[]): void {
  needRows(what, labels.length);
  needLabels(what, labels, typeof labels[0]);
  const seen = new Set<Label>();
  for (const [i, label] of labels.entries()) {
    if (seen.has(label)) throw rowError(what, i, { en: "a label is listed once", zh: "每个标签只列出一次" });
    seen.add(label);
  }
}

/** Rows as positions in `labels`. Errors: `E_METRIC_LABEL` for a label that is not listed, `E_METRIC_ROW` for what is no label. */
export function codesOf(what: string, rows: readonly Label[], labels: readonly Label[]): Int32Array {
  needLabels(what, rows, typeof labels[0]);
  const positions = new Map(labels.map((label, i) => [label, i]));
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const code = positions.get(rows[i]);
    if (code === undefined) {
      const shown = labels.slice(0, 20).map(String).join(", ") + (labels.length > 20 ? ", …" : "");
      throw new InkstoneError("E_METRIC_LABEL", { at: `${what}[${i}]`, row: i, label: JSON.stringify(rows[i]), labels: shown });
    }
    codes[i] = code;
  }
  return codes;
}

/** Two lists of labels as positions in one list: the given one, or all that occur. `names` say what the lists are called in errors. */
export function encodeLabels(
  truth: readonly Label[],
  predicted: readonly Label[],
  labels?: readonly Label[],
  names: readonly [truth: string, predicted: string] = ["truth", "predicted"],
): CodedLabels {
  needPairs(names[1], predicted.length, names[0], truth.length);
  if (labels !== undefined) needDistinct("labels", labels);
  const kind = typeof (labels ?? truth)[0];
  needLabels(names[0], truth, kind);
  needLabels(names[1], predicted, kind);
  const all = labels ?? sortedLabels(truth, predicted);
  return { labels: all, truth: codesOf(names[0], truth, all), predicted: codesOf(names[1], predicted, all) };
}

/** For each label: rows that are it and were called so, rows that were called so, rows that are it. */
export function countClasses({ labels, truth, predicted }: CodedLabels): { hits: Float64Array; called: Float64Array; actual: Float64Array } {
  const [hits, called, actual] = [0, 1, 2].map(() => new Float64Array(labels.length));
  for (let i = 0; i < truth.length; i++) {
    actual[truth[i]]++;
    called[predicted[i]]++;
    if (truth[i] === predicted[i]) hits[truth[i]]++;
  }
  return { hits, called, actual };
}

/** Which rows are the positive label, as 0 and 1. Errors: `E_OPTION` when the label never occurs beside two others. */
export function binaryTruth(truth: readonly Label[], positive: Label): Uint8Array {
  needRows("truth", truth.length);
  needLabels("truth", truth, typeof truth[0]);
  needPositive(positive, sortedLabels(truth));
  return Uint8Array.from(truth, (label) => (label === positive ? 1 : 0));
}

/** Refuses a positive label that does not occur among two or more; alone, the other class may be the only one there is. */
export function needPositive(positive: Label, found: readonly Label[]): void {
  if (found.includes(positive) || (found.length < 2 && typeof positive === typeof found[0])) return;
  throw new InkstoneError("E_OPTION", { option: "positive", value: positive, allowed: found.map((label) => JSON.stringify(label)) });
}
