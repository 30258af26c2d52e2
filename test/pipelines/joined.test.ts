// Words and vectors in one linear model, and offsets of classes: learned, saved, opened, refused. The model is skipped where minilm is not at hand.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EmbeddingModel, type TextEmbedder } from "#generate";
import { findUsualEmbeddings, TextClassifier, trainTextClassifier } from "#pipelines";

const folder = mkdtempSync(join(tmpdir(), "inkstone-joined-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const texts = ["a wonderful film", "I loved it", "superb acting", "a terrible film", "I hated it", "awful acting"];
const labels = ["+", "+", "+", "-", "-", "-"];
// The first value of a vector says which kind of word is there.
const embedder = (width = 2): TextEmbedder & { asked: number } => ({
  information: { name: "toy" },
  asked: 0,
  async embed(given) {
    this.asked += given.length;
    return { vectors: given.map((text) => new Float32Array(width).fill(/wonder|love|superb|fantastic/.test(text) ? 1 : -1)), tokens: 0 };
  },
  close: async () => undefined,
});

describe("words joined with vectors", () => {
  it("are learned together, and opened again with the vectors of the same model", async () => {
    const classifier = await new TextClassifier({ model: "joined", embeddings: "toy" }).fit(texts, labels, { embedder: embedder() });
    const asked = ["fantastic", "dreadful"];
    expect(await classifier.predict(asked)).toEqual(["+", "-"]);
    const opened = TextClassifier.fromJSON(JSON.parse(JSON.stringify(classifier.toJSON())), "x", { embedder: embedder() });
    expect(await opened.scores(asked)).toEqual(await classifier.scores(asked));
    expect(opened.modelName).toBe("joined");
    const other = TextClassifier.fromJSON(classifier.toJSON(), "x", { embedder: embedder(3) });
    await expect(other.predict(asked)).rejects.toMatchObject({ code: "E_PIPELINE" });
    const { embeddings: _, ...options } = classifier.toJSON().options;
    expect(() => TextClassifier.fromJSON({ ...classifier.toJSON(), options })).toThrow(expect.objectContaining({ code: "E_PIPELINE" }));
    expect(() => TextClassifier.fromJSON({ ...classifier.toJSON(), offsets: [1] })).toThrow(expect.objectContaining({ code: "E_PIPELINE" }));
  });

  it("are tried by cross-validation on vectors that were made once", async () => {
    const lent = embedder();
    const { classifier, tried } = await trainTextClassifier(
      texts.map((text, i) => ({ text, label: labels[i] })),
      { model: "joined", embeddings: "toy", embedder: lent, folds: 3 },
    );
    expect(lent.asked).toBe(texts.length);
    expect(tried[0].trial.metrics.accuracy.mean).toBe(1);
    expect(classifier.card).toMatchObject({ embeddings: "toy" });
  });

  it("lets classes of unlike size count alike where the trial finds more of the rare one, saved and opened again too", async () => {
    const word = (i: number) => String.fromCharCode(97 + ((i * 7) % 26), 97 + ((i * 11 + 3) % 26));
    const rows = [
      ...Array.from({ length: 72 }, (_, i) => ({ text: `${i % 5 === 0 ? "tea" : "coffee"} ${word(i)}`, label: "usual" })),
      ...Array.from({ length: 10 }, (_, i) => ({ text: `tea ${word(i + 5)} ${word(i + 11)}`, label: "rare" })),
    ];
    const lent = embedder();
    const { classifier, tried } = await trainTextClassifier(rows, { model: "joined", embeddings: "toy", embedder: lent, folds: 3 });
    expect(lent.asked).toBe(rows.length);
    expect(tried.length).toBe(1);
    expect(classifier.card).toMatchObject({ classWeight: "balanced" });
    const saved = JSON.parse(JSON.stringify(classifier.toJSON()));
    expect(saved.options.classWeight).toBe("balanced");
    expect(await TextClassifier.fromJSON(saved, "x", { embedder: embedder() }).scores(["tea"])).toEqual(await classifier.scores(["tea"]));
    expect(await classifier.predict(["tea", "coffee"])).toEqual(["rare", "usual"]);
    const given = ["tea", "tea", "tea", "tea", "tea", ...Array(15).fill("coffee"), "tea", "tea", "tea", "tea"];
    const said = given.map((_, i) => (i < 20 ? "usual" : "rare"));
    const plain = await new TextClassifier().fit(given, said);
    const alike = await new TextClassifier({ classWeight: "balanced" }).fit(given, said);
    expect([await plain.predict(["tea"]), await alike.predict(["tea"])]).toEqual([["usual"], ["rare"]]);
    expect(() => new TextClassifier({ model: "naive-bayes", classWeight: "balanced" })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
    const broken = { ...saved, options: { ...saved.options, classWeight: "heavy" } };
    expect(() => TextClassifier.fromJSON(broken)).toThrow(expect.objectContaining({ code: "E_PIPELINE" }));
  });

  it("sees posts with marks where it is asked to, saved and opened again too, and names words of the post as it was given", async () => {
    const posts = ["call 09061234567 now", "ring 09071234568 please", "win £1000 by text", "see you at home", "are you there", "what about lunch"];
    const given = posts.map((text, i) => ({ text, label: i < 3 ? "spam" : "ok" }));
    const { classifier } = await trainTextClassifier(given, { model: "linear-svm", marks: true, folds: 3 });
    const opened = TextClassifier.fromJSON(JSON.parse(JSON.stringify(classifier.toJSON())));
    const unseen = "phone 08001112223";
    for (const one of [classifier, opened]) {
      const { label, because = [] } = await one.classify(unseen, { because: 1 });
      expect(label).toBe("spam");
      expect(because.map(({ text, start, end }) => [text, unseen.slice(start, end)])).toEqual([["08001112223", "08001112223"]]);
    }
    const plain = await new TextClassifier({ model: "linear-svm" }).fit(
      posts,
      given.map(({ label }) => label),
    );
    expect(await plain.scores([unseen])).not.toEqual(await opened.scores([unseen]));
    expect(() => TextClassifier.fromJSON({ ...classifier.toJSON(), options: { ...classifier.toJSON().options, marks: 1 } })).toThrow(
      expect.objectContaining({ code: "E_PIPELINE" }),
    );
  });

  it("move the scores of a rare class where the mean over classes gains by it", async () => {
    const examples = Array.from({ length: 200 }, (_, i) => ({
      text: i % 10 === 0 ? `odd ${i % 7} word ${i % 3}` : `word ${i % 3} plain ${i % 5}${i % 11 === 0 ? " odd" : ""}`,
      label: i % 10 === 0 ? "rare" : "usual",
    }));
    const [plain, balanced] = [
      await trainTextClassifier(examples, { model: "linear-svm", folds: 4 }),
      await trainTextClassifier(examples, { model: "linear-svm", folds: 4, balance: true }),
    ];
    expect(balanced.tried[0].trial.metrics.macroF1.mean).toBeGreaterThanOrEqual(plain.tried[0].trial.metrics.macroF1.mean - 0.02);
    expect(balanced.classifier.offsets).toHaveLength(2);
    const path = join(folder, "balanced.json");
    await balanced.classifier.save(path);
    const opened = await TextClassifier.load(path);
    expect(opened.offsets).toEqual(balanced.classifier.offsets);
    expect(await opened.predict(["odd word"])).toEqual(await balanced.classifier.predict(["odd word"]));
  });

  it("of a file that asks for a model nobody has name it", async () => {
    const classifier = await new TextClassifier({ model: "joined", embeddings: "toy" }).fit(texts, labels, { embedder: embedder() });
    const path = join(folder, "toy.json");
    writeFileSync(path, JSON.stringify({ ...classifier.toJSON(), options: { ...classifier.toJSON().options, embeddings: join(folder, "nowhere") } }));
    await expect((await TextClassifier.load(path)).predict(["x"])).rejects.toMatchObject({
      parameters: expect.objectContaining({ path: join(folder, "nowhere") }),
    });
  });

  it("know paraphrases that share no word with the examples", async (context) => {
    if (!(await findUsualEmbeddings("en")).isAtHand) return context.skip();
    const model = await EmbeddingModel.open("minilm");
    const classifier = await new TextClassifier({ model: "joined", embeddings: "minilm" }).fit(texts, labels, { embedder: model });
    expect(await classifier.predict(["a fantastic picture", "a dreadful picture"])).toEqual(["+", "-"]);
    await model.close();
  });
});
