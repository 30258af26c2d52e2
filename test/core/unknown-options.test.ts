// A mistyped or foreign option is refused with the nearest name in the rooms of text, classical models, data and metrics too.

import { KMeans, LinearSVC, LogisticRegression, MultinomialNB } from "inkstone/classical";
import { kFolds, openDataset, stratifiedSplit } from "inkstone/data";
import { f1, rocCurve } from "inkstone/metrics";
import { CountVectorizer, padSequences, sentenceSpans, TfidfVectorizer, wordTokenize } from "inkstone/text";
import { describe, expect, it } from "vitest";

const given = (options: object): never => options as never;
const calls: readonly (readonly [string, () => unknown, string | undefined])[] = [
  ["CountVectorizer", () => new CountVectorizer(given({ ngram_range: [1, 2] })), "ngramRange"],
  ["TfidfVectorizer", () => new TfidfVectorizer(given({ sublinear_tf: true })), "sublinearTf"],
  ["padSequences", () => padSequences([[1]], given({ maxLen: 2 })), "maxlen"],
  ["wordTokenize", () => wordTokenize("a", given({ language: "zh" })), undefined],
  ["sentenceSpans", () => sentenceSpans("a", given({ line: true })), "lines"],
  ["LinearSVC", () => new LinearSVC(given({ max_iter: 5 })), "maxIter"],
  ["LogisticRegression", () => new LogisticRegression(given({ class_weight: "balanced" })), "classWeight"],
  ["MultinomialNB", () => new MultinomialNB(given({ Alpha: 1 })), "alpha"],
  ["KMeans", () => new KMeans(given({ n_clusters: 3 })), "nClusters"],
  ["kFolds", () => kFolds(4, given({ n_splits: 2 })), undefined],
  ["stratifiedSplit", () => stratifiedSplit(["a"], given({ share: {} })), "shares"],
  ["openDataset", () => openDataset("a.csv", given({ delimeter: ";" })), "delimiter"],
  ["f1", () => f1(["a"], ["a"], given({ avrage: "macro" })), "average"],
  ["rocCurve", () => rocCurve(["a", "b"], [0, 1], given({ pos_label: "a" })), undefined],
];

describe("unknown options", () => {
  it.each(calls)("of %s are refused", (of, call, nearest) => {
    expect(call).toThrow(expect.objectContaining({ code: "E_OPTION_UNKNOWN", parameters: expect.objectContaining({ of, nearest }) }));
  });
});
