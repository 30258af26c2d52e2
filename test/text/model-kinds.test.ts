// WordPiece, Unigram and SentencePiece: the ids and texts of the libraries that made them, and both twins alike on any text.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer, tokenizerFromBertVocabulary, tokenizerFromJson } from "#text";
import { root } from "../support/processes.ts";
import { executors } from "./support.ts";

const data = join(root, "../shared/data/tokenizers");
const fixture = JSON.parse(readFileSync(join(root, "test/parity/fixtures/tokenizers.json"), "utf8")) as { texts: string[] } & Record<
  string,
  { ids: number[]; text: string }[]
>;

function expectAnswers(tokenizers: readonly Tokenizer[], name: string, special = false): void {
  for (const tokenizer of tokenizers) {
    for (const [i, { ids, text }] of fixture[name].entries()) {
      expect(tokenizer.encode(fixture.texts[i], { special }), JSON.stringify(fixture.texts[i])).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  }
}

describe.runIf(existsSync(data))("ids and decoded texts", () => {
  it("of t5-small (Unigram) are those of the tokenizers library", async () => {
    const path = join(data, "hf-files/t5-small/tokenizer.json");
    expectAnswers(await Promise.all(executors.map((executor) => loadTokenizer(path, executor))), "t5", true);
  });

  it.each([
    ["cased", "bert-base-cased", false],
    ["lowercase", "bert-base-cased", true],
    ["chinese", "bert-base-chinese", false],
  ] as const)("of a vocab.txt, %s, are those of the tokenizers library", (name, folder, lowercase) => {
    const vocabulary = readFileSync(join(data, "hf-files", folder, "vocab.txt"), "utf8");
    const tokenizers = executors.map((executor) => tokenizerFromBertVocabulary(vocabulary, executor, { lowercase }));
    for (const tokenizer of tokenizers)
      for (const [i, { ids, text }] of fixture[name].entries()) {
        // Special tokens written in a text are tokens there, and ordinary text here unless asked for.
        const special = fixture.texts[i].includes("[MASK]");
        expect(tokenizer.encode(fixture.texts[i], { special }), fixture.texts[i]).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(text);
      }
  });

  it("of a SentencePiece model (Unigram) are those of sentencepiece", async () => {
    const path = join(data, "sentencepiece/test_model.model");
    expectAnswers(await Promise.all(executors.map((executor) => loadTokenizer(path, executor))), "sentencepiece");
  });
});

const characters = [..."abcdeé你好▁! \n", "ß", "😀", "\u0301"];
const pieces = ["a", "b", "ab", "abc", "bc", "de", "▁", "▁a", "▁ab", "é", "你", "!", "cde", "▁▁"];

const unigram = {
  added_tokens: [{ id: 1, content: "</s>", special: true }],
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } },
  },
  model: { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0], ["</s>", 0], ...pieces.map((piece, i) => [piece, -1 - (i % 5) - piece.length / 8])] },
};
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
const spm = {
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "▁" },
      { type: "Replace", pattern: { String: " " }, content: "▁" },
    ],
  },
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  model: {
    type: "BPE",
    byte_fallback: true,
    fuse_unk: true,
    unk_token: "<unk>",
    vocab: Object.fromEntries(["<unk>", ...bytes, "a", "b", "c", "▁", "▁a", "ab", "▁ab", "!", "é"].map((token, id) => [token, id])),
    merges: ["▁ a", "a b", "▁ ab"],
  },
};
const words = ["[UNK]", "[CLS]", "[SEP]", ..."abcde!", "ab", "##a", "##b", "##bc", "##d", "##e", "##cde", "你", "好"];
const makers = {
  Unigram: () => executors.map((executor) => tokenizerFromJson(JSON.stringify(unigram), executor)),
  "SentencePiece BPE": () => executors.map((executor) => tokenizerFromJson(JSON.stringify(spm), executor)),
  WordPiece: () => executors.map((executor) => tokenizerFromBertVocabulary(words.join("\n"), executor)),
};

describe.each(Object.keys(makers) as (keyof typeof makers)[])("%s", (name) => {
  const tokenizers = makers[name]();

  it("gives the same ids on both sides for any text, one by one and all at once", async () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...characters), { maxLength: 80 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 4 }), async (texts) => {
        const [first, ...others] = tokenizers.map((tokenizer) => texts.map((each) => tokenizer.encode(each)));
        for (const ids of others) expect(ids).toEqual(first);
        for (const tokenizer of tokenizers) expect(await tokenizer.encodeAll(texts)).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  it("takes a megabyte without a gap", () => {
    for (const tokenizer of tokenizers.slice(-1)) expect(tokenizer.encode("ab".repeat(1 << 19)).length).toBeGreaterThan(0);
  });
});

describe("SentencePiece BPE", () => {
  it("gives every text back, unknown characters by their bytes", () => {
    const [tokenizer] = makers["SentencePiece BPE"]();
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        if (text.startsWith("▁") || text.includes("▁")) return;
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });
});

describe("what a model reads", () => {
  it("is one text or two with the tokens of the file around them, the longer one cut first", () => {
    const [bert] = makers.WordPiece();
    expect(bert.forModel([7, 8, 9], [3])).toEqual({ ids: [1, 7, 8, 9, 2, 3, 2], types: [0, 0, 0, 0, 0, 1, 1] });
    expect(bert.forModel([7, 8, 9], [3, 4], 6).ids).toEqual([1, 7, 8, 2, 3, 2]);
    const [t5] = makers.Unigram();
    expect(t5.forModel([5, 6], [7]).ids).toEqual([5, 6, 1, 7]);
  });
});
