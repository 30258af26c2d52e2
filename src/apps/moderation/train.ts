// A recipe: from labelled posts to a classifier whose thresholds keep a promise of precision. Knows the pipelines' training, no policy.
import {
  aFlag,
  aFunction,
  aNumber,
  aSignal,
  aText,
  countFromZero,
  InkstoneError,
  type Rules,
  readOptions,
  refuseOption,
  whole,
} from "../../core/index.ts";
import { precisionRecallCurve } from "../../metrics/index.ts";
import {
  evaluateTraining,
  languageOfTexts,
  type TextClassifier,
  type TextExample,
  type TextModelName,
  type TrainedTextClassifier,
  trainTextClassifier,
  tuneWithWords,
  usualEmbeddings,
} from "../../pipelines/index.ts";
import type { TuneStep } from "../../train/index.ts";

/** How to train. */
export interface ModerationTraining {
  /** What a threshold promises: this share of what is above it is rightly so. Default 0.95. */
  readonly precision?: number;
  /** "auto" (default) tries those that count words. "tuned": an encoder tuned on nine rows of ten with counted words beside it, a folder; the others tell its thresholds. */
  readonly model?: TextModelName | "auto" | "tuned";
  /** The embedding model of "embeddings" and "joined", the encoder of "tuned". Default: minilm, for Chinese bge-small-zh. */
  readonly embeddings?: string;
  /** Of "tuned": the folder that is written. */
  readonly output?: string;
  /** Of "tuned": passes over the rows. Default: 3 to 15, by the rows a label. */
  readonly epochs?: number;
  /** Moves the scores of labels so that rare ones are found as a mean over labels wants it. Default true. */
  readonly balance?: boolean;
  readonly folds?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Of "tuned": after each step. */
  readonly onStep?: (step: TuneStep) => void;
}

/** Where a label's threshold lies, by answers to posts that the classifier had not seen. */
export interface LabelThreshold {
  readonly label: string;
  /** Above 1 where no threshold keeps the promise. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly examples: number;
  /** Where precision and recall balance: the threshold of the highest F1, and that F1. */
  readonly balanced: { readonly threshold: number; readonly f1: number };
}

/** A classifier and what it promises. */
export interface TrainedModeration {
  readonly classifier: TextClassifier;
  readonly thresholds: readonly LabelThreshold[];
  readonly accuracy: number;
  readonly macroF1: number;
  /** Of "tuned": how much counted words say beside the encoder; 0: they are left out. */
  readonly wordsWeight?: number;
}

const rules: Rules<ModerationTraining> = {
  precision: aNumber({ above: 0, to: 1 }),
  model: aText,
  embeddings: aText,
  output: aText,
  epochs: whole(1, 1000),
  balance: aFlag,
  folds: whole(2, 100),
  seed: countFromZero,
  signal: aSignal,
  onStep: aFunction,
};

function noTrial(): never {
  throw new InkstoneError("E_DATA_SPLIT", { why: { en: "no label has two different texts", zh: "没有任何标签拥有两条不同的文本" } });
}

/**
 * Trains a classifier of posts by cross-validation, and finds for each label the lowest threshold above which it is right as often as was asked.
 *
 * Errors: E_OPTION, E_OPTION_UNKNOWN, those of `trainTextClassifier`; the signal's reason.
 *
 * @example
 * const examples = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? { text: `buy pills ${i}`, label: "spam" } : { text: `see you ${i}`, label: "ok" }));
 * const { thresholds } = await trainModeration(examples, { model: "linear-svm", folds: 2 });
 * thresholds.map(({ label, precision }) => [label, precision]); // [["ok", 1], ["spam", 1]]
 */
export async function trainModeration(examples: readonly TextExample[], options: ModerationTraining = {}): Promise<TrainedModeration> {
  const read = readOptions("trainModeration", options, rules);
  const { precision = 0.95 } = read;
  const { rows, wordsWeight, ...trained } = read.model === "tuned" ? await tuned(examples, read) : await fitted(examples, read);
  const { truth, confidences = [], classes = [] } = evaluateTraining(rows, trained) ?? noTrial();
  const thresholds = classes.map((label, i): LabelThreshold => {
    const scores = confidences.map((row) => row[i]);
    const curve = precisionRecallCurve(truth, scores, { positive: label });
    const at = curve.thresholds.findIndex((_, k) => curve.precision[k] >= precision);
    const f1 = curve.thresholds.map((_, k) => (2 * curve.precision[k] * curve.recall[k]) / (curve.precision[k] + curve.recall[k] || 1));
    const top = f1.reduce((best, value, k) => (value > f1[best] ? k : best), 0);
    const found =
      at < 0
        ? { threshold: 2, precision: 0, recall: 0 }
        : { threshold: curve.thresholds[at], precision: curve.precision[at], recall: curve.recall[at] };
    const examples = truth.filter((one) => one === label).length;
    return { label: String(label), ...found, examples, balanced: { threshold: curve.thresholds[top], f1: f1[top] } };
  });
  trained.classifier.card = { ...trained.classifier.card, moderation: { precision, thresholds } };
  const { metrics } = trained.tried[0].trial;
  const told = wordsWeight === undefined ? {} : { wordsWeight };
  return { classifier: trained.classifier, thresholds, accuracy: metrics.accuracy.mean, macroF1: metrics.macroF1.mean, ...told };
}

interface Learned extends Pick<TrainedTextClassifier, "classifier" | "tried"> {
  /** The rows that were answered without having been learned. */
  readonly rows: readonly TextExample[];
  readonly wordsWeight?: number;
}

async function fitted(
  examples: readonly TextExample[],
  { model = "auto", balance = true, embeddings, folds = 5, seed = 0, signal, output, epochs }: ModerationTraining,
): Promise<Learned> {
  for (const [option, value] of Object.entries({ output, epochs }))
    if (value !== undefined) refuseOption(option, value, { en: "nothing: only for model tuned", zh: "无：仅用于 tuned 模型" });
  const kind = model as Exclude<typeof model, "tuned">;
  const trained = await trainTextClassifier(examples, {
    model: kind,
    balance,
    marks: true,
    ...(embeddings === undefined ? {} : { embeddings }),
    folds,
    seed,
    signal,
  });
  return { ...trained, rows: examples };
}

async function tuned(examples: readonly TextExample[], options: ModerationTraining): Promise<Learned> {
  const { balance = true, embeddings, seed = 0, signal, output, epochs, onStep } = options;
  if (output === undefined) refuseOption("output", output, { en: "a folder, for model tuned", zh: "文件夹（tuned 模型必填）" });
  const reference = embeddings ?? usualEmbeddings[languageOfTexts(examples.slice(0, 1000).map(({ text }) => text))];
  const { classifier, held, trial, wordsWeight } = await tuneWithWords(examples, {
    reference,
    output,
    epochs,
    balance,
    marks: true,
    seed,
    signal,
    onStep,
  });
  return { classifier, tried: [{ name: "tuned", trial, seconds: 0 }], rows: held, wordsWeight };
}
