// evaluate: how good a model is, as one object, and as reports for people.
export { type ClassificationEvaluation, type Classified, evaluateClassification, type WorstCase } from "./classification.ts";
export { type ReportOptions, refuseReportName, reportAsHtml, reportAsMarkdown, reportAsText, reportFor } from "./reports.ts";
export { type TrainedFromTable, type TrainFromTableOptions, type TriedScores, trainFromTable } from "./train.ts";
