// What a text classifier says of labelled texts, in the form that evaluations take. Knows no reports.
import type { Label } from "../classical/index.ts";
import { type CrossValidateOptions, type CrossValidation, crossValidate, type MetricSummary } from "../train/index.ts";
import { confidences, fitTemperature } from "./confidence.ts";
import { TextClassifier } from "./text-classifier.ts";
import type { TextExample, TrainedTextClassifier } from "./train-text-classifier.ts";

/** For each example the truth, the answer, and how sure it is. */
export interface Answers {
  readonly texts: readonly string[];
  readonly truth: readonly Label[];
  readonly predictions: readonly Label[];
  /** A row a text, a value a class, each row summing to 1. */
  readonly confidences?: readonly (readonly number[])[];
  /** The classes of `confidences`. */
  readonly classes?: readonly Label[];
  /** Metrics over folds, where it was cross-validation. */
  readonly folds?: Readonly<Record<string, MetricSummary>>;
}

const split = (examples: readonly TextExample[]) => ({ texts: examples.map(({ text }) => text), truth: examples.map(({ label }) => label) });

/**
 * A classifier's own answers: honest only for examples that it has not learned from. Errors: `E_NOT_FITTED`.
 *
 * @example
 * const classifier = await new TextClassifier().fit(["good", "very good", "bad", "very bad"], ["+", "+", "-", "-"]);
 * answersOf(classifier, [{ text: "so good", label: "+" }]).predictions; // ["+"]
 */
export function answersOf(classifier: TextClassifier, examples: readonly TextExample[]): Answers {
  const { texts, truth } = split(examples);
  const rows = classifier.scores(texts).map((row) => confidences(row, classifier.temperature));
  return { texts, truth, predictions: classifier.predict(texts), confidences: rows, classes: classifier.classes };
}

/**
 * Answers of classifiers of the same kind, trained anew on folds of the examples. Errors: those of `crossValidate`.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * const classifier = await new TextClassifier().fit(examples.map(({ text }) => text), examples.map(({ label }) => label));
 * (await crossAnswersOf(classifier, examples, { folds: 3 })).folds.accuracy.mean; // 1
 */
export async function crossAnswersOf(classifier: TextClassifier, examples: readonly TextExample[], options: CrossValidateOptions): Promise<Answers> {
  const { texts, truth } = split(examples);
  const { modelName: model, language } = classifier;
  const make = () => new TextClassifier({ model, language, seed: options.seed });
  return fromTrial(texts, truth, await crossValidate(make, texts, truth, options));
}

/**
 * The answers of the best model that was tried in training, each to an example that it had not seen.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * evaluateTraining(examples, await trainTextClassifier(examples, { model: "linear-svm", folds: 3 })).truth.length; // 6
 */
export function evaluateTraining(examples: readonly TextExample[], { tried }: TrainedTextClassifier): Answers {
  const { texts, truth } = split(examples);
  return fromTrial(texts, truth, tried[0].trial);
}

function fromTrial(texts: readonly string[], truth: readonly Label[], { predictions, scores, classes, metrics }: CrossValidation): Answers {
  if (scores === undefined) return { texts, truth, predictions, folds: metrics };
  const temperature = fitTemperature(scores, truth, classes);
  return { texts, truth, predictions, classes, folds: metrics, confidences: scores.map((row) => confidences(row, temperature)) };
}
