// The classical models that a text classifier can be built on, by name. One line each, and one to read it back.
import { type Classifier, ComplementNB, LinearSVC, LogisticRegression, type SavedModel } from "../classical/index.ts";
import { InkstoneError } from "../core/index.ts";

/** Names of models. */
export type TextModelName = "naive-bayes" | "logistic-regression" | "linear-svm" | "embeddings" | "joined";

/** A classifier that can be saved. */
export type SavableClassifier = Classifier & { toJSON(): SavedModel; narrow(): void };

/** How classes of unlike size count: "balanced", each as much as the others. */
export type TextClassWeight = "balanced";

const makers: Readonly<Record<TextModelName, (seed: number, classWeight?: TextClassWeight) => SavableClassifier>> = {
  "naive-bayes": () => new ComplementNB(),
  // Stopped early: a trial needs no more, and with many classes the last steps take minutes.
  "logistic-regression": () => new LogisticRegression({ C: 10, tol: 1e-3, maxIter: 30 }),
  "linear-svm": (seed, classWeight) => new LinearSVC({ seed, classWeight }),
  // On vectors of length 1.
  embeddings: (seed, classWeight) => new LinearSVC({ seed, classWeight, tol: 1e-2 }),
  // On counted words beside vectors. Looser than its usual 1e-4: the dense columns make every round dear, and no label changes.
  // Where rare classes weigh more, less trust in each of their rows.
  joined: (seed, classWeight) => new LinearSVC({ seed, classWeight, tol: 1e-2, ...(classWeight === undefined ? {} : { C: 0.3 }) }),
};

const readers: Readonly<Record<string, (saved: unknown) => SavableClassifier>> = {
  ComplementNB: (saved) => ComplementNB.fromJSON(saved),
  LogisticRegression: (saved) => LogisticRegression.fromJSON(saved),
  LinearSVC: (saved) => LinearSVC.fromJSON(saved),
};

/** All names, the cheapest first. */
export const textModelNames: readonly TextModelName[] = Object.keys(makers) as TextModelName[];

/** Those that count words: they need no network. */
export const wordModelNames: readonly TextModelName[] = textModelNames.filter((name) => !needsVectors(name));

/**
 * Whether a model of this name looks at vectors of an embedding model.
 *
 * @example
 * needsVectors("joined"); // true
 */
export function needsVectors(name: TextModelName): boolean {
  return name === "embeddings" || name === "joined";
}

/** Models whose classes can be weighed. */
export const weighingModelNames: readonly TextModelName[] = ["linear-svm", "embeddings", "joined"];

/** A fresh model of this name. */
export function makeTextModel(name: TextModelName, seed: number, classWeight?: TextClassWeight): SavableClassifier {
  return makers[name](seed, classWeight);
}

/** What `toJSON` gave. Errors: `E_SAVED_MODEL`. */
export function readTextModel(saved: unknown): SavableClassifier {
  const type = (saved as { type?: unknown } | null | undefined)?.type;
  const read = typeof type === "string" && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read !== undefined) return read(saved);
  const got = JSON.stringify(type) ?? "missing";
  throw new InkstoneError("E_SAVED_MODEL", { what: "model", why: { en: `its type is ${got}`, zh: `其类型为 ${got}` } });
}
