// train: how models learn and are tried: Sequential and Model, callbacks, cross-validation of anything with fit and predict.
export type { Callback, Logs, TrainedModel, TrainingPlan } from "./callbacks/callback.ts";
export { CSVLogger, type CSVLoggerOptions } from "./callbacks/csv-logger.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./callbacks/early-stopping.ts";
export { LearningRateScheduler, ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./callbacks/learning-rate.ts";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./callbacks/model-checkpoint.ts";
export type { MonitorOptions } from "./callbacks/monitor.ts";
export { LambdaCallback, TerminateOnNaN } from "./callbacks/small.ts";
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  crossValidateEach,
  type FeatureLearner,
  type Learner,
  type MetricSummary,
  type Preparation,
} from "./cross-validate.ts";
export * from "./encoders/index.ts";
export { type Attribution, type GradientTimesInputOptions, gradientTimesInput } from "./explain/gradient-times-input.ts";
export { type SentenceVectorsOptions, sentenceVectors } from "./explain/sentence-vectors.ts";
export {
  type EmbeddingVectorsOptions,
  embeddingOf,
  embeddingVectors,
  type ModelOfLayers,
  rowVectors,
  type TokenNames,
} from "./explain/token-vectors.ts";
export { discriminativeRates, freeze, freezeTo, unfreeze } from "./fastai/freeze.ts";
export { type LearningRates, type LrFindOptions, lrFind } from "./fastai/lr-find.ts";
export { fitOneCycle, type OneCycleFitOptions } from "./fastai/one-cycle.ts";
export * from "./finetune/index.ts";
export type { FoldState } from "./fold-progress.ts";
export { History } from "./history.ts";
export type { ArrayInput, IdRows, ShapedValues } from "./inputs/column.ts";
export type { StreamedBatch, TrainingStream } from "./inputs/stream.ts";
export {
  type Batch,
  type BatchColumn,
  type BatchSource,
  type LoopOptions,
  type LoopStep,
  type LossParts,
  type RunState,
  type SeenBatch,
  type StepResult,
  TrainingLoop,
  type TrainingTask,
  valuesColumn,
} from "./loop/index.ts";
export type { CompileOptions } from "./model/compiled.ts";
export type { Inputs, Targets } from "./model/core.ts";
export type { ClassWeight, SampleWeight } from "./model/data.ts";
export type { BatchStream } from "./model/fit.ts";
export { Functional, type FunctionalOptions } from "./model/functional.ts";
export { type LoadLayersModelOptions, loadFunctional, loadLayersModel } from "./model/load.ts";
export { Model, type ModelOptions } from "./model/model.ts";
export { openOptimizer, optimizerSchema, type SavedOptimizer, saveOptimizer } from "./model/optimizer-state.ts";
export type { BatchOptions, EvaluateOptions, FitOptions, ValidationData, Verbosity } from "./model/options.ts";
export { Prediction, type PredictOptions } from "./model/predict.ts";
export { loadWeights } from "./model/restore.ts";
export { saveWeights } from "./model/save.ts";
export { Sequential } from "./model/sequential.ts";
export type { Output } from "./progress/output.ts";
export type { DataCheck } from "./recipe/check.ts";
export { changedRecipe, readRecipe, tomlRecipe } from "./recipe/read.ts";
export { recipeOf } from "./recipe/recipe.ts";
export type { LossPolicy, MixturePart, Recipe, RecipeArchitecture, RecipeInput, RecipeTokenizer } from "./recipe/types.ts";
export { usualRecipe } from "./recipe/usual.ts";
export { estimateRun, type RunEstimate } from "./runs/estimate.ts";
export { exportRun, modelOfRun } from "./runs/export.ts";
export { followLog } from "./runs/follow-log.ts";
export { type OpenedRun, openRun, type WriteOptions } from "./runs/open-run.ts";
export { lossPlot } from "./runs/report.ts";
export type { TrainedRun } from "./runs/run.ts";
export { type Checkpoint, changesOf, type LogEntry, RunFolder, runFiles, whyNoRun } from "./runs/run-folder.ts";
export { type TrainRunOptions, trainRun } from "./runs/train-run.ts";
export { type SearchField, type SearchOptions, type TunedTrial, type TuneResult, tune } from "./runs/tune.ts";
export type { SequencePairs } from "./sequences/batches.ts";
export { type FitSequencesOptions, fitSequences } from "./sequences/fit-sequences.ts";
export type { CustomLoss, LossChoice, NamedLoss } from "./step/losses.ts";
export { type Metric, type MetricChoice, type MetricFunction, type MetricName, metricNames, type ObservedBatch } from "./step/metrics.ts";
export { type Outcome, type OutcomeForm, plainOutcome, type TargetKind } from "./step/outcome.ts";
export { isFirst, onFirst, openWorld, placeOf, ranksOf, type World } from "./world/index.ts";
