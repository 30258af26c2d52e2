// A recipe: from labelled posts to a classifier whose thresholds keep a promise of precision. Knows the pipelines' training, no policy.
import { aFlag, aNumber, aSignal, aText, countFromZero, InkstoneError, type Rules, readOptions, whole } from "../../core/index.ts";
import { precisionRecallCurve } from "../../metrics/index.ts";
import { evaluateTraining, type TextClassifier, type TextExample, type TextModelName, trainTextClassifier } from "../../pipelines/index.ts";

/** How to train. */
export interface ModerationTraining {
  /** What a threshold promises: this share of what is above it is rightly so. Default 0.95. */
  readonly precision?: number;
  /** "auto" (default) tries those that count words. */
  readonly model?: TextModelName | "auto";
  /** The embedding model of "embeddings" and "joined". */
  readonly embeddings?: string;
  /** Moves the scores of labels so that rare ones are found as a mean over labels wants it. Default true. */
  readonly balance?: boolean;
  readonly folds?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
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
}

const rules: Rules<ModerationTraining> = {
  precision: aNumber({ above: 0, to: 1 }),
  model: aText,
  embeddings: aText,
  balance: aFlag,
  folds: whole(2, 100),
  seed: countFromZero,
  signal: aSignal,
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
  const {
    precision = 0.95,
    model = "auto",
    embeddings,
    balance = true,
    folds = 5,
    seed = 0,
    signal,
  } = readOptions("trainModeration", options, rules);
  const trained = await trainTextClassifier(examples, {
    model,
    balance,
    marks: true,
    ...(embeddings === undefined ? {} : { embeddings }),
    folds,
    seed,
    signal,
  });
  const { truth, confidences = [], classes = [] } = evaluateTraining(examples, trained) ?? noTrial();
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
  return { classifier: trained.classifier, thresholds, accuracy: metrics.accuracy.mean, macroF1: metrics.macroF1.mean };
}
