// pipelines: text in, answer out, saved as one object.

export type { Classification, Classifier, ClassifyOptions, DecidingWord } from "../generate/index.ts";
export { type Answers, answersOf, crossAnswersOf, evaluateTraining } from "./answers.ts";
export { findUsualEmbeddings, type UsualEmbeddings } from "./at-hand.ts";
export { type ClassifiedTable, type ClassifyTableOptions, classifyTable } from "./classify-table.ts";
export { fitTemperature } from "./confidence.ts";
export { type FinetunedEncoder, type FinetuneEncoderOptions, finetuneEncoder } from "./encoders/finetune.ts";
export { type TunedFacts, tunedFacts } from "./encoders/folder.ts";
export { type RowColumns, readEncoderRows } from "./encoders/rows.ts";
export { type FinetuneTogetherOptions, finetuneTogether, readSharedTasks, type SharedTask } from "./encoders/several.ts";
export { type EncoderTask, encoderTasks } from "./encoders/tasks.ts";
export { type TunedWithWords, type TunedWithWordsOptions, tuneWithWords } from "./encoders/tuned-with-words.ts";
export type { Inspected, InspectedVocabulary, InspectedWeight, ModelFacts } from "./inspect/inspected.ts";
export { type OpenInspectedOptions, openInspected } from "./inspect/open.ts";
export { type LearnedRows, learnedAmong, learnedRows } from "./learned-rows.ts";
export { type LearningCurveOptions, type LearningPoint, learningCurveOf } from "./learning-curve.ts";
export { markedText } from "./marked-text.ts";
export {
  type DocVectorOptions,
  type MeaningTopic,
  type MeaningTopicsOptions,
  meaningFinder,
  meaningTopics,
  withVectors,
} from "./meaning.ts";
export { pipeline, pipelineTasks } from "./named/pipeline.ts";
export type { FilledMask, LabelScore, Pipeline, PipelineTask, PipelineTasks, QuestionAnswer, TokenLabel } from "./named/tasks.ts";
export { type ReadExamples, type ReadExamplesOptions, readExamples } from "./read-examples.ts";
export { jsonPieces, type ModelCard, type SavedTextClassifier } from "./saved-classifier.ts";
export type { SequenceTokenizer, TextPair } from "./sequence-to-sequence/ids.ts";
export type { SourceAttribution } from "./sequence-to-sequence/inside.ts";
export type { SequenceChoices, SequenceFitOptions, SequenceToSequenceOptions } from "./sequence-to-sequence/options.ts";
export type { SequenceTokenizers } from "./sequence-to-sequence/saved.ts";
export { type SequenceAttention, type SequencePredictOptions, SequenceToSequence } from "./sequence-to-sequence/sequence-to-sequence.ts";
export { SequenceWriter, type SequenceWriterOptions } from "./sequence-to-sequence/writer.ts";
export {
  type ClassifierCallOptions,
  type ClassifierFitOptions,
  type MadeVectors,
  TextClassifier,
  type TextClassifierOptions,
  usualEmbeddings,
} from "./text-classifier.ts";
export type { TextExample } from "./text-example.ts";
export { languageOfTexts, type TextLanguage } from "./text-features.ts";
export { needsVectors, type TextClassWeight, type TextModelName, textModelNames, wordModelNames } from "./text-models.ts";
export { vectorRows } from "./text-scorer.ts";
export { type TokenTable, tableVectors, textIds, tokenOf, wordIds } from "./token-table.ts";
export {
  type EncoderTrials,
  type TrainedTextClassifier,
  type TrainTextOptions,
  type TriedModel,
  type TriedName,
  trainTextClassifier,
} from "./train-text-classifier.ts";
export { type TrialFolds, trialFolds } from "./trial.ts";
export { ZeroShotClassifier, type ZeroShotOptions } from "./zero-shot.ts";
