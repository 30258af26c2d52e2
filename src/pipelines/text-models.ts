// The classical models that a text classifier can be built on, by name. One line each.
import { type Classifier, ComplementNB, LinearSVC, LogisticRegression, modelFromJSON, type SavedModel } from "../classical/index.ts";

/** Names of models. */
export type TextModelName = "naive-bayes" | "logistic-regression" | "linear-svm";

/** A classifier that can be saved. */
export type SavableClassifier = Classifier & { toJSON(): SavedModel };

const makers: Readonly<Record<TextModelName, (seed: number) => SavableClassifier>> = {
  "naive-bayes": () => new ComplementNB(),
  "logistic-regression": () => new LogisticRegression({ C: 10 }),
  "linear-svm": (seed) => new LinearSVC({ seed }),
};

/** All names, the cheapest first. */
export const textModelNames: readonly TextModelName[] = Object.keys(makers) as TextModelName[];

/** A fresh model of this name. */
export function makeTextModel(name: TextModelName, seed: number): SavableClassifier {
  return makers[name](seed);
}

/** What `toJSON` gave. Errors: `E_SAVED_MODEL`. */
export function readTextModel(saved: unknown): SavableClassifier {
  return modelFromJSON(saved) as SavableClassifier;
}
