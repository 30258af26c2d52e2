// Tokenizers learnt from texts, against Hugging Face's trainers, the vectors of Stanford's CS336 and SentencePiece; the same on both executors and for any number of threads.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createReferenceExecutor, type Executor, nativeStatus, openExecutor } from "#native";
import { type TrainTokenizerOptions, tokenizerFromJson, trainTokenizer } from "#text";
import { root } from "../support/processes.ts";
import { executors } from "./support.ts";

interface Json {
  readonly added_tokens: { readonly content: string }[];
  readonly model: { readonly vocab: Record<string, number> | [string, number][]; readonly merges: [string, string][] };
}

const fixtures = join(root, "test/parity/fixtures");
const fixture = JSON.parse(readFileSync(join(fixtures, "tokenizer-training.json"), "utf8")) as {
  text: string;
  sample: string;
  bytes: { tokens: string[]; merges: [string, string][]; ids: number[] };
  characters: { tokens: string[]; merges: [string, string][]; ids: number[] };
  wordpiece: { all: string[]; any: string[] };
};
const text = readFileSync(join(fixtures, "public-domain.txt"), "utf8") + fixture.text;
const shared = join(root, "../shared/data/tokenizers");

const train = async (texts: string[], options: TrainTokenizerOptions) => (await trainTokenizer(texts, options)).json;
const modelOf = (json: string) => (JSON.parse(json) as Json).model;
const byId = (vocab: Record<string, number>) => Object.keys(vocab).sort((a, b) => vocab[a] - vocab[b]);

/** What both executors learn: the same to the letter. */
async function learnt(texts: string[], options: TrainTokenizerOptions): Promise<string> {
  const [first, ...others] = await Promise.all(executors.map((executor) => train(texts, { ...options, executor })));
  for (const other of others) expect(other).toBe(first);
  return first;
}

describe("against Hugging Face's trainers", () => {
  it("learns the same merges, tokens and ids on bytes", async () => {
    const json = await learnt([text], { vocabularySize: 700 });
    const { vocab, merges } = modelOf(json);
    expect(merges).toEqual(fixture.bytes.merges);
    expect(byId(vocab as Record<string, number>)).toEqual(fixture.bytes.tokens);
    expect(tokenizerFromJson(json, executors[0]).encode(fixture.sample)).toEqual(fixture.bytes.ids);
  });

  it("learns the same merges, tokens and ids on characters", async () => {
    const json = await learnt([text], { kind: "characters", vocabularySize: 500 });
    const { vocab, merges } = modelOf(json);
    expect(merges).toEqual(fixture.characters.merges);
    expect(byId(vocab as Record<string, number>)).toEqual(fixture.characters.tokens);
    expect(tokenizerFromJson(json, executors[0]).encode(fixture.sample)).toEqual(fixture.characters.ids);
  });

  it("learns a WordPiece vocabulary that holds what all of its runs hold", async () => {
    const json = await learnt([text], { kind: "wordpiece", vocabularySize: 700 });
    const tokens = new Set(Object.keys(modelOf(json).vocab));
    expect(fixture.wordpiece.all.filter((token) => !tokens.has(token))).toEqual([]);
    const any = new Set(fixture.wordpiece.any);
    expect([...tokens].filter((token) => !any.has(token)).length).toBeLessThan(tokens.size * 0.05);
    const tokenizer = tokenizerFromJson(json, executors[0]);
    expect(tokenizer.tokens(tokenizer.forModel(tokenizer.encode("the")).ids)).toEqual([" [CLS]", " the", " [SEP]"]);
  });
});

describe.runIf(existsSync(join(shared, "cs336-bpe/corpus.en")))("against CS336", () => {
  it("learns its merges and its vocabulary, which prefers the greatest of equal pairs", async () => {
    const corpus = readFileSync(join(shared, "cs336-bpe/corpus.en"), "utf8");
    const json = await learnt([corpus], { vocabularySize: 500, minimumCount: 1, ties: "greatest" });
    const { vocab, merges } = modelOf(json);
    const lines = readFileSync(join(shared, "cs336-bpe/train-bpe-reference-merges.txt"), "utf8").trimEnd().split("\n");
    expect(merges.map((pair) => pair.join(" "))).toEqual(lines);
    const reference = JSON.parse(readFileSync(join(shared, "cs336-bpe/train-bpe-reference-vocab.json"), "utf8")) as Record<string, number>;
    expect(new Set(Object.keys(vocab))).toEqual(new Set(Object.keys(reference)));
  });
});

describe("unigram", () => {
  it("is the same on both executors, and cuts Chinese and English into pieces that it learnt", async () => {
    const json = await learnt([text], { kind: "unigram", vocabularySize: 300 });
    const { vocab } = modelOf(json);
    expect((vocab as [string, number][]).length).toBe(300);
    const tokenizer = tokenizerFromJson(json, executors[0]);
    expect(tokenizer.decode(tokenizer.encode("the words 磨墨"))).toBe("the words 磨墨");
    expect(tokenizer.tokens(tokenizer.encode("磨墨的人"))).toContain("的人");
  });

  it.runIf(existsSync(join(shared, "sentencepiece/botchan.txt")) && nativeStatus().available)(
    "gives botchan.txt at least the score of SentencePiece's model of the same size, less 0.1 %",
    async () => {
      const lines = readFileSync(join(shared, "sentencepiece/botchan.txt"), "utf8").split("\n");
      const executor = openExecutor({ executor: "native", threads: 1 });
      const json = await train(lines, { kind: "unigram", vocabularySize: 2000, coverage: 1, executor });
      expect(scoreOf(json, lines, executor)).toBeGreaterThan(SENTENCE_PIECE * 1.001);
    },
    60_000,
  );
});

// Sum over lines of sentencepiece 0.2.3's best scores: vocab_size 2000, character_coverage 1, normalization_rule_name nfkc; minloglevel aside the defaults.
const SENTENCE_PIECE = -478_137.894;

function scoreOf(json: string, lines: readonly string[], executor: Executor): number {
  const vocab = modelOf(json).vocab as [string, number][];
  const tokenizer = tokenizerFromJson(json, executor);
  const found = lines.reduce((sum, line) => sum + tokenizer.encode(line.trim()).reduce((all, id) => all + vocab[id][1], 0), 0);
  tokenizer.dispose();
  return found;
}

describe("whatever the threads and pieces", () => {
  it.runIf(nativeStatus().available)("is the same for one thread and for three", async () => {
    const lines = text.split(/(?<=\n)/);
    const made = (kind: TrainTokenizerOptions["kind"], threads: number) =>
      train(lines, { kind, vocabularySize: 420, executor: openExecutor({ executor: "native", threads }) });
    for (const kind of ["byte-level", "unigram"] as const) expect(await made(kind, 3)).toBe(await made(kind, 1));
  });

  it("cuts long texts where that changes nothing", async () => {
    const long = "one line of words, and then another\n".repeat(30_000);
    const executor = executors[executors.length - 1];
    const whole = await train([long.slice(0, 36 * 5000)], { vocabularySize: 300, executor });
    expect(modelOf(await train([long], { vocabularySize: 300, executor })).merges).toEqual(modelOf(whole).merges);
  });
});

describe("special tokens and byte tokens", () => {
  it("never counts the text of special tokens, and finds it again", async () => {
    const json = await learnt(["<|im_end|>ab ab ab<|im_end|>ab"], { specialTokens: ["<|im_end|>", "<|pad|>"], vocabularySize: 300 });
    expect(Object.keys(modelOf(json).vocab).filter((token) => token.includes("im"))).toEqual(["<|im_end|>"]);
    expect(tokenizerFromJson(json, executors[0]).encode("ab<|im_end|>", { special: true }).at(-1)).toBe(0);
  });

  it("loses nothing with byte fallback", async () => {
    for (const kind of ["characters", "unigram"] as const) {
      const json = await learnt([text], { kind, vocabularySize: 800, byteFallback: true });
      const tokenizer = tokenizerFromJson(json, executors[0]);
      expect(tokenizer.decode(tokenizer.encode("words 龘 and 🦀"))).toBe("words 龘 and 🦀");
    }
  });
});

describe("refuses", () => {
  it("options that are unknown, wrong, or of another kind; texts without a word; a vocabulary without room", async () => {
    const refused = (texts: string[], options: object) => expect(trainTokenizer(texts, options as TrainTokenizerOptions)).rejects;
    await refused(["a"], { vocabulary_size: 9 }).toMatchObject({ code: "E_OPTION_UNKNOWN", parameters: { nearest: "vocabularySize" } });
    await refused(["a"], { kind: "bpe" }).toMatchObject({ code: "E_OPTION" });
    await refused(["a"], { kind: "wordpiece", coverage: 0.9 }).toMatchObject({ code: "E_OPTION", parameters: { option: "coverage" } });
    await refused(["", ""], {}).toMatchObject({ code: "E_DATA_EMPTY" });
    await refused(["abc"], { vocabularySize: 100 }).toMatchObject({ code: "E_OPTION", parameters: { option: "vocabularySize" } });
    await refused(["abc"], { signal: AbortSignal.abort(new Error("enough")) }).toThrow("enough");
  });
});

describe("the service", () => {
  it("refuses configurations and inputs that are cut short, in the same words on both executors", () => {
    const words = [createReferenceExecutor(), ...executors.slice(1)].map((executor) => {
      try {
        executor.createService("tokenizer-trainer", new Uint8Array(4));
        return "taken";
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(new Set(words).size).toBe(1);
    expect(words[0]).not.toBe("taken");
  });
});
