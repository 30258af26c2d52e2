// A tuned encoder and counted words that answer together: what is learned from whom, the folder, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { trainModeration } from "#apps";
import { localPath } from "#hub";
import { nativeStatus } from "#native";
import { TextClassifier, tuneWithWords } from "#pipelines";

const minilm = nativeStatus().available && (await localPath("minilm"));
const folder = mkdtempSync(join(tmpdir(), "inkstone-beside-"));
afterAll(() => rmSync(folder, { recursive: true }));

const things = [
  "film",
  "book",
  "song",
  "play",
  "meal",
  "room",
  "game",
  "show",
  "tale",
  "view",
  "walk",
  "tour",
  "hall",
  "lamp",
  "coat",
  "desk",
  "ring",
  "suit",
  "bike",
  "door",
];
const examples = things.flatMap((thing) => [
  { text: `a wonderful ${thing} that I loved`, label: "+" },
  { text: `an awful ${thing} that I hated`, label: "-" },
]);

describe.skipIf(!minilm)("an encoder tuned with words beside it", () => {
  it("answers alike from its folder, from a copy and with other words; a broken folder is refused", async () => {
    const output = join(folder, "tuned");
    const { classifier, held, trial, wordsWeight } = await tuneWithWords(examples, { reference: "minilm", output, epochs: 1, balance: true });
    try {
      expect([held.length, trial.predictions.length, classifier.modelName]).toEqual([4, 4, "tuned"]);
      expect(wordsWeight).toBeGreaterThanOrEqual(0);
      const asked = ["a wonderful stone", "an awful stone", "ink"];
      const words = await new TextClassifier().fit(
        examples.map(({ text }) => text),
        examples.map(({ label }) => label),
      );
      const alone = await classifier.withWords(words, 0).scores(asked);
      classifier.withWords(words, 2).offsets = [0.25, 0];
      const together = await classifier.scores(asked);
      const said = await words.scores(asked);
      const order = classifier.classes.map((label) => words.classes.indexOf(label));
      for (const [i, row] of together.entries())
        for (const [at, score] of row.entries()) expect(score).toBeCloseTo(alone[i][at] + 2 * said[i][order[at]] + (at === 0 ? 0.25 : 0), 5);
      for (const path of [output, join(folder, "copy")]) {
        await classifier.save(path);
        const again = await TextClassifier.load(path);
        expect(await again.scores(asked)).toEqual(together);
        expect((await again.classify(asked[0], { because: 2 })).because?.length).toBeGreaterThan(0);
        await again.close();
      }
      expect(() => words.withWords(words, 1)).toThrow(expect.objectContaining({ code: "E_OPTION" }));
      const facts = join(folder, "copy", "inkstone.json");
      writeFileSync(facts, readFileSync(facts, "utf8").replace("0.25", '"much"'));
      await expect(TextClassifier.load(join(folder, "copy"))).rejects.toMatchObject({ code: "E_PIPELINE" });
    } finally {
      await classifier.close();
    }
  }, 120_000);

  it("is what moderation trains as tuned, its thresholds from rows that it had not seen", async () => {
    const output = join(folder, "moderation");
    const { classifier, thresholds } = await trainModeration(examples, { model: "tuned", output, epochs: 1, precision: 0.5 });
    await classifier.save(output).finally(() => classifier.close());
    expect(thresholds.map(({ label, examples: rows }) => [label, rows])).toEqual([
      ["+", 2],
      ["-", 2],
    ]);
    const again = await TextClassifier.load(output);
    expect(again.card).toMatchObject({ moderation: { precision: 0.5 } });
    await again.close();
  }, 120_000);
});

describe("moderation by a tuned encoder", () => {
  it("wants a folder, and says which options belong to it alone", async () => {
    await expect(trainModeration(examples, { model: "tuned" })).rejects.toMatchObject({ code: "E_OPTION", parameters: { option: "output" } });
    await expect(trainModeration(examples.slice(0, 10), { model: "tuned", output: join(folder, "few") })).rejects.toMatchObject({
      code: "E_DATA_SPLIT",
    });
    await expect(trainModeration(examples, { model: "linear-svm", epochs: 2 })).rejects.toMatchObject({ parameters: { option: "epochs" } });
  });
});
