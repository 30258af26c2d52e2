// What a text classifier says of labelled texts, in the form that evaluations take. Knows no reports.
import type { Label } from "../classical/index.ts";
import { InkstoneError } from "../core/index.ts";
import { type CrossValidateOptions, type CrossValidation, crossValidate, type MetricSummary } from "../train/index.ts";
import { confidences, fitTemperature } from "./confidence.ts";
import type { TextClassifier } from "./text-classifier.ts";
import type { TextExample } from "./text-example.ts";
import type { TrainedTextClassifier } from "./train-text-classifier.ts";
import { trialFolds } from "./trial.ts";

/** For each example the truth, the answer, and how sure it is. */
export interface Answers {
  readonly texts: readonly string[];
  /** The number of each among all examples, from 1, where there are answers for some of them only. */
  readonly rows?: readonly number[];
  /** The line of each in its file, where it came from one. */
  readonly lines?: readonly (number | undefined)[];
  readonly truth: readonly Label[];
  readonly predictions: readonly Label[];
  /** A row a text, a value a class, each row summing to 1. */
  readonly confidences?: readonly (readonly number[])[];
  /** The classes of `confidences`. */
  readonly classes?: readonly Label[];
  /** Metrics over folds, where it was cross-validation. */
  readonly folds?: Readonly<Record<string, MetricSummary>>;
}

const split = (examples: readonly TextExample[]) => ({
  texts: examples.map(({ text }) => text),
  truth: examples.map(({ label }) => label),
  ...(examples.some(({ line }) => line !== undefined) ? { lines: examples.map(({ line }) => line) } : {}),
});

/**
 * A classifier's own answers: honest only for examples that it has not learned from. Errors: `E_NOT_FITTED`; the signal's reason.
 *
 * @example
 * const classifier = await new TextClassifier().fit(["good", "very good", "bad", "very bad"], ["+", "+", "-", "-"]);
 * (await answersOf(classifier, [{ text: "so good", label: "+" }])).predictions; // ["+"]
 */
export async function answersOf(
  classifier: TextClassifier,
  examples: readonly TextExample[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<Answers> {
  const asked = split(examples);
  const answers = await classifier.classifyAll(asked.texts, options);
  const { classes } = classifier;
  const column = new Map(classes.map((label, i) => [label, i]));
  const rows = answers.map((answer) => {
    const row = new Array<number>(classes.length).fill(0);
    for (const { label, confidence } of answer.classes) row[column.get(label) ?? 0] = confidence;
    return row;
  });
  return { ...asked, predictions: answers.map(({ label }) => label), confidences: rows, classes };
}

/**
 * Answers of classifiers of the same kind, trained anew on folds of the examples. Repeats of a text stay in one fold; a label with a single text is learned and not tested, so
 * there are answers for the other rows only.
 *
 * Errors: those of `crossValidate`; `E_DATA_SPLIT` where no label has two different texts.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * const classifier = await new TextClassifier().fit(examples.map(({ text }) => text), examples.map(({ label }) => label));
 * (await crossAnswersOf(classifier, examples, { folds: 3 })).folds.accuracy.mean; // 1
 */
export async function crossAnswersOf(classifier: TextClassifier, examples: readonly TextExample[], options: CrossValidateOptions): Promise<Answers> {
  const { texts, truth } = split(examples);
  const folds = trialFolds(texts, truth, options);
  if (folds === undefined)
    throw new InkstoneError("E_DATA_SPLIT", { why: { en: "no label has two different texts", zh: "没有任何标签拥有两条不同的文本" } });
  const make = () => classifier.anew(options.seed);
  return fromTrial(examples, await crossValidate(make, texts, truth, { ...options, fold: folds.fold }));
}

/**
 * The answers of the best model that was tried in training, each to an example that it had not seen; without the rows that could not be tested. Undefined where nothing could be.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * evaluateTraining(examples, await trainTextClassifier(examples, { model: "linear-svm", folds: 3 })).truth.length; // 6
 */
export function evaluateTraining(examples: readonly TextExample[], { tried }: Pick<TrainedTextClassifier, "tried">): Answers | undefined {
  const best = tried.at(0);
  return best && fromTrial(examples, best.trial);
}

function fromTrial(examples: readonly TextExample[], { predictions, scores, classes, metrics, fold }: CrossValidation): Answers {
  const rows = examples.map((_, row) => row).filter((row) => fold[row] >= 0);
  const asked = split(rows.map((row) => examples[row]));
  const answers = { ...asked, rows: rows.map((row) => row + 1), predictions: rows.map((row) => predictions[row]), folds: metrics };
  if (scores === undefined) return answers;
  const said = rows.map((row) => scores[row]);
  const temperature = fitTemperature(said, asked.truth, classes);
  return { ...answers, classes, confidences: said.map((row) => confidences(row, temperature)) };
}
