// Evaluations of language models: tasks, runs, reports, gates.
export { type BaselineChange, compareWithBaseline } from "./baseline.ts";
export { dataSetFolders, isTaskAtHand, taskFiles } from "./files.ts";
export { evaluationHeads, evaluationRows, languageReportAsHtml, languageReportAsMarkdown, languageReportFor } from "./report.ts";
export { evaluateLanguageModel, type LanguageEvaluation, type LanguageEvaluationOptions, type TaskResult } from "./run.ts";
export type { Metric } from "./summary.ts";
