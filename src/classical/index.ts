// classical: models on sparse rows, and on words, that need no network. Knows no files.
export { type SparseMatrix, sparseMatrix } from "../core/index.ts";
export { Bm25, type Bm25Hit, type Bm25Options } from "./bm25.ts";
export { type CrfContribution, type CrfOptions, CrfTagger, type TokenFeatures } from "./crf-tagger.ts";
export { KMeans, type KMeansOptions } from "./k-means.ts";
export { type Keyword, type TextRankOptions, textRankKeywords, tfidfKeywords } from "./keywords.ts";
export { KneserNey, type KneserNeyOptions } from "./kneser-ney.ts";
export { LinearSVC, type LinearSVCOptions } from "./linear-svc.ts";
export { LogisticRegression, type LogisticRegressionOptions } from "./logistic-regression.ts";
export {
  BernoulliNB,
  type BernoulliNBOptions,
  ComplementNB,
  type ComplementNBOptions,
  MultinomialNB,
  type NaiveBayesOptions,
} from "./naive-bayes.ts";
export { KNeighborsClassifier, type KNeighborsOptions, type Neighbour } from "./neighbours.ts";
export { type Projection, principalComponents } from "./pca.ts";
export { type SummaryOptions, type SummarySentence, summarize } from "./summary.ts";
export { type TopicPeriod, Topics, type TopicsOptions } from "./topics.ts";
export type {
  Classifier,
  ClassWeight,
  Contribution,
  ExplainingClassifier,
  FitOptions,
  FitProgress,
  Label,
  ProbabilisticClassifier,
  SavedModel,
} from "./types.ts";
export { type NearName, WordVectors } from "./word-vectors.ts";
