// metrics: how good an answer is, in the numbers of scikit-learn, sacrebleu, rouge-score, seqeval and the official scripts. Pure functions.
export { accuracy, balancedAccuracy, topKAccuracy } from "./classification/accuracy.ts";
export { cohenKappa, type KappaOptions, matthews } from "./classification/agreement.ts";
export type { Average, PrecisionRecallF, ZeroDivision } from "./classification/averages.ts";
export { type ConfusionMatrix, type ConfusionOptions, confusionMatrix } from "./classification/confusion.ts";
export { type ClassScores, classScores, f1, fBeta, precision, recall, type ScoreOptions } from "./classification/f-scores.ts";
export { type ClassificationReport, classificationReport, reportTable } from "./classification/report.ts";
export type { Label } from "./labels.ts";
export { bitsPerByte, perplexity } from "./language-model.ts";
export {
  type Calibration,
  type CalibrationOptions,
  calibration,
  confidenceCalibration,
  type ReliabilityBin,
} from "./probabilities/calibration.ts";
export { brier, brierOfClasses, logLoss } from "./probabilities/losses.ts";
export {
  averagePrecision,
  averagePrecisionOneVsRest,
  type PrecisionRecallCurve,
  precisionRecallCurve,
} from "./probabilities/precision-recall.ts";
export { type CurveOptions, type OneVersusRest, type RocCurve, rocAuc, rocAucOneVsRest, rocCurve } from "./probabilities/roc.ts";
export type { ScoreRows } from "./probabilities/rows.ts";
export {
  type DocumentId,
  hitRateAtK,
  meanAveragePrecision,
  meanReciprocalRank,
  ndcg,
  ndcgOfScores,
  precisionAtK,
  type RankedQuery,
  type RankingOptions,
  type RankingScores,
  rankingScores,
  recallAtK,
} from "./ranking.ts";
export { meanAbsoluteError, meanSquaredError, pearson, r2, spearman } from "./regression.ts";
