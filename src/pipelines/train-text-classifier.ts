// From examples to a text classifier: the baselines are tried by cross-validation, the best is kept and fitted on everything.
import type { Label } from "../classical/index.ts";
import { aFlag, aFunction, anObject, aSignal, aText, InkstoneError, oneOf, type Rules, readOptions, whole } from "../core/index.ts";
import { countLabels } from "../data/index.ts";
import { EmbeddingModel, type TextEmbedder } from "../generate/index.ts";
import type { CrossValidation } from "../train/index.ts";
import { balancedTrial } from "./balance.ts";
import { fitTemperatureAsync } from "./confidence.ts";
import { tryTuned, tunedOnAll } from "./encoders/tuned-trial.ts";
import { type LearnedRows, learnedRowsAsync } from "./learned-rows.ts";
import { markedText } from "./marked-text.ts";
import { TextClassifier, usualEmbeddings } from "./text-classifier.ts";
import type { TextExample } from "./text-example.ts";
import { languageOfTexts, learnFeatures, type TextLanguage } from "./text-features.ts";
import { needsVectors, type TextClassWeight, type TextModelName, textModelNames, wordModelNames } from "./text-models.ts";
import { type TrialFolds, type TrialOptions, trialFolds, tryJoined, tryModels, tryVectors, type WeighedModel } from "./trial.ts";

/** How to train. */
export interface TrainTextOptions {
  /** "auto" (default) tries all that count words and keeps the one with the highest macro F1; with `encoders` also those of an encoder. */
  readonly model?: TextModelName | "auto";
  /** What "auto" also tries: "joined", and the same encoder tuned on the rows. Default: neither. */
  readonly encoders?: EncoderTrials | undefined;
  /** The embedding model of "embeddings" and "joined". Default: minilm, for Chinese bge-small-zh. */
  readonly embeddings?: string;
  /** Makes the vectors, and stays its giver's to close. Default: the model that `embeddings` names, opened here. */
  readonly embedder?: TextEmbedder;
  /** Moves the scores of classes, as far as the trial shows that the macro F1 gains by it: rare classes are found more often. Default false. */
  readonly balance?: boolean;
  /** Sees texts as posts: links, names, prices, telephone numbers and shouting as marks; a tuned encoder sees them as they are. Default false. */
  readonly marks?: boolean;
  /** Also tries the linear SVM of words with classes that count alike, however few their examples are, and keeps what has the higher macro F1. Default false. */
  readonly weighClasses?: boolean;
  readonly language?: TextLanguage;
  /** Folds of the trial; fewer where every label has fewer examples, at least 2. Default 5. */
  readonly folds?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** How much of all is done, and the model that was worked on last. */
  readonly onProgress?: (fraction: number, model: TriedName) => void;
}

/** Trials of an encoder. */
export interface EncoderTrials {
  /** Where a tuned encoder goes if it is the best: it is a folder. */
  readonly folder: string;
  /** Most minutes that the tuned one may take, trial and last tuning together: of its folds as many are tried as fit, and none where not even one does. Default 15. */
  readonly minutes?: number | undefined;
  /** Of fewer rows no encoder is tuned: folds of a few rows cannot tell whether it is better. Default 200. */
  readonly leastRows?: number | undefined;
}

const LEAST_ROWS = 200;

const rules: Rules<TrainTextOptions> = {
  model: oneOf(["auto", ...textModelNames]),
  language: oneOf(["en", "zh"]),
  embeddings: aText,
  embedder: anObject,
  balance: aFlag,
  marks: aFlag,
  weighClasses: aFlag,
  folds: whole(2),
  seed: whole(0),
  signal: aSignal,
  onProgress: aFunction,
  encoders: {
    allowed: { en: "{ folder, minutes, leastRows }", zh: "{ folder, minutes, leastRows }" },
    holds: (value) => {
      const { folder, minutes = 0, leastRows = 0, ...more } = (value ?? {}) as Record<string, unknown>;
      const areNumbers = [minutes, leastRows].every((each) => typeof each === "number" && each >= 0);
      return typeof folder === "string" && areNumbers && Object.keys(more).length === 0;
    },
  },
};

/** What may be tried: a model by name, or an encoder tuned on the rows. */
export type TriedName = TextModelName | "tuned";

/** One model that was tried. */
export interface TriedModel {
  readonly name: TriedName;
  readonly trial: CrossValidation;
  /** What it costs to learn once, as it did in a fold; vectors are counted in, words are not. */
  readonly seconds: number;
}

/** What training gives. */
export interface TrainedTextClassifier {
  readonly classifier: TextClassifier;
  /** All that were tried, best first. None where no label has two different texts: nothing could be tested then. */
  readonly tried: readonly TriedModel[];
  /** Where a tuned encoder was wanted and there was no time for it: the minutes that it would take. */
  readonly untriedMinutes?: number;
  /** How it was tried: repeats that were kept together, labels that could not be tested. Undefined where nothing could be. */
  readonly folds?: Omit<TrialFolds, "fold">;
}

/**
 * Tries, chooses and trains a text classifier; its confidence is fitted on the answers to unseen examples, its card says what was done.
 *
 * Repeats of a text are kept in one fold: otherwise the trial would ask for what was learned by heart. A label with a single example is learned and not tested.
 * The same examples, options and seed give the same classifier. Errors: `E_FIT_EMPTY`, `E_FIT_ONE_CLASS`, `E_TEXT_VALUE`, `E_OPTION`; the signal's reason.
 *
 * @example
 * const examples = ["good", "very good", "so good", "bad", "very bad", "so bad"].map((text, i) => ({ text, label: i < 3 ? "+" : "-" }));
 * const { classifier } = await trainTextClassifier(examples, { model: "linear-svm", folds: 3 });
 * (await classifier.classify("good")).label; // "+"
 */
export async function trainTextClassifier(examples: readonly TextExample[], given: TrainTextOptions = {}): Promise<TrainedTextClassifier> {
  const options = readOptions("trainTextClassifier", given, rules);
  const { model = "auto", seed = 0, marks = false, signal, onProgress } = options;
  const texts = examples.map(({ text }) => text);
  const labels = examples.map(({ label }) => label);
  const counts = countLabels(labels);
  checkExamples(examples, counts);
  const language = options.language ?? languageOfTexts(texts);
  const folds = trialFolds(texts, labels, { folds: options.folds, seed });
  if (model !== "auto" && needsVectors(model)) return trainOnVectors(examples, { model, options, language, folds, counts });
  if (model === "auto" && options.encoders !== undefined && folds !== undefined)
    return trainWithEncoders(examples, { options: { ...options, encoders: options.encoders }, language, folds, counts });
  const names = model === "auto" ? (folds === undefined ? (["linear-svm"] as const) : wordModelNames) : [model];
  const models: readonly WeighedModel[] = names.flatMap((name) =>
    options.weighClasses && name === "linear-svm" ? [{ name }, { name, classWeight: "balanced" }] : [{ name }],
  );
  const report = (done: number, all: number) => onProgress?.((done / all) * 0.9, models[Math.max(0, done - 1) % models.length].name);
  const seen = seenTexts(texts, marks);
  const trials = folds && (await tryModels(models, seen, labels, { language, seed, fold: folds.fold, signal, onProgress: report }));
  const all = (trials ?? []).map((trial, i) => ({ ...models[i], trial, seconds: secondsOf(trial) }));
  all.sort((a, b) => b.trial.metrics.macroF1.mean - a.trial.metrics.macroF1.mean || names.indexOf(a.name) - names.indexOf(b.name));
  const classWeight = all.at(0)?.classWeight;
  // Of one model with both weights the better stands for it.
  const tried: TriedModel[] = all
    .filter(({ name }, i) => all.findIndex((one) => one.name === name) === i)
    .map(({ name, trial, seconds }) => ({ name, trial, seconds }));
  const best = tried.at(0);
  const features = await learnFeatures(language, seen, { classes: counts.size, signal });
  const name = all.at(0)?.name ?? names[0];
  const weighed = classWeight === undefined ? {} : { classWeight };
  const classifier = await new TextClassifier({ model: name, language, marks, seed, ...weighed }).fitFeatures(features, labels, language, { signal });
  if (best !== undefined) tried[0] = { ...best, trial: await fitAnswers(classifier, best.trial, labels, options) };
  const learned = await learnedRowsAsync(texts, signal);
  classifier.card = { ...cardOf({ tried, counts, folds, seed, language, mostFeatures: features.most, learned }), ...weighed };
  onProgress?.(1, name);
  if (folds === undefined) return { classifier, tried };
  const { fold: _, ...facts } = folds;
  return { classifier, tried, folds: facts };
}

// What is learned from the answers of a trial: offsets of the classes, where they are asked for, and the confidence of what is answered then. Gives the trial as it is with them.
async function fitAnswers(
  classifier: TextClassifier,
  trial: CrossValidation,
  labels: readonly Label[],
  { balance = false, signal }: TrainTextOptions,
): Promise<CrossValidation> {
  const balanced = balance ? balancedTrial(trial, labels) : undefined;
  const { scores, classes } = balanced?.trial ?? trial;
  if (balanced !== undefined) classifier.offsets = classifier.classes.map((label) => balanced.offsets[classes.indexOf(label)] ?? 0);
  if (scores !== undefined) classifier.temperature = await fitTemperatureAsync(scores, labels, classes, signal);
  return balanced?.trial ?? trial;
}

const seenTexts = (texts: readonly string[], marks: boolean): readonly string[] => (marks ? texts.map(markedText) : texts);
const secondsOf = ({ folds }: CrossValidation): number => folds.reduce((sum, { fitSeconds }) => sum + fitSeconds, 0) / (folds.length || 1);

// What counts words first, then vectors, then a tuned encoder: compared on the folds that all of them were tried on.
async function trainWithEncoders(
  examples: readonly TextExample[],
  {
    options: { encoders, ...options },
    language,
    folds,
    counts,
  }: {
    options: TrainTextOptions & { readonly encoders: EncoderTrials };
    language: TextLanguage;
    folds: TrialFolds;
    counts: ReadonlyMap<Label, number>;
  },
): Promise<TrainedTextClassifier> {
  const { seed = 0, signal, onProgress, embeddings: reference = usualEmbeddings[language] } = options;
  const [texts, labels] = [examples.map(({ text }) => text), examples.map(({ label }) => label)];
  const part = (from: number, share: number) => (fraction: number, name: TriedName) => onProgress?.(from + share * fraction, name);
  const words = await trainTextClassifier(examples, { ...options, onProgress: part(0, 0.1) });
  const vectors = await trainOnVectors(examples, { model: "joined", options: { ...options, onProgress: part(0.1, 0.15) }, language, folds, counts });
  try {
    const trial = { reference, minutes: encoders.minutes ?? 15, fold: folds.fold, folds: folds.folds, seed, signal };
    const isTried = texts.length >= (encoders.leastRows ?? LEAST_ROWS);
    const onTrial = (fraction: number) => part(0.25, 0.5)(fraction, "tuned");
    const tuned = isTried ? await tryTuned(texts, labels, { ...trial, onProgress: onTrial }) : undefined;
    const own = tuned?.trial === undefined ? [] : [{ name: "tuned" as const, trial: tuned.trial, seconds: secondsOf(tuned.trial) }];
    const shared = tuned?.trial?.folds.length ?? folds.folds;
    const f1Of = ({ trial: { metrics } }: TriedModel) => metrics.macroF1.values.slice(0, shared).reduce((sum, value) => sum + value, 0) / shared;
    const tried = [...words.tried, ...vectors.tried, ...own].sort((a, b) => f1Of(b) - f1Of(a));
    const { fold: _, ...facts } = folds;
    const rest = { tried, folds: facts, ...(tuned !== undefined && tuned.trial === undefined ? { untriedMinutes: tuned.minutes } : {}) };
    if (tried[0].name === "joined") return { ...vectors, ...rest };
    await vectors.classifier.close();
    if (tried[0].name !== "tuned") return { ...words, ...rest };
    const onStep = ({ done, total }: { done: number; total: number }) => part(0.75, 0.25)(done / total, "tuned");
    return { classifier: await tunedOnAll(texts, labels, { reference, seed, output: encoders.folder, signal, onStep }), ...rest };
  } catch (error) {
    await vectors.classifier.close();
    throw error;
  }
}

interface VectorTraining {
  readonly model: TextModelName;
  readonly options: TrainTextOptions;
  readonly language: TextLanguage;
  readonly folds: TrialFolds | undefined;
  readonly counts: ReadonlyMap<Label, number>;
}

/** Share of the work that making vectors is. */
const VECTORS_SHARE = 0.7;

// Vectors are made once; folds and the whole share them.
async function trainOnVectors(
  examples: readonly TextExample[],
  { model, options, language, folds, counts }: VectorTraining,
): Promise<TrainedTextClassifier> {
  const { seed = 0, marks = false, signal, onProgress, embedder, embeddings: reference = usualEmbeddings[language] } = options;
  const labels = examples.map(({ label }) => label);
  const texts = examples.map(({ text }) => text);
  const seen = seenTexts(texts, marks);
  const report = (fraction: number) => onProgress?.(fraction, model);
  const calls = signal === undefined ? {} : { signal };
  const opened = embedder ?? (await EmbeddingModel.open(reference, calls));
  try {
    const began = performance.now();
    const onVectors = ({ done, total }: { readonly done: number; readonly total: number }) => report((VECTORS_SHARE * done) / total);
    const { vectors } = await (opened instanceof EmbeddingModel
      ? opened.embed(seen, { ...calls, onProgress: onVectors })
      : opened.embed(seen, calls));
    const embedSeconds = (performance.now() - began) / 1000;
    const rest = (done: number, all: number) => report(VECTORS_SHARE + (0.9 - VECTORS_SHARE) * (done / all));
    const trials = folds && { language, seed, fold: folds.fold, signal, onProgress: rest };
    const { trial, classWeight } = await triedVectors(model, { seen, vectors, labels, counts }, trials);
    const weighed = classWeight === undefined ? {} : { classWeight };
    const classifier = new TextClassifier({ model, language, seed, marks, embeddings: reference, ...weighed });
    await classifier.fitVectors({ reference, opened, vectors, isLent: embedder !== undefined }, labels, language, { signal, texts: seen });
    const tried =
      trial === undefined
        ? []
        : [{ name: model, trial: await fitAnswers(classifier, trial, labels, options), seconds: embedSeconds + secondsOf(trial) }];
    const learned = await learnedRowsAsync(texts, signal);
    classifier.card = { ...cardOf({ tried, counts, folds, seed, language, mostFeatures: undefined, learned }), embeddings: reference, ...weighed };
    report(1);
    if (folds === undefined) return { classifier, tried };
    const { fold: _, ...facts } = folds;
    return { classifier, tried, folds: facts };
  } catch (error) {
    if (embedder === undefined) await opened.close();
    throw error;
  }
}

/** Classes of unlike size, and few enough that a second trial is cheap: whether they should count alike is tried. */
const unlike = { mostClasses: 20, ratio: 1.5 };

interface VectorRows {
  readonly seen: readonly string[];
  readonly vectors: readonly Float32Array[];
  readonly labels: readonly Label[];
  readonly counts: ReadonlyMap<Label, number>;
}

async function triedVectors(
  model: TextModelName,
  { seen, vectors, labels, counts }: VectorRows,
  trials: TrialOptions | undefined,
): Promise<{ readonly trial?: CrossValidation; readonly classWeight?: TextClassWeight }> {
  if (trials === undefined) return {};
  if (model !== "joined") return { trial: await tryVectors(vectors, labels, trials) };
  const sizes = [...counts.values()].sort((one, other) => one - other);
  const areUnlike = sizes.length <= unlike.mostClasses && sizes[sizes.length - 1] >= unlike.ratio * sizes[0];
  const classWeights = areUnlike ? [undefined, "balanced" as const] : [undefined];
  const [plain, balanced] = await tryJoined(seen, vectors, labels, { ...trials, classWeights });
  const f1Of = ({ metrics }: CrossValidation): number => metrics.macroF1.mean;
  return balanced !== undefined && f1Of(balanced) > f1Of(plain) ? { trial: balanced, classWeight: "balanced" } : { trial: plain };
}

function checkExamples(examples: readonly TextExample[], counts: ReadonlyMap<Label, number>): void {
  if (counts.size === 0) throw new InkstoneError("E_FIT_EMPTY", { what: { en: "there are no texts", zh: "没有文本" } });
  const row = examples.findIndex(({ text }) => typeof text !== "string");
  if (row >= 0) throw new InkstoneError("E_TEXT_VALUE", { row, got: examples[row].text === null ? "null" : typeof examples[row].text });
  if (counts.size === 1) throw new InkstoneError("E_FIT_ONE_CLASS", { label: [...counts.keys()][0] });
}

interface CardFacts {
  readonly tried: readonly TriedModel[];
  readonly counts: ReadonlyMap<Label, number>;
  readonly folds: TrialFolds | undefined;
  readonly seed: number;
  readonly language: TextLanguage;
  readonly mostFeatures: number | undefined;
  readonly learned: LearnedRows;
}

// No clock: the same run gives the same file.
function cardOf({ tried, counts, folds, seed, language, mostFeatures, learned }: CardFacts): Record<string, unknown> {
  const trial = folds && {
    folds: folds.folds,
    seed,
    stratified: true,
    chosenBy: "macro F1",
    repeatsKeptTogether: folds.repeats,
    ...(folds.untested.length > 0 ? { labelsWithOneExample: folds.untested } : {}),
  };
  return {
    task: "text-classification",
    language,
    examples: [...counts.values()].reduce((sum, count) => sum + count, 0),
    labels: [...counts].map(([label, count]) => ({ label, count })),
    trial: trial ?? "none: no label has two different texts",
    ...(mostFeatures === undefined ? {} : { features: `the ${mostFeatures} most frequent` }),
    tried: tried.map(({ name, trial }) => ({ model: name, accuracy: trial.metrics.accuracy, macroF1: trial.metrics.macroF1 })),
    learned,
    limits: "Learned from these examples only: texts of another kind, time or language may be classified wrongly with high confidence.",
  };
}
