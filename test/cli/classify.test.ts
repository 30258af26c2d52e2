// classify and evaluate as a person types them: from a table to a classifier, its answers and its report.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-classify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kinds = { good: ["lovely", "superb", "wonderful", "delightful"], bad: ["awful", "boring", "broken", "dreadful"] };
const rows = Object.entries(kinds).flatMap(([label, words]) =>
  words.flatMap((word) => ["film", "book", "phone", "meal", "song"].map((thing) => `"The ${thing} was ${word}, I think.",${label}`)),
);
const data = join(folder, "reviews.csv");
writeFileSync(data, `review,stars\n${rows.join("\n")}\n`);
const model = join(folder, "reviews.json");
const columns = ["--text", "review", "--label", "stars"];

describe("inkstone classify train", () => {
  it("tries, keeps the best, saves it with its report, and says what it did", async () => {
    const report = join(folder, "report.html");
    const trained = await inkstone([
      "classify",
      "train",
      data,
      ...columns,
      "--folds",
      "4",
      "--minutes",
      "0",
      "--output",
      model,
      "--report",
      report,
      "--answers",
      join(folder, "answers.jsonl"),
      "--json",
    ]);
    expect(trained.code, trained.err).toBe(0);
    // Every answer of the trial, once; the least sure of their own label first.
    const answers = readFileSync(join(folder, "answers.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ row }) => row).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(answers.map(({ own }) => own)).toEqual(answers.map(({ own }) => own).sort((a, b) => a - b));
    expect(
      answers.every(
        ({ line, text, label, answer, confidence, own }) => line > 1 && text.includes(" I think.") && (label === answer) === (own === confidence),
      ),
    ).toBe(true);
    const said = JSON.parse(trained.out);
    expect(said).toMatchObject({ output: model, examples: 40, skipped: 0 });
    expect(said.tried).toHaveLength(3);
    expect(said.report.accuracy).toBeGreaterThan(0.5);
    expect(readFileSync(report, "utf8")).toContain('<figure id="confusion">');
  });

  it("writes answers under no ending that would not be true, and says so before it learns", async () => {
    const { code, err } = await inkstone(["classify", "train", data, ...columns, "--answers", join(folder, "answers.csv.gz")]);
    expect([code, err]).toEqual([64, expect.stringContaining("E_DATA_KIND")]);
  });

  it("replaces nothing unasked, and says which column there is not", async () => {
    const again = await inkstone(["classify", "train", data, ...columns, "--output", model]);
    expect(again.code).toBe(73);
    expect(again.err).toContain("--force");
    const wrong = await inkstone(["classify", "train", data, "--text", "text", "--label", "stars", "--output", join(folder, "none.json")]);
    expect(wrong.code).toBe(65);
    expect(wrong.err).toContain("review, stars");
  });

  it("names the broken row, or leaves it out and counts it", async () => {
    const broken = join(folder, "broken.csv");
    writeFileSync(broken, `${readFileSync(data, "utf8")}too,many,cells\n`);
    const output = join(folder, "broken.json");
    const refused = await inkstone(["classify", "train", broken, ...columns, "--model", "naive-bayes", "--output", output]);
    expect(refused.code).toBe(65);
    expect(refused.err).toContain("broken.csv:42");
    const skipped = await inkstone(["classify", "train", broken, ...columns, "--model", "naive-bayes", "--skip-bad", "--output", output, "--json"]);
    expect(JSON.parse(skipped.out)).toMatchObject({ examples: 40, skipped: 1 });
  });
});

describe("inkstone classify", () => {
  it("answers a text, or a line each of standard input, with the words that decided", async () => {
    const one = await inkstone(["classify", model, "A superb song"]);
    expect(one.out).toMatch(/^good {2}\d+\.\d % {2}\(because of: superb \+/);
    const many = await inkstone(["classify", model, "-", "--json"], { input: "A superb song\n\nso boring\n" });
    const answers = many.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ text, label }) => [text, label])).toEqual([
      ["A superb song", "good"],
      ["", null],
      ["so boring", "bad"],
    ]);
    expect(answers[2].because[0].text).toBe("boring");
  });

  it("answers a whole table: every column kept, label and confidence added", async () => {
    const [from, to] = [join(folder, "new.csv"), join(folder, "answered.csv")];
    writeFileSync(from, "nr;opinion\n1;A superb, superb song\n2;so boring\n");
    const done = await inkstone(["classify", model, "--input", from, "--text", "opinion", "--output", to]);
    expect(done, done.err).toMatchObject({ code: 0, out: expect.stringContaining("2 rows"), err: expect.stringContaining('";"') });
    const [head, first, second] = readFileSync(to, "utf8").trim().split("\n");
    expect(head).toBe("nr,opinion,label,confidence");
    expect([first, second]).toEqual([
      expect.stringMatching(/^1,"A superb, superb song",good,0\.\d+$/),
      expect.stringMatching(/^2,so boring,bad,0\.\d+$/),
    ]);
    expect(await inkstone(["classify", model, "--input", from, "--output", to])).toMatchObject({ code: 73, err: expect.stringContaining("--force") });
    expect(await inkstone(["classify", model, "--input", from, "--output", from, "--force"])).toMatchObject({ code: 64 });
    expect(await inkstone(["classify", model, from])).toMatchObject({ code: 64, err: expect.stringContaining("--input") });
  });

  it("refuses one file for the classifier and its report, and a report that nobody could name", async () => {
    const both = join(folder, "both.json");
    expect(await inkstone(["classify", "train", data, ...columns, "--output", both, "--report", both])).toMatchObject({ code: 64 });
    expect(await inkstone(["classify", "train", data, ...columns, "--output", both, "--report", join(folder, "r.pdf")])).toMatchObject({ code: 64 });
    expect(() => readFileSync(both)).toThrow();
  });

  it("says what is no classifier, and what is no text", async () => {
    const none = await inkstone(["classify", data, "x"]);
    expect([none.code, none.err.includes("cannot be opened as a trained classifier")]).toEqual([65, true]);
    expect((await inkstone(["classify", model, " "])).code).toBe(65);
  });
});

describe("inkstone evaluate", () => {
  it("scores a saved classifier, or its kind by cross-validation, the same twice", async () => {
    const plain = await inkstone(["evaluate", model, data, ...columns, "--json"]);
    expect(JSON.parse(plain.out).report.accuracy).toBe(1); // it has seen these
    const folds = ["evaluate", model, data, ...columns, "--folds", "4", "--json"];
    const [first, second] = await Promise.all([inkstone(folds), inkstone([...folds, "--parallel", "2"])]);
    expect(first.code, first.err).toBe(0);
    expect(second.out).toBe(first.out);
    expect(JSON.parse(first.out).folds.macroF1.values).toHaveLength(4);
  });
});
