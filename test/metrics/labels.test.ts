// Scores of labels against scikit-learn's, and what they refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  balancedAccuracy,
  classificationReport,
  classScores,
  cohenKappa,
  confusionMatrix,
  f1,
  fBeta,
  type Label,
  matthews,
  precision,
  recall,
  reportTable,
  type ScoreOptions,
} from "#metrics";
import { expectNumber, expectNumbers, readFixture, type Written } from "./fixture.ts";
import { failure } from "./refusals.ts";

interface Case {
  readonly name: string;
  readonly truth: readonly Label[];
  readonly predicted: readonly Label[];
  readonly options: { readonly labels?: readonly Label[]; readonly only?: readonly Label[] };
  readonly scores: {
    readonly prf: Readonly<Record<string, { readonly classes: Written[][]; readonly averages: Readonly<Record<string, Written[]>> }>>;
    readonly table: string;
    readonly table4: string;
  } & Readonly<Record<string, unknown>>;
}
const { labels: cases } = readFixture<{ readonly labels: readonly Case[] }>("metrics-labels");
const whole = cases.filter(({ options }) => options.only === undefined);

describe.each(cases)("$name", ({ truth, predicted, options, scores }) => {
  it("has scikit-learn's precision, recall, F and support of each class, for every beta and zero division", () => {
    for (const [key, { classes }] of Object.entries(scores.prf)) {
      const [zeroDivision, beta] = key.split(" ").map(Number);
      const found = classScores(truth, predicted, { ...options, zeroDivision, beta });
      for (const [at, name] of (["precision", "recall", "f", "support"] as const).entries()) {
        expectNumbers(
          found.map((one) => one[name]),
          classes[at],
          `${key} ${name}`,
        );
      }
    }
  });

  it("has scikit-learn's averages", () => {
    for (const [key, { averages }] of Object.entries(scores.prf)) {
      const [zeroDivision, beta] = key.split(" ").map(Number);
      for (const [average, [p, r, f]] of Object.entries(averages)) {
        const all = { ...options, zeroDivision, average } as ScoreOptions;
        expectNumber(precision(truth, predicted, all), p, `${key} ${average} precision`);
        expectNumber(recall(truth, predicted, all), r, `${key} ${average} recall`);
        expectNumber(fBeta(truth, predicted, beta, all), f, `${key} ${average} F`);
        if (beta === 1) expectNumber(f1(truth, predicted, all), f, `${key} ${average} F1`);
      }
    }
  });

  it("has scikit-learn's report, character by character (but that wide labels are aligned by their width)", () => {
    const report = classificationReport(truth, predicted, options);
    const plain = (table: string) => (/\p{Script=Han}/u.test(table) ? table.replace(/^ +/gm, "") : table);
    expect(plain(reportTable(report))).toBe(plain(scores.table));
    expect(plain(reportTable(report, { digits: 4 }))).toBe(plain(scores.table4));
  });
});

describe.each(whole)("$name", ({ truth, predicted, options, scores }) => {
  it("has scikit-learn's confusion matrix, counted and as shares", () => {
    expect(confusionMatrix(truth, predicted, options).counts).toEqual(scores["confusion"]);
    for (const normalize of ["truth", "predicted", "all"] as const) {
      const { counts } = confusionMatrix(truth, predicted, { ...options, normalize });
      for (const [i, row] of counts.entries()) expectNumbers(row, (scores[`confusion ${normalize}`] as Written[][])[i], normalize);
    }
  });

  it("has scikit-learn's accuracies, Matthews correlation and kappas", () => {
    expectNumber(accuracy(truth, predicted), scores["accuracy"] as Written, "accuracy");
    expectNumber(balancedAccuracy(truth, predicted), scores["balanced"] as Written, "balanced");
    expectNumber(balancedAccuracy(truth, predicted, { adjusted: true }), scores["adjusted"] as Written, "adjusted");
    expectNumber(matthews(truth, predicted), scores["matthews"] as Written, "Matthews");
    for (const weights of ["none", "linear", "quadratic"] as const) {
      expectNumber(cohenKappa(truth, predicted, { ...options, weights }), scores[`kappa ${weights}`] as Written, weights);
    }
  });
});

describe("the report", () => {
  const report = classificationReport(["好", "好", "差", "差", "一般"], ["好", "差", "差", "差", "好"]);

  it("stands in Chinese in columns of a terminal, where a Chinese character is two wide", () => {
    expect(reportTable(report, { language: "zh" })).toBe(
      [
        "             精确率    召回率        F1    样本数",
        "",
        "    一般       0.00      0.00      0.00         1",
        "      好       0.50      0.50      0.50         2",
        "      差       0.67      1.00      0.80         2",
        "",
        "  准确率                           0.60         5",
        "  宏平均       0.39      0.50      0.43         5",
        "加权平均       0.47      0.60      0.52         5",
        "",
      ].join("\n"),
    );
  });

  it("says which scores had nothing to divide by", () => {
    expect(report.undefinedScores).toEqual([{ label: "一般", score: "precision" }]);
    expect(classificationReport(["a"], ["a"], { labels: ["a", "b"] }).undefinedScores.map(({ score }) => score)).toEqual([
      "precision",
      "recall",
      "f",
    ]);
  });

  it("has an accuracy only where every label that occurs is scored", () => {
    expect(report.accuracy).toBe(0.6);
    expect(classificationReport(["a", "b"], ["a", "b"], { only: ["a"] }).accuracy).toBeUndefined();
  });
});

describe("scores of one class", () => {
  it("are those of that class among all", () => {
    const [truth, predicted] = [
      ["ham", "spam", "spam", "ads"],
      ["spam", "spam", "ham", "ads"],
    ];
    const spam = classScores(truth, predicted).find(({ label }) => label === "spam")!;
    const options = { positive: "spam" };
    expect([precision(truth, predicted, options), recall(truth, predicted, options), f1(truth, predicted, options)]).toEqual([
      spam.precision,
      spam.recall,
      spam.f,
    ]);
  });

  it("are precision for beta 0 and recall for infinite beta", () => {
    const [truth, predicted] = [
      [1, 1, 0],
      [1, 0, 0],
    ];
    expect(fBeta(truth, predicted, 0, { positive: 1 })).toBe(1);
    expect(fBeta(truth, predicted, Number.POSITIVE_INFINITY, { positive: 1 })).toBe(0.5);
  });

  it("need a class that is there: a misspelt one is refused, an absent one of a single class is not", () => {
    expect(failure(() => f1(["ham", "spam"], ["ham", "spam"], { positive: "Spam" })).code).toBe("E_OPTION");
    expect(f1([0, 0], [0, 0], { positive: 1 })).toBe(0);
  });
});

describe("wrong rows", () => {
  const metrics: readonly (readonly [string, (truth: readonly Label[], predicted: readonly Label[]) => unknown])[] = [
    ["accuracy", accuracy],
    ["balancedAccuracy", balancedAccuracy],
    ["confusionMatrix", confusionMatrix],
    ["classScores", classScores],
    ["f1", f1],
    ["classificationReport", classificationReport],
    ["matthews", matthews],
    ["cohenKappa", cohenKappa],
  ];

  it.each(metrics)("%s names the first row without a partner", (_, metric) => {
    expect(failure(() => metric(["a", "b", "a"], ["a", "b"]))).toMatchObject({
      code: "E_METRIC_LENGTH",
      parameters: { row: 2, got: 2, expected: 3 },
    });
    expect(failure(() => metric(["a"], ["a", "b"]))).toMatchObject({ code: "E_METRIC_LENGTH", parameters: { row: 1 } });
  });

  it.each(metrics)("%s refuses to score nothing", (_, metric) => {
    expect(failure(() => metric([], [])).code).toBe("E_METRIC_EMPTY");
  });

  it.each(metrics)("%s refuses what is no label, and names its row", (_, metric) => {
    for (const wrong of [undefined, null, Number.NaN, true, {}, 1] as unknown as Label[]) {
      expect(failure(() => metric(["a", "b"], ["a", wrong]))).toMatchObject({ code: "E_METRIC_ROW", parameters: { row: 1 } });
      expect(failure(() => metric(["a", wrong], ["a", "b"]))).toMatchObject({
        code: "E_METRIC_ROW",
        parameters: { row: 1, at: expect.stringContaining("[1]") },
      });
    }
  });

  it("are those whose label is not in the list", () => {
    const error = failure(() => confusionMatrix(["a", "b"], ["a", "c"], { labels: ["a", "b"] }));
    expect(error).toMatchObject({ code: "E_METRIC_LABEL", parameters: { at: "predicted[1]", row: 1 } });
    expect(error.message).toBe('predicted[1] is "c", which is none of the labels: a, b.');
    expect(error.describe("zh").message).toBe('predicted[1] 为 "c"，不在标签列表中：a, b。');
  });

  it("are texts taken for labels: so many different ones have scores, but no matrix", () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`);
    expect(accuracy(texts, texts)).toBe(1);
    expect([balancedAccuracy(texts, texts), matthews(texts, texts), f1(texts, texts)]).toEqual([1, 1, 1]);
    expect(failure(() => confusionMatrix(texts, texts)).code).toBe("E_OPTION");
    expect(failure(() => cohenKappa(texts, texts)).code).toBe("E_OPTION");
  });

  it("are options that are none", () => {
    expect(failure(() => reportTable(classificationReport(["a"], ["a"]), { digits: 101 })).code).toBe("E_OPTION");
    const rows = ["a", "b"];
    expect(failure(() => f1(rows, rows, { average: "mean" as "macro" })).code).toBe("E_OPTION");
    expect(failure(() => f1(rows, rows, { zeroDivision: 0.5 })).code).toBe("E_OPTION");
    expect(failure(() => fBeta(rows, rows, -1)).code).toBe("E_OPTION");
    expect(failure(() => f1(rows, rows, { positive: "a", average: "micro" })).code).toBe("E_OPTION");
    expect(failure(() => cohenKappa(rows, rows, { weights: "cubic" as "linear" })).code).toBe("E_OPTION");
    expect(failure(() => confusionMatrix(rows, rows, { labels: ["a", "b", "a"] })).code).toBe("E_METRIC_ROW");
    expect(failure(() => confusionMatrix(rows, rows, { labels: [] })).code).toBe("E_METRIC_EMPTY");
  });
});

describe("any labels", () => {
  const rows = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "__proto__"), fc.constantFrom("a", "b", "c", "__proto__")), {
    minLength: 1,
    maxLength: 40,
  });

  it("micro F1 is accuracy, and no score changes with the order of rows", () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const [truth, predicted] = [pairs.map(([one]) => one), pairs.map(([, one]) => one)];
        expect(f1(truth, predicted, { average: "micro" })).toBeCloseTo(accuracy(truth, predicted), 12);
        const turned = [truth.toReversed(), predicted.toReversed()] as const;
        expect(classificationReport(...turned)).toEqual(classificationReport(truth, predicted));
        expect(matthews(...turned)).toBe(matthews(truth, predicted));
        expect(matthews(predicted, truth)).toBeCloseTo(matthews(truth, predicted), 12);
      }),
    );
  });
});
