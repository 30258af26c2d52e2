// The classification report: as data, and as a table in English or Chinese.
import type { Language } from "../../core/index.ts";
import { needWhole } from "../checks.ts";
import type { Label } from "../labels.ts";
import { fixed } from "../numbers.ts";
import { averageScores, type PrecisionRecallF, scoresOf } from "./averages.ts";
import { type ClassScores, classCounts, type ScoreOptions } from "./f-scores.ts";

/** Everything about labels at one glance. */
export interface ClassificationReport {
  readonly classes: readonly ClassScores[];
  /** Not there when `only` leaves out labels that occur: then the micro average is no accuracy. */
  readonly accuracy?: number;
  readonly micro: PrecisionRecallF;
  readonly macro: PrecisionRecallF;
  readonly weighted: PrecisionRecallF;
  readonly support: number;
  /** Scores whose divisor was 0, and which stand as `zeroDivision`. */
  readonly undefinedScores: readonly { readonly label: Label; readonly score: "precision" | "recall" | "f" }[];
}

/**
 * Precision, recall, F1 and support of every class with their averages. `undefinedScores` lists what had no rows to divide by.
 *
 * Errors: as `classScores`. Source: scikit-learn's `classification_report`.
 *
 * @example
 * classificationReport(["a", "a", "b"], ["a", "b", "b"]).macro; // { precision: 0.75, recall: 0.75, f: 0.6667, support: 3 }
 */
export function classificationReport(
  truth: readonly Label[],
  predicted: readonly Label[],
  options: Pick<ScoreOptions, "labels" | "only" | "zeroDivision"> = {},
): ClassificationReport {
  const { zeroDivision = 0 } = options;
  const { labels, counts, complete } = classCounts(truth, predicted, options);
  const average = (kind: "micro" | "macro" | "weighted") => averageScores(counts, kind, 1, zeroDivision);
  const micro = average("micro");
  return {
    classes: labels.map((label, i) => ({ label, ...scoresOf(counts[i], 1, zeroDivision), predicted: counts[i].predicted })),
    ...(complete ? { accuracy: micro.f } : {}),
    micro,
    macro: average("macro"),
    weighted: average("weighted"),
    support: micro.support,
    undefinedScores: labels.flatMap((label, i) => [
      ...(counts[i].predicted === 0 ? [{ label, score: "precision" as const }] : []),
      ...(counts[i].actual === 0 ? [{ label, score: "recall" as const }] : []),
      ...(counts[i].predicted + counts[i].actual === 0 ? [{ label, score: "f" as const }] : []),
    ]),
  };
}

const words = {
  en: {
    heads: ["precision", "recall", "f1-score", "support"],
    accuracy: "accuracy",
    micro: "micro avg",
    macro: "macro avg",
    weighted: "weighted avg",
  },
  zh: { heads: ["精确率", "召回率", "F1", "样本数"], accuracy: "准确率", micro: "微平均", macro: "宏平均", weighted: "加权平均" },
};
const COLUMN = 9;

// Columns of a terminal: Chinese characters and full-width forms take two.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;
const columns = (text: string): number => [...text].length + (text.match(wide)?.length ?? 0);
const right = (text: string, width: number): string => " ".repeat(Math.max(0, width - columns(text))) + text;

/**
 * A report as a table of plain text, aligned for a terminal; the English one is scikit-learn's, character by character. `digits`: decimals, 0 to 20, default 2.
 *
 * @example
 * reportTable(classificationReport(["好", "差"], ["好", "好"]), { language: "zh" }).split("\n")[2]; // "      好       0.50      1.00      0.67         1"
 */
export function reportTable(report: ClassificationReport, options: { readonly language?: Language; readonly digits?: number } = {}): string {
  const { language = "en", digits = 2 } = options;
  needWhole("digits", digits, 0, 20);
  const say = words[language];
  const width = Math.max(columns(say.weighted), digits, ...report.classes.map(({ label }) => columns(String(label))));
  const shown = (value: number) => (Number.isNaN(value) ? "nan" : fixed(value, digits));
  const line = (name: string, cells: readonly string[]) => `${right(name, width)} ${cells.map((cell) => ` ${right(cell, COLUMN)}`).join("")}`;
  const scores = (name: string, { precision, recall, f, support }: PrecisionRecallF) =>
    line(name, [shown(precision), shown(recall), shown(f), String(support)]);
  const { accuracy } = report;
  return [
    line("", say.heads),
    "",
    ...report.classes.map((one) => scores(String(one.label), one)),
    "",
    accuracy === undefined ? scores(say.micro, report.micro) : line(say.accuracy, ["", "", shown(accuracy), String(report.support)]),
    scores(say.macro, report.macro),
    scores(say.weighted, report.weighted),
    "",
  ].join("\n");
}
