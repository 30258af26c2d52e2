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
export { type BootstrapInterval, type BootstrapOptions, bootstrap } from "./significance/bootstrap.ts";
export { type McNemarTest, mcnemar } from "./significance/mcnemar.ts";
export { approximateRandomization, type PairedBootstrap, type PairedTest, pairedBootstrap } from "./significance/paired.ts";
export type { ResamplingOptions } from "./significance/resampling.ts";
export type { AnswerScore, AnswerScores } from "./spans/answers.ts";
export { type CmrcScores, cmrc } from "./spans/cmrc.ts";
export { type EntityOptions, type EntityScores, entitiesOf, entityScores } from "./spans/entities.ts";
export { type SquadOptions, type SquadScores, squad } from "./spans/squad.ts";
export type { Entity, TagScheme } from "./spans/tags.ts";
export {
  type BleuCounts,
  type BleuOptions,
  type BleuScore,
  type BleuSmoothing,
  bleu,
  bleuCounts,
  bleuOfCounts,
  sentenceBleu,
} from "./text/bleu.ts";
export { type BleuTokenizer, bleuWords } from "./text/bleu-tokenizers.ts";
export { type ChrfOptions, type ChrfScore, chrf, sentenceChrf } from "./text/chrf.ts";
export type { References } from "./text/references.ts";
export { type RougeCorpus, type RougeOptions, type RougeScore, type RougeScores, type RougeType, rouge, rougeScores } from "./text/rouge.ts";
export { sentenceTer, type TerScore, ter } from "./text/ter.ts";
export type { TerWords } from "./text/ter-tokenizer.ts";
export type { WalkOptions } from "./walk.ts";
