// Text classifiers: what they learn, how sure they are, what decided, and that what was saved is what is opened.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openDataset } from "#data";
import {
  classifyTable,
  evaluateTraining,
  jsonPieces,
  languageOfTexts,
  learnedAmong,
  learnedRows,
  learningCurveOf,
  readExamples,
  TextClassifier,
  trainTextClassifier,
} from "#pipelines";
import { crossValidateEach } from "#train";
import { confidences, fitTemperature } from "../../dist/pipelines/confidence.js";
import { decidingWords } from "../../dist/pipelines/deciding-words.js";
import { learnFeatures } from "../../dist/pipelines/text-features.js";
import { trialFolds } from "../../dist/pipelines/trial.js";

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
    expect(await classifier.predict(asked)).toEqual(expected);
    expect(classifier.card).toMatchObject({ language, examples: examples.length, trial: { folds: 4, seed: 0 } });
  });

  it("gives the same file for the same examples and seed", async () => {
    const [one, two] = await Promise.all([trainTextClassifier(english, { folds: 3, seed: 5 }), trainTextClassifier(english, { folds: 3, seed: 5 })]);
    expect(JSON.stringify(two.classifier)).toBe(JSON.stringify(one.classifier));
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

describe("a trial", () => {
  const labelled = (rows: readonly (readonly [string, string])[]) => rows.map(([text, label]) => ({ text, label }));

  it("keeps repeats of a text together: what was learned by heart is not asked", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i * 7919} of no meaning ${(i * 104729) % 997}`);
    const rows = texts.flatMap((text, i) =>
      Array.from({ length: 5 }, (_, k) => ({ text: k % 2 ? text.toUpperCase() : text, label: (i * 31) % 7 < 3 ? "a" : "b" })),
    );
    const { tried, folds, classifier } = await trainTextClassifier(rows, { model: "naive-bayes" });
    expect(folds).toMatchObject({ repeats: 160, folds: 5, untested: [] });
    expect(tried[0].trial.metrics.accuracy.mean).toBeLessThan(0.8);
    expect(classifier.card).toMatchObject({ trial: { repeatsKeptTogether: 160 } });
    for (let row = 0; row < rows.length; row += 5) expect(new Set(tried[0].trial.fold.subarray(row, row + 5)).size).toBe(1);
  });

  it("learns a label with one text, and does not test it", async () => {
    const few = labelled([
      ["good film", "pos"],
      ["very good", "pos"],
      ["bad film", "neg"],
    ]);
    const trained = await trainTextClassifier(few, { model: "linear-svm" });
    expect(trained.classifier.classes).toEqual(["neg", "pos"]);
    expect(trained.folds).toMatchObject({ folds: 2, untested: ["neg"] });
    expect(evaluateTraining(few, trained)?.rows).toEqual([1, 2]);
    expect((await trained.classifier.classify("so bad")).label).toBe("neg");
  });

  it("is left out where no label has two texts: the classifier is made all the same", async () => {
    const intents = labelled([
      ["open the window", "open"],
      ["close the door", "close"],
      ["call mum", "call"],
    ]);
    const trained = await trainTextClassifier(intents);
    expect([trained.tried, trained.folds]).toEqual([[], undefined]);
    expect((await trained.classifier.classify("please call her")).label).toBe("call");
    expect(evaluateTraining(intents, trained)).toBeUndefined();
  });

  it("takes any number of rows and labels", () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => i);
    const folds = trialFolds(
      rows.map(String),
      rows.map((i) => `label ${i >> 1}`),
      { folds: 5 },
    );
    expect(folds?.fold.length).toBe(300_000);
    expect(folds?.folds).toBe(2);
  });

  it("prepares the features of a fold once for all models", async () => {
    let [learned, applied] = [0, 0];
    const lengths = {
      learn: async (x: readonly string[]) => {
        learned++;
        return x.map((text) => text.length);
      },
      apply: async (_: unknown, x: readonly string[]) => {
        applied++;
        return x.map((text) => text.length);
      },
    };
    const make = () => ({ classes: ["s", "l"], fit() {}, scores: (x: readonly number[]) => x.map((n) => [2 - n, n - 2]) });
    const trials = await crossValidateEach([make, make, make], lengths, ["a", "bbb", "c", "ddd"], ["s", "l", "s", "l"], { folds: 2 });
    expect([learned, applied, trials.length]).toEqual([2, 2, 3]);
    expect(trials[2].predictions).toEqual(["s", "l", "s", "l"]);
  });

  it("works for texts without a single word", async () => {
    const emoji = labelled(["😀", "😀😀", "😀!", "😡", "😡😡", "😡!"].map((text, i) => [text, i < 3 ? "+" : "-"] as const));
    const { classifier } = await trainTextClassifier(emoji, { model: "linear-svm", folds: 3 });
    expect((await classifier.classify("😡😡!")).label).toBe("-");
  });
});

describe("an answer", () => {
  it("of a text of which nothing is known says so, and is sure of nothing", async () => {
    const { classifier } = await trainTextClassifier(chinese, { model: "linear-svm", folds: 3 });
    expect(await classifier.classify("zzz")).toMatchObject({ unknown: true, confidence: 0.5 });
    expect((await classifier.classify("很好")).unknown).toBeUndefined();
    expect(await classifier.classifyAll(["zzz", "很好"])).toEqual([await classifier.classify("zzz"), await classifier.classify("很好")]);
  });

  it("ends when it is told to, and refuses what is no text by its row", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 2 });
    await expect(classifier.predict(["a"], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await expect(classifier.predict(["a", null as unknown as string])).rejects.toMatchObject({ code: "E_TEXT_VALUE", parameters: { row: 1 } });
    await expect(new TextClassifier().fit(["a", undefined as unknown as string], ["x", "y"])).rejects.toMatchObject({ code: "E_TEXT_VALUE" });
    expect(() => new TextClassifier({ modle: "naive-bayes" } as object)).toThrow(expect.objectContaining({ code: "E_OPTION_UNKNOWN" }));
  });

  it("has confidences that sum to one, likeliest first, and words that stand where it says", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 4 });
    const text = "😀 The meal was dreadful, I think.";
    const { label, confidence, classes, because = [] } = await classifier.classify(text, { because: 3 });
    expect(label).toBe("bad");
    expect(classes[0]).toEqual({ label, confidence });
    expect(classes.reduce((sum, each) => sum + each.confidence, 0)).toBeCloseTo(1, 12);
    expect(because[0]).toMatchObject({ text: "dreadful" });
    expect(because[0].weight).toBeGreaterThan(0);
    for (const word of because) expect(text.slice(word.start, word.end)).toBe(word.text);
  });

  it("is refused before anything was learned", async () => {
    await expect(new TextClassifier().classify("x")).rejects.toMatchObject({ code: "E_NOT_FITTED" });
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
        const counts = [0, 1].map((label) => truth.filter((each) => each === label).length);
        const loss = (t: number) =>
          scores.reduce((sum, each, i) => {
            const said = confidences(each, t).map((share) => Math.log(Math.max(share, 1e-300)));
            const rest = 1 / (counts[truth[i]] + 2);
            return sum - (1 - rest) * said[truth[i]] - rest * said[1 - truth[i]];
          }, 0);
        const found = loss(fitTemperature(scores, truth, [0, 1]));
        for (let power = -6.9; power < 7; power += 0.1) expect(found).toBeLessThanOrEqual(loss(Math.exp(power)) + 1e-6 * rows.length);
      }),
      { numRuns: 50 },
    );
  });

  it("is modest where the trial made no mistake: it grows with the number of examples and never becomes certainty", () => {
    const sureOf = (count: number) => {
      const truth = Array.from({ length: count }, (_, i) => i % 2);
      return confidences(
        [1, -1],
        fitTemperature(
          truth.map((right) => (right === 0 ? [1, -1] : [-1, 1])),
          truth,
          [0, 1],
        ),
      )[0];
    };
    expect(sureOf(32)).toBeCloseTo(17 / 18, 6);
    expect(sureOf(200)).toBeGreaterThan(sureOf(32));
  });

  it("takes scores of any size without overflow", () => {
    expect(confidences([1e300, -1e300, Number.NEGATIVE_INFINITY], 1)).toEqual([1, 0, 0]);
  });
});

describe("deciding words", () => {
  it("W16: are words as jieba cuts them, in whatever locale", async () => {
    const score = (texts: readonly string[]) => texts.map((text) => [text.includes("好吃") ? 2 : 0, 1]);
    expect((await decidingWords("the 面条很好吃 here", score, 0)).map(({ text, start }) => [text, start])).toEqual([["好吃", 7]]);
  });

  it("are what the answer loses without them", async () => {
    const score = (texts: readonly string[]) => texts.map((text) => [(text.match(/win/g)?.length ?? 0) * 2 - (text.includes("mum") ? 1 : 0), 0]);
    expect(await decidingWords("win mum win", score, 0)).toEqual([
      { text: "win", start: 0, end: 3, weight: 2 },
      { text: "win", start: 8, end: 11, weight: 2 },
      { text: "mum", start: 4, end: 7, weight: -1 },
    ]);
  });

  it("are none in a text without words", async () => {
    expect(await decidingWords("… !", (texts) => texts.map(() => [1, 0]), 0)).toEqual([]);
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
        expect(await opened.scores(asked)).toEqual(await classifier.scores(asked));
        expect(await opened.classify(asked[0])).toEqual(await classifier.classify(asked[0]));
        expect(JSON.stringify(opened)).toBe(JSON.stringify(classifier));
      }
  });

  it("of more features than can be kept has the most frequent ones", async () => {
    const texts = english.map(({ text }) => text);
    const all = await learnFeatures("en", texts, { classes: 2 });
    const some = await learnFeatures("en", texts, { classes: 10, mostWeights: 1000 });
    expect(all.most).toBeUndefined();
    expect([some.most, some.matrix.columns]).toEqual([100, 100]);
  });

  it("is written in pieces that are the JSON of the whole, pairs of UTF-16 unbroken", () => {
    const long = `${"😀".repeat(600_000)}a`;
    const value = { text: long, none: undefined, list: [1, null, ["墨", {}]], odd: '\u2028"' };
    const pieces = [...jsonPieces(value)].map((piece) => Buffer.from(piece));
    expect(pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(Buffer.concat(pieces).toString())).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it("with weights of 64 bits, of version 1, opens still", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "naive-bayes", folds: 2 });
    const saved = JSON.parse(JSON.stringify(classifier));
    const narrow = new Float32Array(new Uint8Array(Buffer.from(saved.model.coefficients32, "base64")).buffer);
    const { coefficients32: _, ...model } = saved.model;
    const coefficients = Buffer.from(Float64Array.from(narrow).buffer).toString("base64");
    const old = TextClassifier.fromJSON({ ...saved, formatVersion: 1, model: { ...model, coefficients } });
    expect(await old.scores(["a superb film"])).toEqual(await classifier.scores(["a superb film"]));
  });

  it("whose parts do not go together, or that asks for what no classifier has, is refused before it is used", async () => {
    const { classifier } = await trainTextClassifier(chinese, { model: "linear-svm", folds: 2 });
    const saved = JSON.parse(JSON.stringify(classifier));
    const { vectoriser, model } = saved;
    const features = (changed: object) => ({ ...saved, vectoriser: { ...vectoriser, options: { ...vectoriser.options, ...changed } } });
    const cases: [string, unknown][] = [
      ["a pattern", features({ tokenPattern: { source: "(?:a+)+$", flags: "gu" } })],
      ["long n-grams", features({ ngramRange: [1, 100] })],
      ["no n-grams", features({ ngramRange: null })],
      ["another width", { ...saved, vectoriser: { ...vectoriser, vocabulary: vectoriser.vocabulary.slice(1), idf: vectoriser.idf.slice(1) } }],
      ["no idf", { ...saved, vectoriser: { ...vectoriser, idf: null } }],
      ["one class twice", { ...saved, model: { ...model, classes: ["好", "好"] } }],
      ["no language", { ...saved, options: { ...saved.options, language: "xx" } }],
      ["a hidden width", { ...saved, vectoriser: { ...vectoriser, type: "HashingVectorizer" } }],
    ];
    for (const [name, content] of cases)
      expect(() => TextClassifier.fromJSON(content), name).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/E_PIPELINE|E_SAVED_MODEL/) }),
      );
  });

  it.skipIf(process.platform === "win32")("is no pipe and no device: nobody waits for it", async () => {
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    for (const path of [fifo, "/dev/zero", folder]) await expect(TextClassifier.load(path)).rejects.toMatchObject({ code: "E_FORMAT_NOT_A_FILE" });
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
    await expect(TextClassifier.load(join(folder, "absent.json"))).rejects.toMatchObject({
      code: "E_FORMAT_NO_FILE",
      message: expect.stringContaining(join(folder, "absent.json")),
    });
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
      { text: "ink", label: "1", line: 2 },
      { text: "stone", label: "2", line: 3 },
    ]);
    expect(skipped).toHaveLength(2);
    await expect(readExamples(path, { text: "words" })).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
  });
});

describe("examples of other kinds", () => {
  const put = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it.each([
    ['{"text":{"en":"good"},"label":"a"}', "is an object"],
    ['{"text":["I","am"],"label":"a"}', "is a list"],
    ['{"text":"x","label":{"toString":1}}', "is an object"],
    ['{"text":"x","label":12345678901234567890}', "write it in quotes"],
  ])("%s is refused with its line", async (row, why) => {
    const path = put("kinds.jsonl", `{"text":"good","label":"a"}\n${row}\n`);
    await expect(readExamples(path)).rejects.toMatchObject({ code: "E_DATA_ROW", parameters: { line: 2 }, message: expect.stringContaining(why) });
    expect(await readExamples(path, { skipBad: true })).toMatchObject({ examples: [{ text: "good" }], skipped: [expect.stringContaining(why)] });
  });

  it("a row without its label is one bad row; a column that no row has is named", async () => {
    const path = put("gap.jsonl", '{"text":"a","label":"x"}\n{"text":"b"}\n{"text":"c","label":"y"}\n');
    await expect(readExamples(path)).rejects.toMatchObject({ code: "E_DATA_ROW", parameters: { line: 2 } });
    expect((await readExamples(path, { skipBad: true })).examples.map(({ line }) => line)).toEqual([1, 3]);
    await expect(readExamples(path, { label: "labels", skipBad: true })).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
    await expect(readExamples(path, { label: "labels" })).rejects.toMatchObject({ code: "E_DATA_COLUMN", parameters: { found: "text, label" } });
    const first = put("first.jsonl", '{"text":"b"}\n{"text":"a","label":"x"}\n{"text":"c","label":"y"}\n');
    await expect(readExamples(first)).rejects.toMatchObject({ code: "E_DATA_ROW", parameters: { line: 1 } });
  });

  it("where all rows are broken the first reason is told", async () => {
    await expect(readExamples(put("all.csv", "text,label\n,1\n,2\n"), { skipBad: true })).rejects.toMatchObject({ code: "E_DATA_ROW" });
  });
});

describe("a table", () => {
  it("comes out with every column, in order, and two more", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 4 });
    const [from, to] = [join(folder, "in.csv"), join(folder, "out.csv")];
    writeFileSync(from, 'id,review,note\n1,"a superb, lovely film","two\nlines"\n2,so boring,=1+1\n3,,empty\n');
    const done = await classifyTable(classifier, from, to);
    expect(done).toMatchObject({ rows: 3, empty: 1, text: "review", added: ["label", "confidence"] });
    const rows = await openDataset(to).toArray();
    expect(rows.map(({ id, note, label }) => [id, note, label])).toEqual([
      ["1", "two\nlines", "good"],
      ["2", "=1+1", "bad"],
      ["3", "empty", ""],
    ]);
    expect(Number(rows[0].confidence)).toBeCloseTo((await classifier.classify("a superb, lovely film")).confidence, 3);
    await expect(classifyTable(classifier, from, to, { text: "text" })).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
    for (const name of ["out.xlsx", "out", "out.csv.gz"])
      await expect(classifyTable(classifier, from, join(folder, name))).rejects.toMatchObject({
        code: "E_DATA_KIND",
        message: expect.stringMatching(/Known: \.csv, \.tsv, \.tab, \.jsonl, \.ndjson\./),
      });
  });

  it("that has such columns keeps them", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "linear-svm", folds: 4 });
    const [from, to] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
    writeFileSync(from, '{"text":"boring","label":"mine","deep":{"a":1}}\n');
    expect((await classifyTable(classifier, from, to)).added).toEqual(["predicted_label", "confidence"]);
    expect((await openDataset(to).toArray())[0]).toMatchObject({ label: "mine", predicted_label: "bad", deep: { a: 1 } });
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

describe("the words that decided, in a long text", () => {
  it("are found wherever they stand, at a bounded cost", async () => {
    const filler = Array.from({ length: 5000 }, (_, i) => `word${i}`);
    for (const at of [0, 230, 2500, 4999]) {
      const words = [...filler.slice(0, at), "lost", ...filler.slice(at)];
      let scored = 0;
      const score = (texts: readonly string[]) => {
        scored += texts.length;
        return texts.map((text) => [/\blost\b/.test(text) ? 2 : 0, 1]);
      };
      expect(await decidingWords(words.join(" "), score, 0, 5), String(at)).toEqual([expect.objectContaining({ text: "lost", weight: 2 })]);
      expect(scored).toBeLessThanOrEqual(401);
    }
  });
});

describe("the texts that were learned", () => {
  it("are known again by the card, whatever their case and spaces, and others are not", async () => {
    const { classifier } = await trainTextClassifier(english, { model: "naive-bayes", folds: 2 });
    const texts = english.map(({ text }) => text);
    expect(learnedAmong(classifier.card, texts)).toEqual({ looked: texts.length, found: texts.length });
    expect(
      learnedAmong(
        classifier.card,
        texts.map((text) => ` ${text.toUpperCase()} `),
      )?.found,
    ).toBe(texts.length);
    expect(
      learnedAmong(
        classifier.card,
        texts.map((text) => `${text} indeed`),
      )?.found,
    ).toBe(0);
    expect(learnedAmong({}, texts)).toBeUndefined();
  });

  it("of very many are sampled: all that is told is right, but for one in some hundreds of others", () => {
    const texts = Array.from({ length: 150_000 }, (_, i) => `text ${i}`);
    const card = { learned: learnedRows(texts) };
    expect(card.learned).toMatchObject({ texts: 150_000, step: 3 });
    const some = learnedAmong(card, texts.slice(0, 3000));
    expect(some?.found).toBe(some?.looked);
    expect(some?.looked).toBeGreaterThan(800);
    const others = learnedAmong(
      card,
      texts.slice(0, 3000).map((text) => `${text} not`),
    );
    expect(others?.found).toBeLessThan((others?.looked ?? 0) / 200);
  });
});
