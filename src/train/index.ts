// train: how models learn and are tried. So far cross-validation of anything with fit and predict.
export { type CrossValidateOptions, type CrossValidation, crossValidate, type Learner, type MetricSummary } from "./cross-validate.ts";
export type { FoldState } from "./fold-progress.ts";
