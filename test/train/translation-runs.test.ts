// Encoder-decoders by recipes: what they learn, how they answer, where their runs open.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Translator } from "#generate";
import { TransformerEncoderDecoder } from "#models";
import { openExecutor } from "#native";
import { noGrad, tensor, tidy } from "#tensor";
import { loadTokenizer } from "#text";
import { openRun, RunFolder, recipeOf, trainRun } from "#train";
import { pairTokenizer } from "../../dist/train/recipe/pair-tokenizer.js";
import { inkstone } from "../cli/inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-translation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Letters to their capitals: every text of three of four letters.
const letters = [..."abcd"];
const rows = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => ({ source: a + b + c, target: (a + b + c).toUpperCase() }))));
const data = join(folder, "pairs.jsonl");
writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

const recipe = recipeOf({
  name: "capitals",
  data: { files: data, validation: 0.2 },
  model: { architecture: "encoder-decoder", depth: 1, width: 32, heads: 2, contextLength: 8, dropout: 0.05 },
  optimizer: { schedule: "inverse-square-root", warmup: 30, learningRate: 0.01, labelSmoothing: 0.1, average: 0.9 },
  batch: { rows: 16 },
  budget: { steps: 180 },
  evaluation: { every: 60, batches: 0, answers: 8 },
});
const path = join(folder, "run");
let made: ReturnType<typeof trainRun> | undefined;
const trained = () => {
  made ??= trainRun(recipe, { output: path });
  return made;
};

describe("a recipe of an encoder-decoder", () => {
  it("learns from pairs, tells BLEU and chrF at each look, and answers texts that it never saw", async () => {
    await trained();
    const looks = (await new RunFolder(path).log()).filter(({ validationLoss }) => validationLoss !== undefined);
    expect(looks.map(({ step, bleu, chrF }) => [step, typeof bleu, typeof chrF])).toEqual([60, 120, 180].map((step) => [step, "number", "number"]));
    expect(looks[2].chrF).toBeGreaterThan(75);
    expect(readFileSync(join(path, "README.md"), "utf8")).toMatch(/BLEU, chrF of answers/);
    expect(readFileSync(join(path, "samples.txt"), "utf8")).toMatch(/^[a-d]{3}\n-> [A-D]+/);
  });

  it("opens as a translator with a cache and beams, which writes what the whole model finds likeliest", async () => {
    await trained();
    const run = await openRun(path);
    const { model, coder } = run;
    if (!(model instanceof TransformerEncoderDecoder)) throw new Error("no encoder-decoder");
    model.eval();
    const row = (ids: readonly number[]) => tensor(Int32Array.from(ids), [1, ids.length]);
    // The slow way: the whole text anew for each id.
    const slow = (text: string) => {
      const written = [1];
      while (written.length < 8 && written.at(-1) !== 2) {
        const logits = tidy(() => noGrad(() => model.forward(row([...coder.encode(text).map((id) => id + 3), 2]), row(written)).dataSync()));
        const last = Array.from(logits.slice(-(coder.size + 3))).map((value, id) => (id < 2 ? -1e9 : value));
        written.push(last.indexOf(Math.max(...last)));
      }
      return coder.decode(written.slice(1).flatMap((id) => (id > 2 ? [id - 3] : [])));
    };
    const texts = rows.slice(0, 12).map(({ source }) => source);
    const translator = await Translator.open(path, { precision: "exact" });
    try {
      const greedy = await translator.translate(texts, { beams: 1 });
      expect(greedy).toEqual(texts.map(slow));
      expect(await run.write(texts[5], 8)).toBe(greedy[5]);
      expect(await translator.translate(texts)).toHaveLength(12);
    } finally {
      await translator.close();
    }
    const said = await inkstone(["translate", path, "abc", "--json"]);
    expect([said.code, JSON.parse(said.out)], said.err).toEqual([0, { text: "ABC", score: expect.any(Number) }]);
  });

  it("goes on after a stop as if there had been none", async () => {
    await trained();
    const output = join(folder, "parts");
    const controller = new AbortController();
    const onEntry = ({ step }: { step: number }) => void (step === 57 && controller.abort());
    await expect(trainRun(recipe, { output, signal: controller.signal, onEntry })).rejects.toMatchObject({ code: "E_CANCELLED" });
    // What it has learnt so far translates already.
    const said = await inkstone(["translate", output, "abc", "--json"]);
    expect([said.code, JSON.parse(said.out)], said.err).toEqual([0, { text: expect.any(String), score: expect.any(Number) }]);
    await trainRun(recipe, { output, resume: true });
    const weights = (run: string) => readFileSync(join(run, "checkpoints", "last", "model.safetensors"));
    expect(weights(output).equals(weights(path))).toBe(true);
  });
});

describe("the tokenizer of an export", () => {
  it("has the ids of pairs: each three higher, behind what pads, begins and ends", async () => {
    await trained();
    const own = await loadTokenizer(join(path, "tokenizer.json"), openExecutor());
    const theirs = await loadTokenizer(join(path, "hub", "tokenizer.json"), openExecutor());
    expect([...theirs.encode("abcd")]).toEqual([...own.encode("abcd")].map((id) => id + 3));
    expect(["<pad>", "<s>", "</s>"].map((token) => theirs.idOf(token))).toEqual([0, 1, 2]);
    own.dispose();
    theirs.dispose();
  });

  it("moves lists of pieces and their unknown one, and takes other names where these are taken", () => {
    const unigram = {
      added_tokens: [{ id: 0, content: "<unk>" }],
      model: {
        type: "Unigram",
        unk_id: 0,
        vocab: [
          ["<unk>", 0],
          ["</s>", -1],
        ],
      },
    };
    const { json, tokens } = pairTokenizer(JSON.stringify(unigram));
    const { model, added_tokens } = JSON.parse(json);
    expect([model.unk_id, model.vocab.length, added_tokens.map(({ id }: { id: number }) => id)]).toEqual([3, 5, [0, 1, 2, 3]]);
    expect(tokens).toEqual(["<pad>", "<s>", "</s:pair>"]);
    expect(() => pairTokenizer('{"model":{}}')).toThrow(/vocabulary/);
  });
});
