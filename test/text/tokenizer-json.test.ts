// tokenizer.json files that are wrong, hostile or of another kind: one typed error that names the place, never a hang.
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InkstoneError } from "#core";
import { loadTokenizer, tokenizerFromJson } from "#text";
import { executors, tokenizerFile } from "./support.ts";

type File = ReturnType<typeof tokenizerFile>;

/** The error of a file on each executor: their words are the same. */
function refusal(json: string | Uint8Array): { code: string; parameters: Record<string, unknown>; message: string } {
  const [first, ...others] = executors.map((executor) => {
    try {
      tokenizerFromJson(json, executor).dispose();
    } catch (error) {
      const { name, code, parameters, message, exit } = error as InkstoneError;
      expect([name, exit], message).toEqual(["InkstoneError", 65]);
      return { code, parameters: parameters as unknown as Record<string, unknown>, message };
    }
    throw new Error("it was taken");
  });
  for (const other of others) expect(other).toEqual(first);
  return first;
}

function changed(change: (file: File) => void): string {
  const file = tokenizerFile();
  change(file);
  return JSON.stringify(file);
}
/** Puts parts in the place of what is there; parts of the model one by one. */
function assign(file: File, { model, ...others }: { [part: string]: unknown; model?: object }): void {
  Object.assign(file, others);
  if (model !== undefined) Object.assign(file.model, model);
}
const changedWhere = (change: (file: File) => void) => refusal(changed(change));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-tokenizer-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("T01: the file itself", () => {
  it("is refused by its size before it is read, at 64 MiB and a byte", async () => {
    const path = join(folder, "large.json");
    const file = await open(path, "w");
    await file.truncate((64 << 20) + 1);
    await file.close();
    await expect(loadTokenizer(path, executors[0])).rejects.toMatchObject({
      code: "E_TOKENIZER_SIZE",
      parameters: { got: (64 << 20) + 1, limit: 64 << 20 },
    });
    expect(refusal(Buffer.alloc((64 << 20) + 1, " ")).code).toBe("E_TOKENIZER_SIZE");
  });

  it.each([
    ["", "1:1"],
    ['{\n "model": }', "2:11"],
    ['{"a": 1,}', "1:9"],
    ['{"a": [1, 2}', "1:12"],
    ['{"a": "\\x"}', "1:8"],
    ['{"a": "b', "1:9"],
    ['{"a": 01}', "1:8"],
    ['{"a": nul}', "1:7"],
    ["{}\n{}", "2:1"],
    ["\n\n[", "3:2"],
    ["\0\0", "1:1"],
    ["[1]", "1:1"],
    ['"text"', "1:1"],
  ])("broken JSON is refused by line and column: %j at %s", (json, where) => {
    expect(refusal(json)).toMatchObject({ code: "E_TOKENIZER_INVALID", parameters: { where } });
    expect(refusal(Buffer.from(json)).parameters.where).toBe(where);
  });

  it("cut anywhere, it is refused at its end, and no character of it is quoted", () => {
    const whole = JSON.stringify(tokenizerFile());
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        const { parameters, message } = refusal(whole.slice(0, length));
        expect(parameters.where).toMatch(/^1:\d+$/);
        expect(Math.abs(Number(String(parameters.where).slice(2)) - length - 1)).toBeLessThanOrEqual(6); // the start of an escape or a word
        expect(message).not.toMatch(/vocab|ByteLevel/);
      }),
      { numRuns: 300 },
    );
  });

  it("nested without end is refused by place before it costs memory", () => {
    for (const json of [
      "[".repeat(16 << 20),
      `${'{"a":'.repeat(1 << 20)}`,
      changed((file) => file.added_tokens.push(JSON.parse(`${"[".repeat(70)}${"]".repeat(70)}`))),
    ])
      expect(refusal(json)).toMatchObject({
        code: "E_TOKENIZER_INVALID",
        parameters: { where: expect.stringMatching(/^1:\d+$/), why: { en: "it is nested too deeply" } },
      });
  });

  it("brackets and quotes inside texts do not nest", () => {
    const file = tokenizerFile();
    file.added_tokens.push({ id: Object.keys(file.model.vocab as object).length + 8, content: `\\"${"[{".repeat(200)}`, special: false });
    expect(() => tokenizerFromJson(JSON.stringify(file), executors[0]).dispose()).not.toThrow();
  });

  it("changed at one place, it is taken or refused with a typed error", () => {
    const whole = Buffer.from(JSON.stringify(tokenizerFile()));
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        try {
          tokenizerFromJson(damaged, executors[0]).dispose();
        } catch (error) {
          expect(error).toMatchObject({ name: "InkstoneError", exit: 65 });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("T02: ids", () => {
  it.each([
    [-1, "-1"],
    [2 ** 31, "2147483648"],
    [1.5, "1.5"],
    ["7", "7"],
    [null, "null"],
    [{ toString: 1 }, "an object"],
    [[[1]], "a list"],
  ])("%j is refused, and the token named", (id, shown) => {
    const { parameters } = changedWhere((file) => Object.assign(file.model.vocab as object, { zz: id }));
    expect(parameters).toMatchObject({ where: 'token "zz"', why: { en: expect.stringContaining(`its id is ${shown}, allowed 0 to 1048575`) } });
  });

  it("given twice is refused, in the vocabulary and among the added", () => {
    expect(changedWhere((file) => Object.assign(file.model.vocab as object, { zz: 5 })).parameters).toMatchObject({
      where: 'token "zz"',
      why: { en: "the id 5 is another token's too" },
    });
    expect(changedWhere((file) => file.added_tokens.push({ id: 5, content: "<x>", special: true })).parameters).toMatchObject({
      where: "added_tokens[8]",
    });
  });

  it("left out is refused by the id", () => {
    expect(changedWhere((file) => delete (file.model.vocab as Record<string, unknown>).a).parameters).toMatchObject({ where: "token 97" });
    expect(changedWhere((file) => Object.assign(file.model.vocab as object, { zz: 99_999 })).parameters.where).toMatch(/^token \d+$/);
  });

  it("of a token that is in the vocabulary too makes that token an added one", () => {
    const file = tokenizerFile();
    const id = Object.keys(file.model.vocab as object).length + 8;
    Object.assign(file.model.vocab as object, { "<both>": id });
    file.added_tokens.push({ id, content: "<both>", special: true });
    for (const executor of executors) {
      const tokenizer = tokenizerFromJson(JSON.stringify(file), executor);
      expect([tokenizer.encode("<both>", { special: true }), tokenizer.encode("<both>").includes(id), tokenizer.specialIds.has(id)]).toEqual([
        [id],
        false,
        true,
      ]);
    }
  });
});

describe("T03: merges", () => {
  it.each([
    ["q zzz", "its second piece is no token"],
    ["zzz q", "its first piece is no token"],
    ["q z", "the two together are no token"],
    ["qz", "is not two pieces"],
    ["q z x", "is not two pieces"],
    [" q", "is not two pieces"],
    ["", "is not two pieces"],
    [["q", "zzz"], "its second piece is no token"],
  ])("%j is refused by its index", (merge, why) => {
    const { parameters } = changedWhere((file) => (file.model.merges = [...(file.model.merges as unknown[]), merge]));
    expect(parameters).toEqual({ where: "merge 120", why: { en: why, zh: expect.stringMatching(/片段/) } });
  });

  it.each([[["q"]], [["q", "r", "s"]], [["q", 1]], [["q r", "s"]], [7], [null], [{}], [[[[["q"]]]]]])("%j is refused as no two pieces", (merge) => {
    const { parameters } = changedWhere((file) => (file.model.merges = [merge]));
    expect(parameters).toMatchObject({ where: "merge 0", why: { en: "it is not two pieces" } });
  });

  it("as pairs or as texts are the same", () => {
    const file = tokenizerFile();
    file.model.merges = (file.model.merges as string[]).map((merge) => merge.split(" "));
    for (const executor of executors) {
      const [pairs, texts] = [file, tokenizerFile()].map((each) => tokenizerFromJson(JSON.stringify(each), executor));
      expect(pairs.encode("the 你好 hello")).toEqual(texts.encode("the 你好 hello"));
    }
  });
});

describe("T04, T05, T06: what it may ask for", () => {
  const kind = (what: string, got: string) =>
    expect.objectContaining({ code: "E_TOKENIZER_KIND", parameters: expect.objectContaining({ what, got: expect.stringContaining(got) }) });

  it.each([
    [
      "a normalizer with nested quantifiers",
      { normalizer: { type: "Replace", pattern: { Regex: "(a+)+$" }, content: "" } },
      "normalizer.pattern",
      "(a+)+$",
    ],
    ["a normalizer that is not known", { normalizer: { type: "ByteLevel" } }, "normalizer", "ByteLevel"],
    ["a list with one that is not known", { normalizer: { type: "Sequence", normalizers: [{ type: "NFKC" }, { type: "X" }] } }, "normalizer", "X"],
    ["a normalizer whose name is no text", { normalizer: { type: { toString: 1 } } }, "normalizer", "an object"],
    ["a normalizer that is no object", { normalizer: [[1]] }, "normalizer", "a list"],
    [
      "an invalid pattern",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "(" }, behavior: "Isolated" } },
      "pre_tokenizer",
      "Split((, Isolated)",
    ],
    [
      "a pattern with look-behind",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "(?<=a)b" }, behavior: "Isolated" } },
      "pre_tokenizer",
      "(?<=a)b",
    ],
    [
      "a pattern with a back-reference",
      { pre_tokenizer: { type: "Split", pattern: { Regex: "(a)\\1" }, behavior: "Isolated" } },
      "pre_tokenizer",
      "(a)\\1",
    ],
    ["a pre-tokenizer without a name", { pre_tokenizer: {} }, "pre_tokenizer", "undefined"],
    ["an empty sequence", { pre_tokenizer: { type: "Sequence", pretokenizers: [] } }, "pre_tokenizer", "an empty sequence"],
    ["a model of words", { model: { type: "WordLevel" } }, "model.type", "WordLevel"],
    ["a model without a name that is none of the three", { model: { type: undefined, merges: undefined } }, "model.type", "undefined"],
    ["dropout", { model: { dropout: 0.1 } }, "model.dropout", "0.1"],
    ["a prefix of pieces", { model: { continuing_subword_prefix: "##" } }, "model.continuing_subword_prefix", "##"],
    ["a decoder that is not known", { decoder: { type: "CTC" } }, "decoder", "CTC"],
    ["a post-processor that is not known", { post_processor: { type: "X" } }, "post_processor", "X"],
  ])("%s is refused by name", (_, part, what, got) => {
    expect(changedWhere((file) => assign(file, part))).toEqual(kind(what, got));
  });

  it("a file without a model is refused by name", () => {
    for (const model of [undefined, null, [], "BPE"])
      expect(refusal(JSON.stringify({ ...tokenizerFile(), model })).parameters).toMatchObject({ where: "model" });
  });

  it("a long pattern is shown cut", () => {
    const { message } = changedWhere(
      (file) => (file.pre_tokenizer = { type: "Split", pattern: { Regex: `\u001b[31m${"a".repeat(1 << 20)}` }, behavior: "Isolated" }),
    );
    expect(message.length).toBeLessThan(800);
    expect(message).not.toContain("\u001b");
  });

  it("sequences nested 10,000 deep are refused, and so are 1,000 steps in a row", () => {
    const nested = `${'{"type":"Sequence","pretokenizers":['.repeat(10_000)}${"]}".repeat(10_000)}`;
    const json = JSON.stringify({ ...tokenizerFile(), pre_tokenizer: "HERE" }).replace('"HERE"', nested);
    expect(refusal(json)).toMatchObject({ code: "E_TOKENIZER_INVALID", parameters: { why: { en: "it is nested too deeply" } } });
    expect(
      changedWhere(
        (file) => (file.pre_tokenizer = { type: "Sequence", pretokenizers: Array(1000).fill({ type: "Digits", individual_digits: true }) }),
      ).code,
    ).toBe("E_TOKENIZER_KIND");
  });

  it.each([
    ["model.vocab", { model: { vocab: ["a"] } }],
    ["model.merges", { model: { merges: {} } }],
    ["added_tokens", { added_tokens: {} }],
    ["added_tokens[0]", { added_tokens: ["x"] }],
    ["added_tokens[0]", { added_tokens: [{ id: 1 }] }],
  ])("%s that is not what it must be is refused by name", (where, part) => {
    expect(changedWhere((file) => assign(file, part))).toMatchObject({ code: "E_TOKENIZER_INVALID", parameters: { where } });
  });
});

describe("T07: added tokens", () => {
  const next = Object.keys(tokenizerFile().model.vocab as object).length + 8;
  it("without text are refused, and so are those too long to look for", () => {
    expect(changedWhere((file) => file.added_tokens.push({ id: next, content: "" })).parameters).toMatchObject({
      where: "added_tokens[8]",
      why: { en: "its text is empty" },
    });
    expect(changedWhere((file) => file.added_tokens.push({ id: next, content: "x".repeat(1025) })).parameters).toEqual({
      where: `token ${next}`,
      why: ["is added and has 1025 bytes, allowed 1 to 1024"],
    });
  });

  it("or vocabulary with half a surrogate pair, which no UTF-8 can hold, are refused by name", () => {
    expect(changedWhere((file) => file.added_tokens.push({ id: next, content: "\ud83d" })).parameters.where).toBe("added_tokens[8]");
    expect(changedWhere((file) => Object.assign(file.model.vocab as object, { "\ud83d": next, "\ude00": next + 1 })).parameters.where).toBe(
      'token "\\ud83d"',
    );
    expect(changedWhere((file) => (file.model.merges = ["\ud83d \ude00"])).parameters.where).toBe("merge 0");
  });

  it("may be a hundred thousand; more than the limit of ids are refused", () => {
    const many = (count: number) =>
      changed((file) => {
        for (let i = 0; i < count; i++) file.added_tokens.push({ id: next + i, content: `<${i}>`, special: true });
      });
    for (const executor of executors) {
      const tokenizer = tokenizerFromJson(many(100_000), executor);
      expect(tokenizer.encode("<99999><100000>", { special: true })[0]).toBe(next + 99_999);
      expect(tokenizer.specialIds.size).toBe(100_007);
      tokenizer.dispose();
    }
    expect(changedWhere((file) => file.added_tokens.push({ id: 1 << 20, content: "<x>" })).parameters.where).toBe("added_tokens[8]");
  });
});

describe("loadTokenizer", () => {
  it("takes a file with a byte order mark or without, and names a file that is not there", async () => {
    const path = join(folder, "tokenizer.json");
    for (const start of ["", "\ufeff"]) {
      await writeFile(path, start + JSON.stringify(tokenizerFile()));
      const tokenizer = await loadTokenizer(path, executors[0]);
      expect(tokenizer.decode(tokenizer.encode("hello"))).toBe("hello");
    }
    await expect(loadTokenizer(join(folder, "none.json"), executors[0])).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE" });
    expect((await loadTokenizer(folder, executors[0])).vocabularySize).toBeGreaterThan(256);
    await mkdir(join(folder, "empty"));
    await expect(loadTokenizer(join(folder, "empty"), executors[0])).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE" });
    await writeFile(path, "");
    await expect(loadTokenizer(path, executors[0])).rejects.toMatchObject({ code: "E_TOKENIZER_INVALID", parameters: { where: "1:1" } });
  });
});
