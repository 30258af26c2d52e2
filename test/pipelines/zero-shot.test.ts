// Classes without training, tasks by their names, and vectors beside other readings of texts: with the encoder of the store, where it is there.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkData } from "#data";
import { EmbeddingModel } from "#generate";
import { localPath } from "#hub";
import { nativeStatus } from "#native";
import { meaningFinder, meaningTopics, pipeline, TextClassifier, ZeroShotClassifier } from "#pipelines";

const folder = mkdtempSync(join(tmpdir(), "inkstone-zero-shot-"));
afterAll(() => rmSync(folder, { recursive: true }));

const minilm = nativeStatus().available && (await localPath("minilm"));

/** A language model whose likelihood of a label is what its words and its leaning say. */
const scoring = (leaning: Readonly<Record<string, number>>) => ({
  information: { name: "counted" },
  async score(items: readonly { readonly context: string; readonly continuation: string }[]) {
    return items.map(({ context, continuation }) => {
      const label = continuation.trim();
      const text = context.slice(context.lastIndexOf("Text: "));
      const said = text.includes("wonderful") && label === "good" ? 1 : text.includes("dull") && label === "bad" ? 1 : 0;
      return { logProbability: said + (leaning[label] ?? 0), tokens: 1, cut: 0 };
    });
  },
  close: async () => undefined,
});

describe("classes by likelihood", () => {
  it("do not follow what the model leans to without a text", async () => {
    const model = scoring({ good: 5, bad: 0 }) as unknown as Parameters<typeof ZeroShotClassifier.byLikelihood>[0];
    const classifier = await ZeroShotClassifier.byLikelihood(model, { labels: ["good", "bad"] });
    const answers = await classifier.classifyAll(["a wonderful film", "a dull film", "a film"]);
    expect(answers.map(({ label }) => label).slice(0, 2)).toEqual(["good", "bad"]);
    expect(answers[2].confidence).toBeCloseTo(0.5, 12);
  });

  it("are refused where labels are fewer than two, repeat, or an example has another", async () => {
    const model = scoring({}) as unknown as Parameters<typeof ZeroShotClassifier.byLikelihood>[0];
    for (const labels of [[], ["a"], ["a", "a"], ["a", " "]])
      await expect(ZeroShotClassifier.byLikelihood(model, { labels })).rejects.toMatchObject({ code: "E_OPTION" });
    const wrong = { labels: ["a", "b"], examples: [{ text: "x", label: "c" }] };
    await expect(ZeroShotClassifier.byLikelihood(model, wrong)).rejects.toMatchObject({ code: "E_OPTION" });
  });
});

describe.runIf(minilm)("an encoder of the store", () => {
  it("tells labels apart by what they mean, and by examples", async () => {
    const classifier = await ZeroShotClassifier.open("minilm", { labels: ["sport", "cooking"] });
    const answers = await classifier.classifyAll(["She scored twice in the second half.", "Simmer the onions until they are soft."]);
    expect(answers.map(({ label }) => label)).toEqual(["sport", "cooking"]);
    await classifier.close();
    const named = {
      labels: ["A", "B"],
      examples: [
        { text: "the goalkeeper saved a shot", label: "A" },
        { text: "fry the eggs in butter", label: "B" },
      ],
    };
    const byExamples = await ZeroShotClassifier.open("minilm", named);
    expect((await byExamples.classify("Bake the bread for an hour.")).label).toBe("B");
    await byExamples.close();
  });

  it.each([
    "token-classification",
    "question-answering",
    "fill-mask",
    "text-classification",
    "text-generation",
    "translation",
    "summarization",
  ] as const)("is refused for %s by both names", async (task) => {
    const refused = expect.objectContaining({ code: "E_PIPELINE_TASK", parameters: expect.objectContaining({ task, model: "minilm" }) });
    await expect(pipeline(task, "minilm")).rejects.toEqual(refused);
  });

  it("learns from few examples by its vectors, and is opened again with its classifier", async () => {
    const texts = ["a wonderful film", "I loved it", "superb acting", "a terrible film", "I hated it", "awful acting"];
    const labels = ["+", "+", "+", "-", "-", "-"];
    const classifier = await new TextClassifier({ model: "embeddings", embeddings: "minilm" }).fit(texts, labels);
    const path = join(folder, "classifier.json");
    await classifier.save(path);
    const opened = await TextClassifier.load(path);
    expect(await opened.predict(["a fantastic picture", "a dreadful picture"])).toEqual(["+", "-"]);
    await classifier.close();
    await opened.close();
  });

  it("finds near duplicates by meaning, and topics", async () => {
    const model = await EmbeddingModel.open("minilm");
    const file = join(folder, "rows.csv");
    writeFileSync(file, "text\nThe car is fast.\nI like tea.\nThe automobile is quick.\n");
    const { nearDuplicates } = await checkData([file], { nearDuplicates: meaningFinder(model, 0.6) });
    expect(nearDuplicates?.examples).toMatchObject([{ first: { line: 2 }, again: { line: 4 } }]);
    const texts = ["the striker scored a goal", "the keeper saved a penalty", "boil the pasta", "fry the onions"];
    const topics = await meaningTopics(texts, (await model.embed(texts)).vectors, { topics: 2 });
    expect(topics.map(({ members }) => [...members].sort()).sort()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    await model.close();
  });
});
