// inspect as a person types it: what is inside, neighbours, maps, files, attention and reasons; of translators, Sequential models and GGUF files.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WordVectors } from "#classical";
import { Adam, Dense, Embedding, Flatten } from "#nn";
import { SequenceToSequence, TextClassifier, type TextPair } from "#pipelines";
import { WordTokenizer } from "#text";
import { Sequential } from "#train";
import { writeTinyLlama } from "../support/gguf-writer.ts";
import { inkstone } from "./inkstone.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-inspect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const pairs: TextPair[] = [
  ["I like apples", "我喜欢苹果"],
  ["I like tea", "我喜欢茶"],
  ["you like tea", "你喜欢茶"],
];
const translator = at("translator");
beforeAll(async () => {
  const source = WordTokenizer.train(pairs.map(([english]) => english));
  const target = WordTokenizer.train(
    pairs.map(([, chinese]) => chinese),
    { by: "characters" },
  );
  const made = new SequenceToSequence({ encoder: "transformer", units: 16, layers: 2, heads: 2, dropout: 0, source, target });
  await made.fit(pairs, { epochs: 60, verbose: 0, optimizer: new Adam({ learningRate: 0.01 }) });
  await made.save(translator);
});

const json = async (...args: string[]) => {
  const { code, out, err } = await inkstone(["inspect", ...args, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
};

describe("inspect a classifier's file", () => {
  it("tells its labels, features and card, whether it is named by a path or by its name alone, in both languages", async () => {
    const examples = ["good book", "fine film", "good tea", "fine day", "bad book", "poor film", "bad tea", "poor day"];
    const labels = examples.map((_, i) => (i < 4 ? "pos" : "neg"));
    const classifier = await new TextClassifier({ model: "linear-svm", language: "en" }).fit(examples, labels);
    await classifier.save(at("m.json"));
    const facts = await json(at("m.json"));
    expect(facts).toMatchObject({ kind: "text-classifier", name: "m.json", settings: { model: "linear-svm", language: "en", labels: 2 } });
    expect(facts.labels.map(({ label }: { label: string }) => label)).toEqual(["neg", "pos"]);
    expect(facts.weights).toEqual([expect.objectContaining({ name: "coefficients", shape: [1, facts.settings.features] })]);
    const { out } = await inkstone(["inspect", "m.json"], { cwd: folder, env: { LANG: "zh_CN.UTF-8" } });
    expect(out).toContain("m.json：文本分类器");
    expect(out).toContain("标签：neg、pos");
  });

  it("of a file that is not there, or is something else, says so, and names no model that was not meant", async () => {
    expect((await inkstone(["inspect", "none.json"], { cwd: folder })).err).toContain('E_MODEL_FILE_MISSING: There is no file "none.json".');
    writeFileSync(at("other.json"), '{"type": "else"}');
    const { code, err } = await inkstone(["inspect", at("other.json")]);
    expect(code).toBe(65);
    expect(err).toContain('its type is "else"');
  });
});

describe("inspect a translator", () => {
  it("tells what is inside, in both languages", async () => {
    const facts = await json(translator);
    expect(facts).toMatchObject({ kind: "sequence-to-sequence", name: "translator", settings: { encoder: "transformer", heads: 2 } });
    expect(facts.weights.reduce((sum: number, { parameters }: { parameters: number }) => sum + parameters, 0)).toBe(facts.parameters);
    expect(facts.vocabularies.map(({ name, size, width }: { name: string; size: number; width: number }) => [name, size, width])).toEqual([
      ["source", 9, 16],
      ["target", 11, 16],
    ]);
    const { out } = await inkstone(["inspect", translator], { env: { LANG: "zh_CN.UTF-8" } });
    expect(out).toContain("source：9 个词元，向量宽 16（like I tea apples you …）");
    expect(out).toMatch(/encoder\.\{0-1\}\.attention\.query\.weight ×2 +\[16, 16\] +F32 +512\n/);
  });

  it("finds neighbours and similarities of words on the side that has them, and of sentences", async () => {
    const near = await json(translator, "--nearest", "tea", "--count", "3");
    expect(near).toMatchObject({ word: "tea", what: "tokens", looked: 5, of: 5 });
    expect(near.neighbours).toHaveLength(3);
    expect(near.neighbours[0].similarity).toBeGreaterThanOrEqual(near.neighbours[1].similarity);
    const names = (await json(translator, "--nearest", "茶")).neighbours.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(["我", "你", "喜", "欢", "苹", "果"].sort());
    const cosine = async (a: string, b: string) => json(translator, "--similarity", a, b);
    const first = near.neighbours[0];
    expect((await cosine("tea", first.name)).similarity).toBeCloseTo(first.similarity, 6);
    expect(await cosine("I like tea", "you like tea")).toMatchObject({ what: "sentences" });
    writeFileSync(at("lines.txt"), "I like apples\n\nyou like tea\r\nI like apples\n");
    const said = await inkstone(["inspect", translator, "--nearest", "I like tea", "--sentences", at("lines.txt")]);
    expect(said.out).toMatch(/^-?\d\.\d{4} {2}(I like apples|you like tea)\n-?\d\.\d{4} {2}(I like apples|you like tea)\n$/);
  });

  it("draws maps, attention and reasons with the words on them", async () => {
    await json(translator, "--map", at("map.svg"), "--side", "target");
    for (const word of ["我", "茶", "果"]) expect(readFileSync(at("map.svg"), "utf8")).toContain(`>${word}</text>`);
    expect(await json(translator, "--map", at("few.svg"), "--words", "tea, apples")).toMatchObject({ names: 2, of: 5 });
    const seen = await json(translator, "--attention", "you like tea", "--out", at("attention.svg"), "--layer", "0", "--head", "1");
    expect(seen).toMatchObject({ source: ["you", "like", "tea", "</s>"], layer: 0, head: 1 });
    for (const row of seen.weights) expect(row.reduce((sum: number, weight: number) => sum + weight, 0)).toBeCloseTo(1, 5);
    expect(readFileSync(at("attention.svg"), "utf8")).toContain("Attention, layer 0, head 1");
    const why = await json(translator, "--why", "you like tea", "--out", at("why.svg"));
    expect(why.weights.map((row: number[]) => row.length)).toEqual(why.target.map(() => 4));
    expect(readFileSync(at("why.svg"), "utf8")).toContain(`>${why.target[0]}</text>`);
  });

  it("writes vectors that are read again, and those of the projector", async () => {
    await json(translator, "--export", "word2vec", "--out", at("vectors.txt"));
    const vectors = WordVectors.fromWord2VecText(readFileSync(at("vectors.txt"), "utf8"));
    const loaded = await SequenceToSequence.load(translator);
    expect([vectors.names, vectors.vectors]).toEqual([loaded.wordVectors().names, loaded.wordVectors().vectors]);
    await json(translator, "--export", "projector", "--out", at("projector"), "--side", "target");
    expect(readdirSync(at("projector")).sort()).toEqual(["metadata.tsv", "vectors.tsv"]);
    expect(readFileSync(join(at("projector"), "metadata.tsv"), "utf8").split("\n")).toHaveLength(8);
  });
});

describe("inspect a Sequential", () => {
  const model = at("next-word");
  const tokenizer = WordTokenizer.train(["the cat sat on the mat"]);
  beforeAll(async () => {
    const size = tokenizer.vocabularySize;
    const layers = [
      new Embedding({ inputDim: size, outputDim: 4, inputLength: 3 }),
      new Flatten(),
      new Dense({ units: size, activation: "softmax" }),
    ];
    await new Sequential(layers).save(model);
  });

  it("shows Keras's table; without a tokenizer it says what is missing for words", async () => {
    const { out } = await inkstone(["inspect", model]);
    expect(out).toContain("embedding (Embedding)");
    const refused = await inkstone(["inspect", model, "--nearest", "cat"]);
    expect(refused.code).toBe(64);
    expect(refused.err).toContain("--tokenizer");
  });

  it("knows words by a tokenizer that is given, and says why a word comes next", async () => {
    const file = at("words.json");
    writeFileSync(file, JSON.stringify(tokenizer));
    expect((await json(model, "--tokenizer", file, "--nearest", "cat")).neighbours).toHaveLength(4);
    const why = await json(model, "--tokenizer", file, "--why", "the cat", "--out", at("next.svg"));
    expect(why.source).toEqual(["the", "cat"]);
    expect(why.weights[0]).toHaveLength(2);
    expect(tokenizer.idOf(why.target[0])).toBeDefined();
    expect(readFileSync(at("next.svg"), "utf8")).toContain(">cat</text>");
    expect((await json(model, "--tokenizer", file, "--similarity", "the cat", "the mat")).what).toBe("sentences");
    const attention = await inkstone(["inspect", model, "--tokenizer", file, "--attention", "the cat", "--out", at("none.svg")]);
    expect([attention.code, attention.err.includes("SequenceToSequence")]).toEqual([64, true]);
  });
});

describe("inspect a GGUF file", () => {
  it("tells its tensors, folded by layer, and the neighbours among the tokens that it looks at", async () => {
    const path = writeTinyLlama(at("tiny.gguf"));
    const facts = await json(path);
    expect(facts).toMatchObject({ kind: "gguf", settings: { architecture: "llama" } });
    const [{ size, width }] = facts.vocabularies;
    const query = facts.weights.find(({ name }: { name: string }) => name.endsWith("attn_q.weight"));
    expect(query.count).toBe(facts.settings.block_count);
    const near = await json(path, "--nearest", "a", "--tokens", "5", "--count", "2");
    expect(near.looked).toBe(6);
    expect(near.of).toBeLessThanOrEqual(size);
    const { out } = await inkstone(["inspect", path, "--nearest", "a", "--tokens", "5"]);
    expect(out).toContain("among 6 of");
    expect((await json(path, "--export", "word2vec", "--out", at("gguf.txt"), "--tokens", "6")).names).toBe(6);
    expect(readFileSync(at("gguf.txt"), "utf8").split("\n")[0]).toBe(`6 ${width}`);
    expect((await inkstone(["inspect", path, "--why", "x", "--out", at("gguf.svg")])).code).toBe(64);
  });
});

describe("inspect refuses", () => {
  it.each([
    ["two questions", ["--nearest", "tea", "--map", "x.svg"], 64, "One question"],
    ["a flag without its question", ["--out", "x.svg"], 64, "--out goes with"],
    ["a question without --out", ["--why", "tea"], 64, "needs --out"],
    ["three words to compare", ["--similarity", "tea", "I", "you"], 64, "two words"],
    ["a word that is not known", ["--nearest", "zebra"], 64, "zebra"],
    ["a side that there is not", ["--nearest", "tea", "--side", "left"], 64, "source, target"],
    ["a layer that there is not", ["--attention", "I like tea", "--out", "none.svg", "--layer", "9"], 64, "0 to 1"],
    ["a text of nothing", ["--why", " ", "--out", "none.svg"], 65, "nothing in the text"],
    ["a list of sentences that is not there", ["--nearest", "tea", "--sentences", "missing.txt"], 66, "missing.txt"],
  ])("%s", async (_, args, code, words) => {
    const refused = await inkstone(["inspect", translator, ...args.map((arg) => (/\.(svg|txt)$/.test(arg) ? at(arg) : arg))]);
    expect([refused.code, refused.out]).toEqual([code, ""]);
    expect(refused.err).toContain(words);
    expect(readdirSync(folder)).not.toContain("none.svg");
  });

  it("to replace a file unasked, and a folder that is no model", async () => {
    writeFileSync(at("taken.svg"), "mine");
    const refused = await inkstone(["inspect", translator, "--map", at("taken.svg")]);
    expect([refused.code, readFileSync(at("taken.svg"), "utf8")]).toEqual([73, "mine"]);
    await json(translator, "--map", at("taken.svg"), "--force");
    expect(readFileSync(at("taken.svg"), "utf8")).toContain("<svg");
    const none = await inkstone(["inspect", folder]);
    expect([none.code, none.err.includes("E_MODEL_FOLDER")]).toEqual([65, true]);
  });
});
