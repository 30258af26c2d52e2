// How well texts are classified, in one object: scores, confusion, curves, calibration, the worst cases. Knows no words for people and no pictures.
import { InkstoneError } from "../core/index.ts";
import {
  type Calibration,
  type ClassificationReport,
  type ConfusionMatrix,
  classificationReport,
  confidenceCalibration,
  confusionMatrix,
  type Label,
  type RocCurve,
  rocAuc,
  rocCurve,
} from "../metrics/index.ts";
import type { Answers, LearningPoint } from "../pipelines/index.ts";

/** What is evaluated: answers of a model that had not seen the rows. */
export interface Classified extends Answers {
  /** Scores by the number of examples learned from. */
  readonly learningCurve?: readonly LearningPoint[];
}

/** A row that was classified wrongly. */
export interface WorstCase {
  /** Its number among all examples, from 1. */
  readonly row: number;
  /** The line of its file on which it begins, where it came from one. */
  readonly line?: number;
  readonly text: string;
  readonly truth: Label;
  readonly predicted: Label;
  /** How sure the model was of the wrong label. */
  readonly confidence?: number;
}

/** An evaluation. */
export interface ClassificationEvaluation {
  readonly examples: number;
  readonly report: ClassificationReport;
  readonly confusion: ConfusionMatrix;
  readonly folds?: Classified["folds"];
  readonly roc?: readonly { readonly label: Label; readonly area: number; readonly curve: RocCurve }[];
  readonly calibration?: Calibration;
  readonly learningCurve?: Classified["learningCurve"];
  /** The surest mistakes first. */
  readonly worst: readonly WorstCase[];
}

/** Classes for which curves are drawn: the most frequent. */
const MOST_CURVES = 6;

/**
 * Evaluates answers. `worst`: how many of the worst cases to keep, default 50.
 *
 * Errors: those of the metrics (`E_METRIC_…`) for rows that do not go together; E_EVALUATION_LABELS where no label of the data was learned.
 *
 * @example
 * evaluateClassification({ texts: ["a", "b"], truth: ["x", "y"], predictions: ["x", "x"] }).worst[0].row; // 2
 */
export function evaluateClassification(input: Classified, { worst = 50 }: { readonly worst?: number } = {}): ClassificationEvaluation {
  const { truth, predictions, confidences, classes, folds, learningCurve } = input;
  const known = confidences !== undefined && classes !== undefined && truth.some((label) => classes.includes(label));
  if (confidences !== undefined && classes !== undefined && !known && truth.length > 0) throw strangers(truth, classes);
  return {
    examples: truth.length,
    report: classificationReport(truth, predictions),
    confusion: confusionMatrix(truth, predictions),
    ...(folds ? { folds } : {}),
    ...(known ? { roc: curves(truth, confidences, classes), calibration: calibrationOf(truth, confidences, classes) } : {}),
    ...(learningCurve ? { learningCurve } : {}),
    worst: worstCases(input).slice(0, worst),
  };
}

// No label of the data is one that was learned: a table of zeros would hide that they are only spelt otherwise.
function strangers(truth: readonly Label[], classes: readonly Label[]): InkstoneError {
  const some = (labels: readonly Label[]) => `${labels.slice(0, 8).join(", ")}${labels.length > 8 ? " …" : ""}`;
  return new InkstoneError("E_EVALUATION_LABELS", { found: some([...new Set(truth)]), learned: some(classes) });
}

function curves(truth: readonly Label[], confidences: readonly (readonly number[])[], classes: readonly Label[]): ClassificationEvaluation["roc"] {
  const counted = classes.map((label, i) => ({ label, i, count: truth.filter((each) => each === label).length }));
  const drawn = counted.filter(({ count }) => count > 0 && count < truth.length).sort((a, b) => b.count - a.count || a.i - b.i);
  return drawn.slice(0, MOST_CURVES).map(({ label, i }) => {
    const scores = confidences.map((row) => row[i]);
    return { label, area: rocAuc(truth, scores, { positive: label }), curve: rocCurve(truth, scores, { positive: label }) };
  });
}

// A label that no model could have known (all its rows in one fold) has no column: such rows say nothing about calibration.
function calibrationOf(truth: readonly Label[], confidences: readonly (readonly number[])[], classes: readonly Label[]): Calibration {
  const rows = truth.map((_, i) => i).filter((i) => classes.includes(truth[i]));
  return confidenceCalibration(
    rows.map((i) => truth[i]),
    rows.map((i) => confidences[i]),
    classes,
  );
}

function worstCases({ texts, truth, predictions, confidences, classes, rows, lines }: Classified): WorstCase[] {
  const wrong: WorstCase[] = [];
  for (const [i, predicted] of predictions.entries()) {
    if (predicted === truth[i]) continue;
    const confidence = confidences?.[i][classes?.indexOf(predicted) ?? -1];
    const [row, line] = [rows?.[i] ?? i + 1, lines?.[i]];
    wrong.push({
      row,
      ...(line === undefined ? {} : { line }),
      text: texts[i],
      truth: truth[i],
      predicted,
      ...(confidence === undefined ? {} : { confidence }),
    });
  }
  return wrong.sort((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0) || a.row - b.row);
}
