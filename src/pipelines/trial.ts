// How a text classifier is tried on its own examples: repeats stay together, what cannot be tested is learned from, features are made once a fold. Knows no models' insides.
import type { Label } from "../classical/index.ts";
import type { SparseMatrix } from "../core/index.ts";
import { countLabels, normalText, stratifiedFolds } from "../data/index.ts";
import { type CrossValidation, crossValidateEach, type FeatureLearner, type Preparation } from "../train/index.ts";
import { type LearnedFeatures, learnFeatures, type TextLanguage } from "./text-features.ts";
import { makeTextModel, type SavableClassifier, type TextClassWeight, type TextModelName } from "./text-models.ts";
import { joinedRows, scoresOf, vectorRows } from "./text-scorer.ts";

/** The folds of examples, and what was done to get them. */
export interface TrialFolds {
  /** Of each row; -1 for a row that is always learned from. */
  readonly fold: Int32Array;
  readonly folds: number;
  /** Rows that repeat an earlier one but for case, width and white space: they are in its fold. */
  readonly repeats: number;
  /** Labels that have one example only, repeats not counted: they cannot be tested. */
  readonly untested: readonly Label[];
}

/**
 * Folds of labelled texts: stratified, repeats of a text in one fold, labels with a single text always learned from. Undefined where no label has two different texts: then nothing can be tested.
 *
 * @example
 * const folds = trialFolds(["a", "A", "b", "c", "d"], ["x", "x", "x", "y", "z"], { folds: 5, seed: 0 });
 * [folds.folds, folds.repeats, folds.untested]; // [2, 1, ["y", "z"]]
 */
export function trialFolds(
  texts: readonly string[],
  labels: readonly Label[],
  { folds = 5, seed = 0 }: { readonly folds?: number; readonly seed?: number } = {},
): TrialFolds | undefined {
  const firstOf = new Map<string, number>();
  const first = Int32Array.from(texts, (text, row) => {
    const normal = normalText(text);
    const known = firstOf.get(normal);
    if (known === undefined) firstOf.set(normal, row);
    return known ?? row;
  });
  const units = [...firstOf.values()];
  const counts = countLabels(units.map((row) => labels[row]));
  const tested = units.filter((row) => (counts.get(labels[row]) ?? 0) > 1);
  if (tested.length === 0) return undefined;
  let largest = 0;
  for (const count of counts.values()) largest = Math.max(largest, count);
  const wanted = Math.max(2, Math.min(folds, largest));
  const dealt = stratifiedFolds(
    tested.map((row) => labels[row]),
    { folds: wanted, seed },
  );
  const fold = new Int32Array(texts.length).fill(-1);
  for (const [i, row] of tested.entries()) fold[row] = dealt[i];
  for (let row = 0; row < fold.length; row++) fold[row] = fold[first[row]];
  const untested = [...countLabels(labels).keys()].filter((label) => (counts.get(label) ?? 0) < 2);
  return { fold, folds: wanted, repeats: texts.length - units.length, untested };
}

interface FoldFeatures extends LearnedFeatures {
  readonly classes: number;
}

// Features of a language, learned once a fold for all models.
const featuresOf = (language: TextLanguage): Preparation<string, FoldFeatures, SparseMatrix> => ({
  async learn(texts, labels, { signal }) {
    const classes = new Set(labels).size;
    return { ...(await learnFeatures(language, texts, { classes, signal })), classes };
  },
  apply: ({ vectoriser }, texts, { signal }) => vectoriser.transformAsync(texts, { signal }),
});

/** A model on features of a fold. */
class Candidate implements FeatureLearner<VectorFeatures, SparseMatrix> {
  readonly #model: SavableClassifier;
  readonly #signal: AbortSignal | undefined;

  constructor(name: TextModelName, seed: number, { signal, classWeight }: { readonly signal?: AbortSignal; readonly classWeight?: TextClassWeight }) {
    this.#model = makeTextModel(name, seed, classWeight);
    this.#signal = signal;
  }

  get classes(): readonly Label[] {
    return this.#model.classes;
  }

  async fit({ matrix }: VectorFeatures, labels: readonly Label[], options: { readonly signal?: AbortSignal }): Promise<void> {
    await this.#model.fit(matrix, labels, options);
    this.#model.narrow();
  }

  scores(asked: SparseMatrix): Promise<Float64Array[]> {
    return scoresOf(this.#model, asked, this.#signal);
  }
}

/** How models are tried. */
export interface TrialOptions {
  readonly language: TextLanguage;
  readonly seed: number;
  readonly fold: Int32Array;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, all: number) => void;
}

/** A model by name, and how its classes count. */
export interface WeighedModel {
  readonly name: TextModelName;
  readonly classWeight?: TextClassWeight | undefined;
}

/** Tries models on the same folds; an entry each. Errors: those of `crossValidateEach`. */
export function tryModels(
  models: readonly WeighedModel[],
  texts: readonly string[],
  labels: readonly Label[],
  { language, seed, fold, signal, onProgress }: TrialOptions,
): Promise<CrossValidation[]> {
  const candidates = models.map(
    ({ name, classWeight }) =>
      () =>
        new Candidate(name, seed, { signal, classWeight }),
  );
  return crossValidateEach(candidates, featuresOf(language), texts, labels, { fold, signal, onProgress });
}

interface VectorFeatures {
  readonly matrix: SparseMatrix;
}

const asRows: Preparation<Float32Array, VectorFeatures, SparseMatrix> = {
  learn: async (vectors) => ({ matrix: vectorRows(vectors) }),
  apply: async (_, vectors) => vectorRows(vectors),
};

/** Tries the linear model of vectors on the same folds: the vectors themselves learn nothing from them. Errors: those of `crossValidateEach`. */
export async function tryVectors(
  vectors: readonly Float32Array[],
  labels: readonly Label[],
  { seed, fold, signal, onProgress }: Omit<TrialOptions, "language">,
): Promise<CrossValidation> {
  const make = () => new Candidate("embeddings", seed, { signal });
  const [trial] = await crossValidateEach([make], asRows, vectors, labels, { fold, signal, onProgress });
  return trial;
}

interface TextWithVector {
  readonly text: string;
  readonly vector: Float32Array;
}

// Words are learned in every fold, vectors were made once.
const joined = (language: TextLanguage): Preparation<TextWithVector, FoldFeatures, SparseMatrix> => ({
  async learn(rows, labels, { signal }) {
    const classes = new Set(labels).size;
    const learned = await learnFeatures(
      language,
      rows.map(({ text }) => text),
      { classes, signal },
    );
    return { ...learned, matrix: joinedRows(learned.matrix, vectorsIn(rows)), classes };
  },
  async apply({ vectoriser }, rows, { signal }) {
    const words = await vectoriser.transformAsync(
      rows.map(({ text }) => text),
      { signal },
    );
    return joinedRows(words, vectorsIn(rows));
  },
});
const vectorsIn = (rows: readonly TextWithVector[]): Float32Array[] => rows.map(({ vector }) => vector);

/** Tries the linear model of words and vectors together, once for each way in which classes may count. Errors: those of `crossValidateEach`. */
export function tryJoined(
  texts: readonly string[],
  vectors: readonly Float32Array[],
  labels: readonly Label[],
  { language, seed, fold, signal, onProgress, classWeights }: TrialOptions & { readonly classWeights: readonly (TextClassWeight | undefined)[] },
): Promise<CrossValidation[]> {
  const rows = texts.map((text, i) => ({ text, vector: vectors[i] }));
  const candidates = classWeights.map((classWeight) => () => new Candidate("joined", seed, { signal, classWeight }));
  return crossValidateEach(candidates, joined(language), rows, labels, { fold, signal, onProgress });
}
