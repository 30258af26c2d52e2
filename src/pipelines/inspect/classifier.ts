// A text classifier's file as it is looked at: what it tells apart, by how many features, and what its card says. Knows no terminal.
import { type ModelCard, readSavedFile, readTextClassifier } from "../saved-classifier.ts";
import { WordScorer } from "../text-scorer.ts";
import type { Inspected, ModelFacts } from "./inspected.ts";

/** A file that `TextClassifier.save` wrote. Errors: `E_PIPELINE`, `E_SAVED_MODEL`, those of opening a file. */
export async function inspectClassifier(path: string, name: string): Promise<Inspected> {
  const saved = await readSavedFile(path);
  const { options, card, scorer } = readTextClassifier(saved, path);
  const { columns, coefficients32 = "" } = (saved as { model: { columns: number; coefficients32?: string } }).model;
  const parameters = Math.floor(Buffer.byteLength(coefficients32, "base64") / 4);
  const { model, language, embeddings } = options;
  return {
    facts: {
      kind: "text-classifier",
      name,
      parameters,
      settings: {
        model,
        language,
        labels: scorer.classes.length,
        ...(scorer instanceof WordScorer ? { features: columns } : {}),
        ...(embeddings === undefined ? {} : { embeddings }),
        ...settingsOf(card),
      },
      weights: [{ name: "coefficients", shape: [Math.round(parameters / columns), columns], type: "F32", count: 1, parameters }],
      vocabularies: [],
      labels: labelsOf(card, scorer.classes),
    },
    tables: [],
    dispose: () => undefined,
  };
}

// Numbers of the card that say how well it did where it was tried.
function settingsOf({ examples, trial, tried }: ModelCard): ModelFacts["settings"] {
  const { folds } = (trial ?? {}) as { folds?: number };
  const scores = (Array.isArray(tried) ? tried : []).map((one: { accuracy?: { mean?: number } }) => one.accuracy?.mean).filter(Number.isFinite);
  return {
    ...(typeof examples === "number" ? { examples } : {}),
    ...(typeof folds === "number" ? { folds } : {}),
    ...(scores.length > 0 ? { accuracy: Math.max(...(scores as number[])) } : {}),
  };
}

// Each label with how often it was seen, where the card says so.
function labelsOf({ labels }: ModelCard, classes: readonly (string | number)[]): NonNullable<ModelFacts["labels"]> {
  const seen = new Map((Array.isArray(labels) ? labels : []).map(({ label, count }: { label: string | number; count: number }) => [label, count]));
  return classes.map((label) => ({ label, ...(seen.has(label) ? { count: seen.get(label) as number } : {}) }));
}
