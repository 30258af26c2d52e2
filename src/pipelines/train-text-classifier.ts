// From examples to a text classifier: the baselines are tried by cross-validation, the best is kept and fitted on everything.
import type { Label } from "../classical/index.ts";
import { InkstoneError } from "../core/index.ts";
import { countLabels } from "../data/index.ts";
import { type CrossValidation, crossValidate } from "../train/index.ts";
import { fitTemperature } from "./confidence.ts";
import { TextClassifier } from "./text-classifier.ts";
import { languageOfTexts, type TextLanguage } from "./text-features.ts";
import { type TextModelName, textModelNames } from "./text-models.ts";

/** A text and its label. */
export interface TextExample {
  readonly text: string;
  readonly label: Label;
}

/** How to train. */
export interface TrainTextOptions {
  /** "auto" (default) tries all and keeps the one with the highest macro F1. */
  readonly model?: TextModelName | "auto";
  readonly language?: TextLanguage;
  /** Folds of the trial; fewer where a label has fewer examples, at least 2. Default 5. */
  readonly folds?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** What is being done, and how much of all of it is done. */
  readonly onProgress?: (fraction: number, model: TextModelName) => void;
}

/** One model that was tried. */
export interface TriedModel {
  readonly name: TextModelName;
  readonly trial: CrossValidation;
}

/** What training gives. */
export interface TrainedTextClassifier {
  readonly classifier: TextClassifier;
  /** All that were tried, best first. */
  readonly tried: readonly TriedModel[];
}

/**
 * Tries, chooses and trains a text classifier; its confidence is fitted on the answers to unseen examples, its card says what was done.
 *
 * The same examples, options and seed give the same classifier. Errors: `E_FIT_EMPTY`, `E_FIT_ONE_CLASS`, `E_OPTION`, `E_DATA_SPLIT`; the signal's reason.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * const { classifier } = await trainTextClassifier(examples, { model: "linear-svm", folds: 3 });
 * classifier.classify("good").label; // "+"
 */
export async function trainTextClassifier(examples: readonly TextExample[], options: TrainTextOptions = {}): Promise<TrainedTextClassifier> {
  const { model = "auto", seed = 0, signal, onProgress } = options;
  const texts = examples.map(({ text }) => text);
  const labels = examples.map(({ label }) => label);
  const counts = countLabels(labels);
  checkExamples(counts);
  const language = options.language ?? languageOfTexts(texts);
  const names = model === "auto" ? textModelNames : [model];
  const folds = Math.max(2, Math.min(options.folds ?? 5, Math.max(...counts.values())));
  const tried: TriedModel[] = [];
  for (const [i, name] of names.entries()) {
    const report = (done: number, all: number) => onProgress?.((i + (done / all) * 0.9) / names.length, name);
    const make = () => new TextClassifier({ model: name, language, seed });
    tried.push({ name, trial: await crossValidate(make, texts, labels, { folds, seed, signal, onProgress: report }) });
  }
  tried.sort((a, b) => b.trial.metrics.macroF1.mean - a.trial.metrics.macroF1.mean || names.indexOf(a.name) - names.indexOf(b.name));
  const [best] = tried;
  const classifier = await new TextClassifier({ model: best.name, language, seed }).fit(texts, labels, { signal });
  if (best.trial.scores) classifier.temperature = fitTemperature(best.trial.scores, labels, best.trial.classes);
  classifier.card = cardOf({ tried, counts, folds, seed, language });
  onProgress?.(1, best.name);
  return { classifier, tried };
}

function checkExamples(counts: ReadonlyMap<Label, number>): void {
  if (counts.size === 0) throw new InkstoneError("E_FIT_EMPTY", { what: "TextClassifier" });
  if (counts.size === 1) throw new InkstoneError("E_FIT_ONE_CLASS", { label: [...counts.keys()][0] });
}

interface CardFacts {
  readonly tried: readonly TriedModel[];
  readonly counts: ReadonlyMap<Label, number>;
  readonly folds: number;
  readonly seed: number;
  readonly language: TextLanguage;
}

// No clock: the same run gives the same file.
function cardOf({ tried, counts, folds, seed, language }: CardFacts): Record<string, unknown> {
  return {
    task: "text-classification",
    language,
    examples: [...counts.values()].reduce((sum, count) => sum + count, 0),
    labels: [...counts].map(([label, count]) => ({ label, count })),
    trial: { folds, seed, stratified: true, chosenBy: "macro F1" },
    tried: tried.map(({ name, trial }) => ({ model: name, accuracy: trial.metrics.accuracy, macroF1: trial.metrics.macroF1 })),
    limits: "Learned from these examples only: texts of another kind, time or language may be classified wrongly with high confidence.",
  };
}
