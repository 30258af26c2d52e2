// A table of examples in, a classifier with its evaluation out: what the command line and the server both do. Knows no terminals and no HTTP.
import { InkstoneError, refuseUnknown } from "../core/index.ts";
import {
  type Answers,
  evaluateTraining,
  type ReadExamplesOptions,
  readExamples,
  type TextExample,
  type TrainedTextClassifier,
  type TrainTextOptions,
  type TriedName,
  trainTextClassifier,
  trialFolds,
} from "../pipelines/index.ts";
import { type ClassificationEvaluation, evaluateClassification } from "./classification.ts";

/** What to learn from, and how. */
export interface TrainFromTableOptions
  extends ReadExamplesOptions,
    Pick<TrainTextOptions, "model" | "embeddings" | "encoders" | "folds" | "balance" | "seed" | "onProgress"> {
  /** Different labels at most; any number by default. */
  readonly mostLabels?: number;
  /** Refuse examples on which nothing can be tested, before anything is learned. Default false. */
  readonly mustTest?: boolean;
}

/** One model that was tried, in figures. */
export interface TriedScores {
  readonly model: TriedName;
  readonly accuracy: { readonly mean: number; readonly deviation: number };
  readonly macroF1: { readonly mean: number; readonly deviation: number };
  /** What learning once costs. */
  readonly seconds: number;
  /** Folds that it was tried on: where time is short, fewer than there are. */
  readonly folds: number;
}

/** What came of it. */
export interface TrainedFromTable extends TrainedTextClassifier {
  readonly examples: number;
  /** Messages of the rows that were left out. */
  readonly skipped: readonly string[];
  readonly form: Awaited<ReturnType<typeof readExamples>>["form"];
  readonly scores: readonly TriedScores[];
  /** Of the best model; undefined where nothing could be tested. */
  readonly evaluation?: ClassificationEvaluation;
  /** Its answers to examples that it had not seen. */
  readonly answers?: Answers;
}

/**
 * Reads labelled texts, tries and trains a classifier on them, and evaluates its answers to examples that it had not seen.
 *
 * Errors: those of `readExamples` and `trainTextClassifier`; E_FIELD for more labels than `mostLabels`, E_DATA_SPLIT by `mustTest`.
 *
 * @example
 * await writeFile("reviews.csv", "text,label\ngood,+\nvery good,+\nbad,-\nvery bad,-\n");
 * const { scores, evaluation } = await trainFromTable("reviews.csv", { model: "linear-svm", folds: 2 });
 * [scores.length, evaluation.examples]; // [1, 4]
 */
export async function trainFromTable(path: string, options: TrainFromTableOptions = {}): Promise<TrainedFromTable> {
  refuseUnknown<TrainFromTableOptions>("trainFromTable", options, {
    header: true,
    quotes: true,
    delimiter: true,
    encoding: true,
    text: true,
    label: true,
    skipBad: true,
    file: true,
    signal: true,
    model: true,
    embeddings: true,
    encoders: true,
    folds: true,
    balance: true,
    seed: true,
    onProgress: true,
    mostLabels: true,
    mustTest: true,
  });
  const {
    model,
    embeddings,
    encoders,
    folds,
    balance,
    seed,
    onProgress,
    mostLabels = Number.POSITIVE_INFINITY,
    mustTest = false,
    ...reading
  } = options;
  const { examples, skipped, form } = await readExamples(path, reading);
  refuseManyLabels(new Set(examples.map(({ label }) => label)).size, mostLabels);
  if (mustTest && !canBeTested(examples))
    throw new InkstoneError("E_DATA_SPLIT", { why: { en: "no label has two different texts", zh: "没有任何标签拥有两条不同的文本" } });
  const trained = await trainTextClassifier(examples, { model, embeddings, encoders, folds, balance, seed, onProgress, signal: options.signal });
  const answers = evaluateTraining(examples, trained);
  const scores = trained.tried.map(({ name, seconds, trial: { metrics, folds: tested } }) => ({
    model: name,
    seconds,
    folds: tested.length,
    accuracy: { mean: metrics.accuracy.mean, deviation: metrics.accuracy.deviation },
    macroF1: { mean: metrics.macroF1.mean, deviation: metrics.macroF1.deviation },
  }));
  return {
    ...trained,
    examples: examples.length,
    skipped,
    form,
    scores,
    ...(answers ? { answers, evaluation: evaluateClassification(answers) } : {}),
  };
}

function canBeTested(examples: readonly TextExample[]): boolean {
  const texts = examples.map(({ text }) => text);
  return (
    new Set(examples.map(({ label }) => label)).size < 2 || // refused by the training itself, in its words
    trialFolds(
      texts,
      examples.map(({ label }) => label),
    ) !== undefined
  );
}

// Weights are a number a feature and label: a column of texts taken for labels would fill the memory.
function refuseManyLabels(found: number, most: number): void {
  if (found <= most) return;
  const why = {
    en: `its column has ${found} different labels, at most ${most} can be learned`,
    zh: `该列有 ${found} 个不同标签，最多可学习 ${most} 个`,
  };
  throw new InkstoneError("E_FIELD", { field: "label", why });
}
