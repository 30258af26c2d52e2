// The verb `tokenize` on a tokenizer.json: ids and tokens, standard input, and one line for what is wrong.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenizerFromJson } from "#text";
import { writeTinyLlama } from "../support/gguf-writer.ts";
import { executors, tokenizerFile } from "../text/support.ts";
import { inkstone } from "./inkstone.ts";

let folder: string;
let path: string;
const text = "hello 你好 12 😀\n<|im_end|>";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-tokenize-"));
  path = join(folder, "tokenizer.json");
  await writeFile(path, JSON.stringify(tokenizerFile()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("tokenize", () => {
  it("on a tokenizer.json gives ids and tokens, from an argument and from standard input, special tokens parsed or not", async () => {
    const tokenizer = tokenizerFromJson(JSON.stringify(tokenizerFile()), executors[0]);
    const ids = tokenizer.encode(text);
    const { code, out, err } = await inkstone(["tokenize", path, text, "--json"]);
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual({ ids, tokens: tokenizer.tokens(ids) });
    expect((await inkstone(["tokenize", path, "-", "--json"], { input: text })).out).toBe(out);
    const special = JSON.parse((await inkstone(["tokenize", path, text, "--json", "--special"])).out);
    expect(special.ids.at(-1)).toBe(tokenizer.idOf("<|im_end|>"));
  });

  it("without --json gives one line for each token, whatever the token holds", async () => {
    const { out } = await inkstone(["tokenize", path, "a\n\t\u001b[31m"]);
    expect(out.split("\n").map((line) => line.split("\t")[1])).toEqual(["a", "\\n", "\\t", "\\u001b", "[", "3", "1", "m", undefined]);
  });

  it("of nothing is nothing, and bytes that are no UTF-8 are refused", async () => {
    expect(JSON.parse((await inkstone(["tokenize", path, "-", "--json"], { input: "" })).out)).toEqual({ ids: [], tokens: [] });
    const refused = await inkstone(["tokenize", path, "-", "--json"], { input: Buffer.from([0x61, 0xff]) });
    expect(refused).toMatchObject({ code: 65, out: "", err: expect.stringMatching(/E_INPUT_ENCODING: .* byte 1\./) });
  });

  it("refuses what it cannot use by one line that names the place, exit 65", async () => {
    const file = tokenizerFile();
    file.model.merges = ["q zzz"];
    for (const [content, line] of [
      ['{\n "model": }', /^inkstone: E_TOKENIZER_INVALID: The tokenizer is not valid at 2:11: this is not JSON\.\n/],
      [JSON.stringify(file), /^inkstone: E_TOKENIZER_INVALID: The tokenizer is not valid at merge 0: its second piece is no token\.\n/],
      [JSON.stringify({ ...tokenizerFile(), normalizer: { type: "Magic" } }), /^inkstone: E_TOKENIZER_KIND: .*Magic/],
      ["[".repeat(1 << 20), /^inkstone: E_TOKENIZER_INVALID: .*1:65/],
    ] as const) {
      const bad = join(folder, "bad.json");
      await writeFile(bad, content);
      const { code, out, err } = await inkstone(["tokenize", bad, "x", "--json"]);
      expect([code, out]).toEqual([65, ""]);
      expect(err).toMatch(line);
      expect(err).not.toMatch(/ {4}at /);
    }
    const other = writeTinyLlama(join(folder, "bert.gguf"), {
      vocabularyOnly: true,
      metadata: { "tokenizer.ggml.model": { type: "string", value: "rwkv" } },
    });
    expect(await inkstone(["tokenize", other, "x"])).toMatchObject({
      code: 65,
      out: "",
      err: expect.stringMatching(/E_TOKENIZER_KIND: .*tokenizer\.ggml\.model is rwkv/),
    });
  });
});
