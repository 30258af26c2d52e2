// classical: models on sparse rows, and on words, that need no network. Knows no files.
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
