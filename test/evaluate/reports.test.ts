// Evaluations and their reports: what they hold, in both languages, and that data in them stays data.
import { describe, expect, it } from "vitest";
import { evaluateClassification, reportAsHtml, reportAsMarkdown, reportAsText, reportFor } from "#evaluate";

const input = {
  texts: ["fine", "<script>alert(1)</script> | *bad*", "so so", "lost\u001b[31m"],
  truth: ["+", "-", "-", "-"],
  predictions: ["+", "+", "-", "+"],
  confidences: [
    [0.1, 0.9],
    [0.3, 0.7],
    [0.8, 0.2],
    [0.05, 0.95],
  ],
  classes: ["-", "+"],
  folds: { accuracy: { mean: 0.5, deviation: 0.1, values: [0.4, 0.6] } },
  learningCurve: [
    { examples: 10, macroF1: 0.4 },
    { examples: 20, macroF1: 0.6 },
  ],
};
const evaluation = evaluateClassification(input);

describe("an evaluation", () => {
  it("counts, and has the surest mistakes first", () => {
    expect(evaluation.report.accuracy).toBe(0.5);
    expect(evaluation.confusion).toEqual({
      labels: ["+", "-"],
      counts: [
        [1, 0],
        [2, 1],
      ],
    });
    expect(evaluation.worst.map(({ row, confidence }) => [row, confidence])).toEqual([
      [4, 0.95],
      [2, 0.7],
    ]);
    expect(evaluation.roc?.map(({ label }) => label)).toEqual(["-", "+"]);
    for (const { area } of evaluation.roc ?? []) expect(area).toBeCloseTo(2 / 3, 12);
    expect(evaluation.calibration?.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(4);
  });

  it("does without confidences", () => {
    const { confidences: _, classes: __, ...plain } = input;
    const bare = evaluateClassification(plain);
    expect(bare.roc).toBeUndefined();
    expect(bare.worst.map(({ row }) => row)).toEqual([2, 4]);
    expect(reportAsHtml(bare)).not.toContain('id="roc"');
  });

  it("leaves rows of a label that no model knew out of calibration", () => {
    const { calibration } = evaluateClassification({ ...input, truth: ["+", "-", "-", "?"], learningCurve: undefined });
    expect(calibration?.bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(3);
  });
});

describe("a report", () => {
  it("shows the same numbers as text, Markdown and HTML, in English and Chinese", () => {
    for (const [language, word] of [
      ["en", "Worst cases"],
      ["zh", "最有把握的错误"],
    ] as const)
      for (const report of [
        reportAsText(evaluation, { language }),
        reportAsMarkdown(evaluation, { language }),
        reportAsHtml(evaluation, { language }),
      ]) {
        expect(report).toContain(word);
        expect(report).toContain("0.500");
        expect(report).toContain("0.950");
      }
  });

  it("keeps what came from data inert", () => {
    const html = reportAsHtml(evaluation, { card: { note: "</pre><img src=x onerror=alert(1)>" } });
    expect(html).not.toMatch(/<script|<img/);
    expect(html).not.toContain("\u001b");
    expect(html).toContain("&lt;script&gt;");
    expect(html.match(/<svg/g)).toHaveLength(4);
    const markdown = reportAsMarkdown(evaluation);
    expect(markdown).toContain("\\<script\\>alert(1)\\</script\\> \\| \\*bad\\*");
    expect(reportAsText(evaluation)).not.toContain("\u001b");
  });

  it("is written as the file's ending says", () => {
    expect(reportFor("a.html", evaluation)).toMatch(/^<!doctype html>/);
    expect(reportFor("a.md", evaluation)).toMatch(/^# Evaluation/);
    expect(JSON.parse(reportFor("a.json", evaluation, { card: { a: 1 } }))).toMatchObject({ formatVersion: 1, examples: 4, card: { a: 1 } });
  });

  it("says so where there are no mistakes", () => {
    expect(reportAsText(evaluateClassification({ texts: ["a"], truth: ["x"], predictions: ["x"] }))).toContain("No mistakes.");
  });
});
