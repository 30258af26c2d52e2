// Curves, areas, losses and calibration against scikit-learn's, and what they refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  averagePrecision,
  averagePrecisionOneVsRest,
  brier,
  brierOfClasses,
  calibration,
  confidenceCalibration,
  type Label,
  logLoss,
  type OneVersusRest,
  precisionRecallCurve,
  rocAuc,
  rocAucOneVsRest,
  rocCurve,
  topKAccuracy,
} from "#metrics";
import { expectNumber, expectNumbers, readFixture, type Written } from "./fixture.ts";
import { failure } from "./refusals.ts";

interface CurveCase {
  readonly name: string;
  readonly truth: readonly number[];
  readonly scores: readonly number[];
  readonly right: { readonly auc: Written; readonly ap: Written } & Readonly<Record<string, Written[][]>>;
}
interface Averages {
  readonly byClass: Written[];
  readonly macro: Written;
  readonly weighted: Written;
  readonly micro: Written;
}
interface RowCase {
  readonly name: string;
  readonly classes: readonly string[];
  readonly truth: readonly string[];
  readonly rows: readonly number[][];
  readonly right: {
    readonly auc: Averages;
    readonly ap: Averages;
    readonly logLoss: Written;
    readonly brier: Written;
    readonly ece: Written;
    readonly topK?: readonly Written[];
  };
}
interface CalibrationCase {
  readonly name: string;
  readonly truth: readonly number[];
  readonly p: readonly number[];
  readonly right: { readonly brier: Written; readonly ece: Written } & Readonly<
    Record<string, { readonly right: Written[]; readonly mean: Written[] }>
  >;
}
const fixture = readFixture<{ readonly curves: CurveCase[]; readonly rows: RowCase[]; readonly calibration: CalibrationCase[] }>("metrics-labels");

describe.each(fixture.curves)("scores: $name", ({ truth, scores, right }) => {
  it("draw scikit-learn's ROC curve, with and without points on straight lines", () => {
    for (const dropIntermediate of [true, false]) {
      const [x, y, thresholds] = right[`roc ${dropIntermediate}`];
      const found = rocCurve(truth, scores, { dropIntermediate });
      expectNumbers(found.falsePositiveRate, x, "false positives");
      expectNumbers(found.truePositiveRate, y, "true positives");
      expectNumbers(found.thresholds, thresholds, "thresholds");
    }
  });

  it("draw scikit-learn's precision-recall curve", () => {
    for (const dropIntermediate of [true, false]) {
      const [precisions, recalls, thresholds] = right[`pr ${dropIntermediate}`];
      const found = precisionRecallCurve(truth, scores, { dropIntermediate });
      expectNumbers(found.precision, precisions, "precision");
      expectNumbers(found.recall, recalls, "recall");
      expectNumbers(found.thresholds, thresholds, "thresholds");
    }
  });

  it("have scikit-learn's area and average precision", () => {
    expectNumber(rocAuc(truth, scores), right.auc, "area");
    expectNumber(averagePrecision(truth, scores), right.ap, "average precision");
  });
});

const expectAverages = (found: OneVersusRest, right: Averages) => {
  expectNumbers(found.byClass, right.byClass, "by class");
  for (const name of ["macro", "weighted", "micro"] as const) expectNumber(found[name], right[name], name);
};

describe.each(fixture.rows)("rows: $name", ({ classes, truth, rows, right }) => {
  it("have scikit-learn's areas and average precisions, each class against the rest", () => {
    expectAverages(rocAucOneVsRest(truth, rows, classes), right.auc);
    expectAverages(averagePrecisionOneVsRest(truth, rows, classes), right.ap);
  });

  it("have scikit-learn's log loss, Brier score and top-k accuracy, and the paper's calibration error", () => {
    expectNumber(logLoss(truth, rows, classes), right.logLoss, "log loss");
    expectNumber(brierOfClasses(truth, rows, classes), right.brier, "Brier");
    expectNumber(confidenceCalibration(truth, rows, classes).expectedError, right.ece, "ECE");
    for (const [at, written] of (right.topK ?? []).entries())
      expectNumber(topKAccuracy(truth, rows, [1, 2, classes.length][at], classes), written, `top ${at}`);
  });
});

describe.each(fixture.calibration)("calibration: $name", ({ truth, p, right }) => {
  it("has scikit-learn's bins, of equal width or of equally many rows", () => {
    for (const strategy of ["uniform", "quantile"] as const) {
      for (const bins of [5, 10]) {
        const found = calibration(truth, p, { strategy, bins });
        const written = right[`${strategy} ${bins}`];
        expectNumbers(
          found.bins.map((bin) => bin.shareRight),
          written.right,
          `${strategy} ${bins} right`,
        );
        expectNumbers(
          found.bins.map((bin) => bin.meanProbability),
          written.mean,
          `${strategy} ${bins} mean`,
        );
        expect(found.bins.reduce((all, bin) => all + bin.rows, 0)).toBe(truth.length);
      }
    }
  });

  it("has scikit-learn's Brier score and the paper's expected error", () => {
    expectNumber(brier(truth, p), right.brier, "Brier");
    expectNumber(calibration(truth, p).expectedError, right.ece, "ECE");
  });
});

describe("two classes", () => {
  it("may have any labels: the positive one is named", () => {
    const truth = ["ham", "spam", "spam", "ham"];
    const scores = [0.2, 0.9, 0.4, 0.5];
    expect(rocAuc(truth, scores, { positive: "spam" })).toBe(0.75);
    expect(rocAuc(truth, scores, { positive: "ham" })).toBe(0.25);
    expect(failure(() => rocAuc(truth, scores)).code).toBe("E_OPTION");
    expect(failure(() => brier(truth, scores, { positive: "Spam" })).code).toBe("E_OPTION");
  });

  it("give an area that is the share of pairs in order, ties as halves", () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        const [up, down] = [1, 0].map((label) => rows.filter(([one]) => one === label).map(([, score]) => score));
        fc.pre(up.length > 0 && down.length > 0);
        const wins = up.flatMap((a) => down.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0))).reduce((a, b) => a + b, 0);
        const area = rocAuc(
          rows.map(([label]) => label),
          rows.map(([, score]) => score),
        );
        expect(area).toBeCloseTo(wins / up.length / down.length, 12);
      }),
    );
  });
});

describe("wrong rows", () => {
  const binary: readonly (readonly [string, (truth: readonly Label[], scores: readonly number[]) => unknown])[] = [
    ["rocCurve", rocCurve],
    ["rocAuc", rocAuc],
    ["precisionRecallCurve", precisionRecallCurve],
    ["averagePrecision", averagePrecision],
    ["brier", brier],
    ["calibration", calibration],
  ];

  it.each(binary)("%s names a score that is no number, a row without partner, and nothing at all", (_, metric) => {
    expect(failure(() => metric([0, 1, 1], [0.1, Number.NaN, 0.2]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { row: 1, value: "NaN" } });
    expect(failure(() => metric([0, 1], [0.1, Number.POSITIVE_INFINITY]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { row: 1 } });
    expect(failure(() => metric([0, 1, 1], [0.1, 0.2]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 2 } });
    expect(failure(() => metric([], [])).code).toBe("E_METRIC_EMPTY");
    expect(failure(() => metric([0, "1" as unknown as number], [0.1, 0.2]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
  });

  const classes = ["a", "b"];
  const several: readonly (readonly [string, (truth: readonly string[], rows: readonly number[][]) => unknown])[] = [
    ["rocAucOneVsRest", (truth, rows) => rocAucOneVsRest(truth, rows, classes)],
    ["averagePrecisionOneVsRest", (truth, rows) => averagePrecisionOneVsRest(truth, rows, classes)],
    ["logLoss", (truth, rows) => logLoss(truth, rows, classes)],
    ["brierOfClasses", (truth, rows) => brierOfClasses(truth, rows, classes)],
    ["confidenceCalibration", (truth, rows) => confidenceCalibration(truth, rows, classes)],
    ["topKAccuracy", (truth, rows) => topKAccuracy(truth, rows, 1, classes)],
  ];

  it.each(several)("%s names a row of another width, an unknown label, a number that is none", (_, metric) => {
    const good = [0.5, 0.5];
    expect(failure(() => metric(["a", "b"], [good, [1]]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
    expect(failure(() => metric(["a", "c"], [good, good]))).toMatchObject({ code: "E_METRIC_LABEL", parameters: { at: "truth[1]" } });
    expect(failure(() => metric(["a", "b"], [good, [Number.NaN, 1]]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { row: 1 } });
    expect(failure(() => metric(["a", "b"], [good]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 1 } });
    expect(failure(() => metric([], [])).code).toBe("E_METRIC_EMPTY");
  });

  it("are probabilities outside 0 … 1, or that do not add up to 1", () => {
    expect(failure(() => brier([0, 1], [0.1, 1.1]))).toMatchObject({ code: "E_METRIC_NUMBER", parameters: { at: "probabilities[1]" } });
    expect(failure(() => logLoss(["a"], [[0.5, 0.4]], classes))).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 0 } });
    for (const bins of [0, 1e9]) expect(failure(() => calibration([0, 1], [0, 1], { bins })).code).toBe("E_OPTION");
    expect(failure(() => topKAccuracy(["a"], [[1, 0]], 0, classes)).code).toBe("E_OPTION");
  });
});
