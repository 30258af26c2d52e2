// The pictures of an evaluation, as SVG.
import { confusionPlot, linePlot } from "../plots/index.ts";
import type { ClassificationEvaluation } from "./classification.ts";
import type { ReportWords } from "./words.ts";

/** Pictures that the evaluation has numbers for, by name. */
export function evaluationPlots(evaluation: ClassificationEvaluation, say: ReportWords): readonly { readonly name: string; readonly svg: string }[] {
  const { confusion, roc = [], calibration, learningCurve = [] } = evaluation;
  const unit = [0, 1] as const;
  const plots = [
    {
      name: "confusion",
      svg: confusionPlot({
        title: say.confusion,
        labels: confusion.labels.map(String),
        counts: confusion.counts,
        trueLabel: say.truth,
        predictedLabel: say.predicted,
      }),
    },
  ];
  if (roc.length > 0) {
    const series = roc.map(({ label, area, curve }) => ({
      name: `${label} (${area.toFixed(3)})`,
      points: curve.falsePositiveRate.map((x, i) => [x, curve.truePositiveRate[i]] as const),
    }));
    plots.push({
      name: "roc",
      svg: linePlot({ title: say.roc, xLabel: say.falsePositives, yLabel: say.truePositives, series, xRange: unit, yRange: unit, diagonal: true }),
    });
  }
  if (calibration && calibration.bins.length > 0) {
    const points = calibration.bins.map(({ meanProbability, shareRight }) => [meanProbability, shareRight] as const);
    const title = `${say.calibration} (${say.calibrationError} ${calibration.expectedError.toFixed(3)})`;
    plots.push({
      name: "calibration",
      svg: linePlot({
        title,
        xLabel: say.confidence,
        yLabel: say.shareRight,
        series: [{ name: say.calibration, points }],
        xRange: unit,
        yRange: unit,
        diagonal: true,
        dots: true,
      }),
    });
  }
  if (learningCurve.length > 1) {
    const points = learningCurve.map(({ examples, macroF1 }) => [examples, macroF1] as const);
    plots.push({
      name: "learning",
      svg: linePlot({ title: say.learning, xLabel: say.learned, yLabel: "macro F1", series: [{ name: "macro F1", points }], dots: true }),
    });
  }
  return plots;
}
