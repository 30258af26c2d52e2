// evaluate: how good a model is, as one object, and as reports for people.
export { answersPieces } from "./answers-table.ts";
export { type ClassificationEvaluation, type Classified, evaluateClassification, type WorstCase } from "./classification.ts";
export {
  type BaselineChange,
  compareWithBaseline,
  dataSetFolders,
  evaluateLanguageModel,
  evaluationHeads,
  evaluationRows,
  isTaskAtHand,
  type LanguageEvaluation,
  type LanguageEvaluationOptions,
  languageReportAsHtml,
  languageReportAsMarkdown,
  languageReportFor,
  type Metric,
  type TaskResult,
  taskFiles,
} from "./language/index.ts";
export { type ReportOptions, refuseReportName, reportAsHtml, reportAsMarkdown, reportAsText, reportFor } from "./reports.ts";
export { evaluationTask, evaluationTasks } from "./tasks/index.ts";
export type { Ask, EvaluationTask, Judged, Question, Reading, Scoring, TaskFiles, Values, Writing } from "./tasks/task.ts";
export { type TrainedFromTable, type TrainFromTableOptions, type TriedScores, trainFromTable } from "./train.ts";
export { ClassifierThread } from "./workplace/classifier-thread.ts";
export type {
  CheckedTable,
  ClassifierFacts,
  TableColumns,
  TaskName,
  Tasks,
  Trained,
  Training,
  TrainingProgress,
} from "./workplace/messages.ts";
