// Vocabularies and right answers that others published, where ../shared is at hand: llama.cpp's vocabulary files and tiktoken's test plans.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer } from "#text";
import { root } from "../support/processes.ts";
import { executors } from "./support.ts";

const data = join(root, "../shared/data/tokenizers");
const file = (name: string) => join(data, `llama-cpp-vocab/ggml-vocab-${name}.gguf`);
const opened = (path: string) => Promise.all(executors.map((executor) => loadTokenizer(path, executor)));

function expectIds(tokenizers: readonly Tokenizer[], text: string, ids: readonly number[]): void {
  for (const tokenizer of tokenizers) {
    expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
  }
}

describe.runIf(existsSync(data))("published vocabularies", () => {
  it.each(["gpt-2", "deepseek-coder", "llama-spm", "bert-bge"])(
    "%s of llama.cpp gives the ids of its .out file for each text of its .inp file",
    async (name) => {
      const texts = readFileSync(`${file(name)}.inp`, "utf8").split("\n__ggml_vocab_test__\n");
      const answers = readFileSync(`${file(name)}.out`, "utf8")
        .split("\n")
        .map((line) => (line.match(/\d+/g) ?? []).map(Number));
      const tokenizers = await opened(file(name));
      expect(texts.length).toBeGreaterThanOrEqual(46);
      for (const [i, text] of texts.entries()) {
        if (name !== "bert-bge") expectIds(tokenizers, text, answers[i]);
        else for (const tokenizer of tokenizers) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(answers[i]);
      }
    },
  );

  it("gpt-2 gives the ids of tiktoken's r50k_base", async () => {
    const plans = readFileSync(join(data, "tiktoken/TestPlans.txt"), "utf8");
    const found = [...plans.matchAll(/EncodingName: r50k_base\nSample: ([\s\S]*?)\nEncoded: \[([^\]]*)\]/g)];
    expect(found.length).toBeGreaterThanOrEqual(39);
    const tokenizers = await opened(file("gpt-2"));
    for (const [, text, ids] of found) expectIds(tokenizers, text, (ids.match(/\d+/g) ?? []).map(Number));
  });

  it("cl100k_base of tiktoken gives the ids of its plans", async () => {
    const plans = readFileSync(join(data, "tiktoken/TestPlans.txt"), "utf8");
    const found = [...plans.matchAll(/EncodingName: cl100k_base\nSample: ([\s\S]*?)\nEncoded: \[([^\]]*)\]/g)];
    expect(found.length).toBeGreaterThanOrEqual(45);
    const tokenizers = [await loadTokenizer(join(data, "tiktoken/cl100k_base.tiktoken"), executors[executors.length - 1])];
    for (const [, text, ids] of found) expectIds(tokenizers, text, (ids.match(/\d+/g) ?? []).map(Number));
  });

  it("a SentencePiece model whose blanks stand behind words is refused by the name of the rule", async () => {
    await expect(loadTokenizer(join(data, "hf-files/nmt/vocab.joint.spm"), executors[0])).rejects.toMatchObject({
      code: "E_TOKENIZER_KIND",
      parameters: { what: "trainer_spec.treat_whitespace_as_suffix" },
    });
  });

  it("tokens that a file adds far behind its vocabulary leave a gap that is refused", async () => {
    await expect(loadTokenizer(join(data, "hf-files/added-tokens/tokenizer.json"), executors[0])).rejects.toMatchObject({
      code: "E_TOKENIZER_INVALID",
    });
  });

  it("vocab.json with merges.txt beside it, opened by its folder, is gpt-2", async () => {
    const [fromFolder] = await opened(join(data, "hf-files/gpt2"));
    const [fromGguf] = await opened(file("gpt-2"));
    expect(fromFolder.encode("Hello, naïve 世界 1234")).toEqual(fromGguf.encode("Hello, naïve 世界 1234"));
  });

  it("gpt-2's vocab.json and merges.txt, put into a tokenizer.json, are the same tokenizer as its GGUF file", async () => {
    const folder = join(data, "hf-files/gpt2");
    const vocab = JSON.parse(readFileSync(join(folder, "vocab.json"), "utf8"));
    const merges = readFileSync(join(folder, "merges.txt"), "utf8").trim().split("\n").slice(1);
    const { tokenizerFromJson } = await import("#text");
    const json = {
      added_tokens: [{ id: 50256, content: "<|endoftext|>", special: true }],
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
      model: { type: "BPE", vocab, merges },
    };
    const [fromGguf] = await opened(file("gpt-2"));
    const fromJson = tokenizerFromJson(JSON.stringify(json), executors[0]);
    const text = readFileSync(join(data, "cs336-bpe/tinystories_sample.txt"), "utf8") + readFileSync(join(data, "cs336-bpe/german.txt"), "utf8");
    expect(fromJson.encode(text)).toEqual(fromGguf.encode(text));
    expect(fromJson.encode("<|endoftext|>", { special: true })).toEqual([50256]);
    expect([...fromJson.endOfTurn]).toEqual([50256]);
  });
});
