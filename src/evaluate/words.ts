// The words of evaluation reports, in English and Chinese.
import type { Language } from "../core/index.ts";

/** Words of a report. */
export interface ReportWords {
  readonly title: string;
  readonly examples: string;
  readonly folds: string;
  readonly metric: string;
  readonly mean: string;
  readonly deviation: string;
  readonly confusion: string;
  readonly truth: string;
  readonly predicted: string;
  readonly roc: string;
  readonly falsePositives: string;
  readonly truePositives: string;
  readonly calibration: string;
  readonly confidence: string;
  readonly shareRight: string;
  readonly calibrationError: string;
  readonly learning: string;
  readonly learned: string;
  readonly worst: string;
  readonly place: string;
  /** Between a name and its value. */
  readonly colon: string;
  /** Names of metrics. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly row: string;
  readonly line: string;
  readonly text: string;
  readonly noMistakes: string;
  readonly card: string;
}

const words: Readonly<Record<Language, ReportWords>> = {
  en: {
    title: "Evaluation",
    examples: "Examples",
    folds: "Cross-validation",
    metric: "metric",
    mean: "mean",
    deviation: "deviation",
    confusion: "Confusion",
    truth: "true",
    predicted: "predicted",
    roc: "ROC",
    falsePositives: "false positive rate",
    truePositives: "true positive rate",
    calibration: "Calibration",
    confidence: "confidence",
    shareRight: "share that is right",
    calibrationError: "expected calibration error",
    learning: "Learning curve",
    learned: "examples learned from",
    worst: "Worst cases",
    place: "place",
    colon: ": ",
    metrics: { macroF1: "macro F1" },
    row: "example",
    line: "line",
    text: "text",
    noMistakes: "No mistakes.",
    card: "How it was made",
  },
  zh: {
    title: "评测报告",
    examples: "样本数",
    folds: "交叉验证",
    metric: "指标",
    mean: "均值",
    deviation: "标准差",
    confusion: "混淆矩阵",
    truth: "真实",
    predicted: "预测",
    roc: "ROC 曲线",
    falsePositives: "假阳性率",
    truePositives: "真阳性率",
    calibration: "校准曲线",
    confidence: "置信度",
    shareRight: "正确比例",
    calibrationError: "期望校准误差",
    learning: "学习曲线",
    learned: "训练样本数",
    worst: "最有把握的错误",
    place: "位置",
    colon: "：",
    metrics: { accuracy: "准确率", macroF1: "宏平均 F1" },
    row: "样本",
    line: "行",
    text: "文本",
    noMistakes: "没有错误。",
    card: "模型说明",
  },
};

/** Words in a language. */
export function reportWords(language: Language): ReportWords {
  return words[language];
}
