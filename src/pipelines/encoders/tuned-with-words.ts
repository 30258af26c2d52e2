// An encoder tuned on most rows, a linear model of their words beside it, and what the other rows say of both: how much the words count, how far classes are moved, how sure answers are. Knows no files but the folder.
import type { Label } from "../../classical/index.ts";
import { InkstoneError } from "../../core/index.ts";
import { type CrossValidation, crossValidate, type TuneStep } from "../../train/index.ts";
import { balancedTrial } from "../balance.ts";
import { confidences, fitTemperature } from "../confidence.ts";
import { labelsOf, TextClassifier } from "../text-classifier.ts";
import type { TextExample } from "../text-example.ts";
import { trialFolds } from "../trial.ts";
import { finetuneRows, splitRows } from "./finetune.ts";

/** How an encoder is tuned beside words. */
export interface TunedWithWordsOptions {
  /** The encoder. */
  readonly reference: string;
  /** The folder that is written. */
  readonly output: string;
  readonly epochs?: number | undefined;
  /** As of `trainTextClassifier`, on the rows that were not learned from. Default false. */
  readonly balance?: boolean;
  /** The words are those of posts (`markedText`); the encoder sees texts as they are. Default false. */
  readonly marks?: boolean;
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: TuneStep) => void) | undefined;
}

/** What came of it. */
export interface TunedWithWords {
  readonly classifier: TextClassifier;
  /** The rows that were not learned from, and the answers to them. */
  readonly held: readonly TextExample[];
  readonly trial: CrossValidation;
  /** How much the words count beside the encoder: 0 where they are left out. */
  readonly wordsWeight: number;
}

/** What words may count: the scores of a linear model are some two wide, those of an encoder some five. */
const weights = [0, 0.25, 0.5, 1, 1.5, 2, 3];
/** Folds of the rows that were not learned from: offsets are tried on those that they were not fitted on. */
const folds = 5;

/**
 * Tunes an encoder on nine rows of ten (at most 1,000 are kept apart) with a linear model of counted words beside it, and finds on the others by the log loss how much the words count, and with
 * `balance` the offsets under which the macro F1 is highest.
 *
 * Errors: `E_DATA_SPLIT` for fewer than 20 rows; those of `finetuneRows` and of `TextClassifier.fit`; the signal's reason.
 *
 * @example
 * await tuneWithWords([], { reference: "minilm", output: "tuned" }); // throws E_FIT_EMPTY
 */
export async function tuneWithWords(examples: readonly TextExample[], options: TunedWithWordsOptions): Promise<TunedWithWords> {
  const { reference, output, epochs, balance = false, marks = false, seed = 0, signal, onStep } = options;
  const named = examples.map(({ text, label }) => ({ text, label: String(label) }));
  const split = splitRows(
    "classify",
    named.map(({ text, label }) => ({ text, labels: [label] })),
    seed,
  );
  if (split.train.length > 0 && split.validation.length === 0)
    throw new InkstoneError("E_DATA_SPLIT", {
      why: { en: "an encoder is weighed on rows of its own, and wants 20 or more in all", zh: "需要留出部分样本评估编码器，样本总数至少为 20" },
    });
  const tuning = {
    task: "classify",
    method: "full",
    output,
    seed,
    ...(epochs && { epochs }),
    ...(signal && { signal }),
    ...(onStep && { onStep }),
  } as const;
  await finetuneRows(reference, split.train, tuning, split.validation);
  const [learned, held] = [split.train, split.validation].map((rows) => rows.map(({ text, labels: [label] }) => ({ text, label })));
  return wordsBeside(output, { learned, held }, { balance, marks, seed, signal });
}

/** The second half: words beside the encoder of a folder that was tuned on `learned`, weighed on `held`; the folder is written anew. Errors: as `tuneWithWords`. */
export async function wordsBeside(
  output: string,
  { learned, held }: { readonly learned: readonly TextExample[]; readonly held: readonly TextExample[] },
  { balance = false, marks = false, seed = 0, signal }: Pick<TunedWithWordsOptions, "balance" | "marks" | "seed" | "signal">,
): Promise<TunedWithWords> {
  const words = await new TextClassifier({ model: "linear-svm", marks, seed }).fit(textsOf(learned), labelsIn(learned), { signal });
  const classifier = await TextClassifier.load(output);
  try {
    const truth = labelsIn(held);
    const [own, beside] = [await classifier.scores(textsOf(held), { signal }), await words.scores(textsOf(held), { signal })];
    const { classes } = classifier;
    const order = classes.map((label) => words.classes.indexOf(label));
    const mixed = (weight: number) => own.map((row, i) => row.map((score, at) => score + weight * (beside[i][order[at]] ?? 0)));
    const wordsWeight = held.length === 0 ? 0 : leastLoss(weights, (weight) => lossOf(mixed(weight), truth, classes));
    classifier.withWords(words, wordsWeight);
    const trial = await heldTrial(mixed(wordsWeight), held, classes, seed);
    const moved = balance ? balancedTrial(trial, truth) : undefined;
    if (moved !== undefined) classifier.offsets = moved.offsets;
    const kept = moved?.trial ?? trial;
    if (kept.scores !== undefined && held.length > 0) classifier.temperature = fitTemperature(kept.scores, truth, classes);
    await classifier.save(output);
    return { classifier, held, trial: kept, wordsWeight };
  } catch (error) {
    await classifier.close();
    throw error;
  }
}

const textsOf = (rows: readonly TextExample[]): string[] => rows.map(({ text }) => text);
const labelsIn = (rows: readonly TextExample[]): Label[] => rows.map(({ label }) => label);

const leastLoss = (values: readonly number[], loss: (value: number) => number): number =>
  values.map((value) => ({ value, loss: loss(value) })).reduce((best, one) => (one.loss < best.loss ? one : best)).value;

// The mean of -ln of the right class's confidence, each at its best temperature.
function lossOf(rows: readonly Float64Array[], truth: readonly Label[], classes: readonly Label[]): number {
  const temperature = fitTemperature(rows, truth, classes);
  return (
    rows.reduce((sum, row, i) => sum - Math.log(Math.max(1e-12, confidences(row, temperature)[classes.indexOf(truth[i])] ?? 1)), 0) / rows.length
  );
}

// Answers to rows that were not learned from, as a trial that balancing reads: nothing is learned between its folds.
function heldTrial(rows: readonly Float64Array[], held: readonly TextExample[], classes: readonly Label[], seed: number): Promise<CrossValidation> {
  const truth = labelsIn(held);
  const of = (asked: readonly number[]) => asked.map((row) => rows[row]);
  const answering = { classes, fit: () => undefined, scores: of, predict: (asked: readonly number[]) => labelsOf(of(asked), classes) };
  const fold = trialFolds(textsOf(held), truth, { folds, seed })?.fold;
  return crossValidate(() => answering, [...held.keys()], truth, fold === undefined ? { stratified: false } : { fold });
}
