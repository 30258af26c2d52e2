// Text classifiers: what they learn, how sure they are, what decided, and that what was saved is what is opened.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { languageOfTexts, learningCurveOf, readExamples, TextClassifier, trainTextClassifier } from "#pipelines";
import { confidences, fitTemperature } from "../../dist/pipelines/confidence.js";
import { decidingWords } from "../../dist/pipelines/deciding-words.js";

const folder = mkdtempSync(join(tmpdir(), "inkstone-classifier-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const praise = ["lovely", "wonderful", "superb", "delightful"];
const blame = ["awful", "dreadful", "boring", "broken"];
const things = ["film", "book", "phone", "meal", "song"];
const english = [...praise, ...blame].flatMap((word, i) =>
  things.map((thing) => ({ text: `The ${thing} was ${word}, I think.`, label: i < 4 ? "good" : "bad" })),
);
const chinese = ["很好", "喜欢", "满意", "很差", "失望", "难吃"].flatMap((word, i) =>
  ["电影", "酒店", "书", "菜"].map((thing) => ({ text: `这个${thing}真的${word}！`, label: i < 3 ? "好" : "差" })),
);

describe("training", () => {
  it.each([
    ["English", english, "en", ["a superb phone", "a broken phone"], ["good", "bad"]],
    ["Chinese", chinese, "zh", ["菜很好", "菜很差"], ["好", "差"]],
  ])("tries all models and keeps the best: %s", async (_, examples, language, asked, expected) => {
    const { classifier, tried } = await trainTextClassifier(examples, { folds: 4 });
    expect(classifier.language).toBe(language);
    expect(new Set(tried.map(({ name }) => name)).size).toBe(3);
    const scores = tried.map(({ trial }) => trial.metrics.macroF1.mean);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(classifier.modelName).toBe(tried[0].name);
    expect(classifier.predict(asked)).toEqual(expected);
    expect(classifier.card).toMatchObject({ language, examples: examples.length, trial: { folds: 4, seed: 0 } });
  });

  it("gives the same file for the same examples and seed", async () => {
    const [one, two] = await Promise.all([trainTextClassifier(english, { folds: 3, seed: 5 }), trainTextClassifier(english, { folds: 3, seed: 5 })]);
    const plain = (trained: typeof one) => JSON.stringify(trained.classifier);
    expect(plain(two)).toBe(plain(one));
  });

  it.each([
    ["nothing", [], "E_FIT_EMPTY"],
    ["one label", english.slice(0, 5), "E_FIT_ONE_CLASS"],
  ])("refuses %s", async (_, examples, code) => {
    await expect(trainTextClassifier(examples)).rejects.toMatchObject({ code });
  });

  it("ends when it is told to", async () => {
    const stop = new AbortController();
    const running = trainTextClassifier(english, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
    await expect(running).rejects.toThrow();
  });
});

describe("an answer", () => {
  it("has confidences that sum to one, likeliest first, and words that stand where it says", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 4 });
    const text = "😀 The meal was dreadful, I think.";
    const { label, confidence, classes, because = [] } = classifier.classify(text, { because: 3 });
    expect(label).toBe("bad");
    expect(classes[0]).toEqual({ label, confidence });
    expect(classes.reduce((sum, each) => sum + each.confidence, 0)).toBeCloseTo(1, 12);
    expect(because[0]).toMatchObject({ text: "dreadful" });
    expect(because[0].weight).toBeGreaterThan(0);
    for (const word of because) expect(text.slice(word.start, word.end)).toBe(word.text);
  });

  it("is refused before anything was learned", () => {
    expect(() => new TextClassifier().classify("x")).toThrow(expect.objectContaining({ code: "E_NOT_FITTED" }));
    expect(() => new TextClassifier({ model: "oracle" as "linear-svm" })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("confidence", () => {
  it("is as good as the best of a fine grid of temperatures", () => {
    const row = fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 0, max: 1 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        const scores = rows.map(([a, b]) => [a, b]);
        const truth = rows.map(([, , right]) => right);
        const loss = (t: number) => scores.reduce((sum, each, i) => sum - Math.log(Math.max(confidences(each, t)[truth[i]], 1e-300)), 0);
        const found = loss(fitTemperature(scores, truth, [0, 1]));
        for (let power = -6.9; power < 7; power += 0.1) expect(found).toBeLessThanOrEqual(loss(Math.exp(power)) + 1e-6 * rows.length);
      }),
      { numRuns: 50 },
    );
  });

  it("takes scores of any size without overflow", () => {
    expect(confidences([1e300, -1e300, Number.NEGATIVE_INFINITY], 1)).toEqual([1, 0, 0]);
  });
});

describe("deciding words", () => {
  it("are what the answer loses without them", () => {
    const score = (texts: readonly string[]) => texts.map((text) => [(text.match(/win/g)?.length ?? 0) * 2 - (text.includes("mum") ? 1 : 0), 0]);
    expect(decidingWords("win mum win", score, 0)).toEqual([
      { text: "win", start: 0, end: 3, weight: 2 },
      { text: "win", start: 8, end: 11, weight: 2 },
      { text: "mum", start: 4, end: 7, weight: -1 },
    ]);
  });

  it("are none in a text without words", () => {
    expect(decidingWords("… !", (texts) => texts.map(() => [1, 0]), 0)).toEqual([]);
  });
});

describe("a saved classifier", () => {
  it("gives the same bits when it is opened again", async () => {
    const path = join(folder, "reviews.json");
    for (const [examples, asked] of [
      [english, ["a lovely film", "boring"]],
      [chinese, ["喜欢这本书", "难吃"]],
    ] as const)
      for (const model of ["naive-bayes", "logistic-regression", "linear-svm"] as const) {
        const { classifier } = await trainTextClassifier(examples, { model, folds: 2 });
        await classifier.save(path);
        const opened = await TextClassifier.load(path);
        expect(opened.scores(asked)).toEqual(classifier.scores(asked));
        expect(opened.classify(asked[0])).toEqual(classifier.classify(asked[0]));
        expect(JSON.stringify(opened)).toBe(JSON.stringify(classifier));
      }
  });

  it("is refused when it is none, of another version, or damaged", async () => {
    const path = join(folder, "broken.json");
    const { classifier } = await trainTextClassifier(english, { model: "naive-bayes", folds: 2 });
    const saved = JSON.parse(JSON.stringify(classifier));
    const cases: [string, unknown][] = [
      ["not JSON", undefined],
      ["null", null],
      ["other type", { ...saved, type: "tagger" }],
      ["other version", { ...saved, formatVersion: 9 }],
      ["temperature", { ...saved, temperature: 0 }],
      ["options", { ...saved, options: null }],
    ];
    for (const [name, content] of cases) {
      writeFileSync(path, content === undefined ? "{" : JSON.stringify(content));
      await expect(TextClassifier.load(path), name).rejects.toMatchObject({ code: "E_PIPELINE" });
    }
    for (const part of ["vectoriser", "model"]) {
      writeFileSync(path, JSON.stringify({ ...saved, [part]: { type: "?" } }));
      await expect(TextClassifier.load(path), part).rejects.toMatchObject({ code: "E_SAVED_MODEL" });
    }
    await expect(TextClassifier.load(join(folder, "absent.json"))).rejects.toMatchObject({ code: "E_PIPELINE" });
    expect(readFileSync(path, "utf8")).toContain("text-classifier");
  });
});

describe("examples from files", () => {
  it("are trimmed texts with labels as texts, and broken rows are told by file and line", async () => {
    const path = join(folder, "rows.csv");
    writeFileSync(path, 'text,label\n" ink ",1\nstone,2\n,1\nbrush,\n');
    await expect(readExamples(path)).rejects.toMatchObject({ code: "E_DATA_ROW", parameters: { file: "rows.csv", line: 4 } });
    const { examples, skipped } = await readExamples(path, { skipBad: true });
    expect(examples).toEqual([
      { text: "ink", label: "1" },
      { text: "stone", label: "2" },
    ]);
    expect(skipped).toHaveLength(2);
    await expect(readExamples(path, { text: "words" })).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
  });
});

describe("the language of texts", () => {
  it.each([
    [["a plain text"], "en"],
    [["质量很好"], "zh"],
    [["iPhone 的屏幕很好"], "zh"],
    [["the character 好 means good, and this is English"], "en"],
    [["123 !!!"], "en"],
    [[], "en"],
  ])("%j is %s", (texts, language) => {
    expect(languageOfTexts(texts)).toBe(language);
  });
});

describe("a learning curve", () => {
  it("is scored on examples that no part holds, and is the same for the same seed", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 2 });
    const [one, two] = await Promise.all([learningCurveOf(classifier, english), learningCurveOf(classifier, english)]);
    expect(two).toEqual(one);
    expect(one.map(({ examples }) => examples)).toEqual([3, 8, 16, 24, 32]);
    expect(one.at(-1)?.macroF1).toBeGreaterThanOrEqual(one[0].macroF1);
  });

  it("leaves out parts of one label", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "naive-bayes", folds: 2 });
    expect(await learningCurveOf(classifier, english, { shares: [0.01, 1] })).toHaveLength(1);
  });
});
