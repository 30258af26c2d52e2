// classical: models on sparse rows, and on words, that need no network. Knows no files.
export { LinearSVC, type LinearSVCOptions } from "./linear-svc.ts";
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
