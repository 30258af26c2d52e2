// EmbeddingModel and Reranker on tiny folders as the hub has them: pooling, cutting, cancelling, closing, and what is refused.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cosine, EmbeddingModel, Reranker } from "#generate";

const fixtures = new URL("../parity/fixtures/encoders/", import.meta.url).pathname;
const base = mkdtempSync(join(tmpdir(), "inkstone-encoders-"));
afterAll(() => rmSync(base, { recursive: true }));

const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ..."abcdefghijklmnopqrstuvwxyz".split(""), ..."0123456789".split("")];

function made(name: string, files: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}): string {
  const folder = join(base, name);
  mkdirSync(join(folder, "1_Pooling"), { recursive: true });
  copyFileSync(join(fixtures, "bert-classes.safetensors"), join(folder, "model.safetensors"));
  const known = JSON.parse(readFileSync(join(fixtures, "bert-classes.json"), "utf8")).config;
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...known, ...config }));
  writeFileSync(join(folder, "vocab.txt"), words.join("\n"));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content));
  return folder;
}

const modules = (normalize: boolean) => [
  { type: "sentence_transformers.models.Transformer", path: "" },
  { type: "sentence_transformers.models.Pooling", path: "1_Pooling" },
  ...(normalize ? [{ type: "sentence_transformers.models.Normalize", path: "2_Normalize" }] : []),
];
const texts = ["a b c", "a", "z y x w v u 1 2 3", ""];

describe("EmbeddingModel", () => {
  it("pools and normalises as the folder says, one by one as all at once", async () => {
    const cls = { "modules.json": modules(true), "1_Pooling/config.json": { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false } };
    const model = await EmbeddingModel.open(made("cls", cls), { precision: "exact" });
    const { vectors, tokens } = await model.embed(texts);
    expect([vectors.length, vectors[0].length, tokens]).toEqual([4, 32, 5 + 3 + 11 + 2]);
    for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 6);
    for (const vector of vectors) expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
    for (const [i, text] of texts.entries()) expect((await model.embed([text])).vectors[0]).toEqual(vectors[i]);
    expect((await model.embed(["a"], { dimensions: 8 })).vectors[0].length).toBe(8);
    expect(await model.embed([])).toEqual({ vectors: [], tokens: 0 });
    await model.close();
    const mean = await EmbeddingModel.open(
      made("mean", { "modules.json": modules(false), "1_Pooling/config.json": { pooling_mode_mean_tokens: true } }),
      {
        precision: "exact",
      },
    );
    expect((await mean.embed(["a b c"])).vectors[0]).not.toEqual(vectors[0]);
    await mean.close();
  });

  it("cuts what is longer than it reads", async () => {
    const model = await EmbeddingModel.open(made("short", { "sentence_bert_config.json": { max_seq_length: 5 } }), { precision: "exact" });
    expect(model.information.contextLength).toBe(5);
    const { vectors, tokens } = await model.embed(["a b c d e f", "a b c"]);
    expect(tokens).toBe(10);
    expect(vectors[0]).toEqual(vectors[1]);
    await model.close();
  });

  it("rejects with the reason of an aborted signal, and says when it was closed", async () => {
    const model = await EmbeddingModel.open(made("signal"));
    const why = new Error("enough");
    await expect(model.embed(texts, { signal: AbortSignal.abort(why) })).rejects.toBe(why);
    await model.close();
    await expect(model.embed(texts)).rejects.toMatchObject({ code: "E_ENGINE_CLOSED" });
    expect(model.state).toMatchObject({ alive: false });
  });

  it.each([
    ["an unknown architecture", {}, { model_type: "mamba" }, { code: "E_MODEL_ARCHITECTURE" }],
    ["C01: a width of 0", {}, { hidden_size: 0 }, { code: "E_MODEL_CONFIG", parameters: { key: "hidden_size" } }],
    ["C01: a width that is a text", {}, { hidden_size: "32" }, { code: "E_MODEL_CONFIG", parameters: { key: "hidden_size" } }],
    ["C01: a vocabulary of 1e9", {}, { vocab_size: 1e9 }, { code: "E_MODEL_CONFIG", parameters: { key: "vocab_size" } }],
    ["heads that do not divide the width", {}, { num_attention_heads: 3 }, { code: "E_MODEL_CONFIG", parameters: { key: "num_attention_heads" } }],
    ["C06: an unknown activation", {}, { hidden_act: "swiglu" }, { code: "E_MODEL_CONFIG", parameters: { key: "hidden_act" } }],
    ["C05: weights of another size", {}, { intermediate_size: 64 }, { code: "E_MODEL_TENSORS" }],
    ["an unknown module", { "modules.json": [{ type: "sentence_transformers.models.Dense", path: "" }] }, {}, { code: "E_MODEL_CONFIG" }],
    [
      "an unknown pooling",
      { "modules.json": modules(true), "1_Pooling/config.json": { pooling_mode_lasttoken: true } },
      {},
      { code: "E_MODEL_CONFIG" },
    ],
  ])("refuses %s", async (name, files, config, error) => {
    await expect(EmbeddingModel.open(made(name.replace(/\W/g, ""), files, config))).rejects.toMatchObject(error);
  });

  it("refuses a model for something else, a wrong option, and texts that are none", async () => {
    await expect(EmbeddingModel.open("smollm2:135m")).rejects.toMatchObject({ code: "E_MODEL_USE" });
    await expect(EmbeddingModel.open("minilm", { precison: "exact" } as object)).rejects.toMatchObject({ code: "E_OPTION_UNKNOWN" });
    const model = await EmbeddingModel.open(made("wrong"));
    await expect(model.embed([1 as unknown as string])).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(model.embed(["a"], { dimensions: 33 })).rejects.toMatchObject({ code: "E_OPTION" });
    await model.close();
  });
});

describe("Reranker", () => {
  it("needs a model with one score", async () => {
    const model = await Reranker.open(made("three"));
    await expect(model.rank("a", ["b", "c"])).rejects.toMatchObject({ code: "E_MODEL_CONFIG", parameters: { key: "num_labels" } });
    expect(await model.rank("a", [])).toEqual([]);
    await model.close();
  });
});
