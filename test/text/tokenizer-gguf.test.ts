// Tokenizers from GGUF metadata: what is taken, and what is wrong refused by key or by token.
import { describe, expect, it } from "vitest";
import type { InkstoneError } from "#core";
import { memorySource, parseGguf } from "#formats";
import { chatTemplateFromGguf, tokenizerFromGguf } from "#text";
import { list, text, tinyLlama, u32, type Value } from "../support/gguf-writer.ts";
import { executors } from "./support.ts";

const metadata = (changes: Record<string, Value | undefined>) =>
  parseGguf(memorySource(tinyLlama({ vocabularyOnly: true, metadata: changes }))).metadata;
const opened = (changes: Record<string, Value | undefined> = {}) => executors.map((executor) => tokenizerFromGguf(metadata(changes), executor));

function refusal(changes: Record<string, Value | undefined>): Pick<InkstoneError, "code" | "parameters"> {
  const [first, ...others] = executors.map((executor) => {
    try {
      tokenizerFromGguf(metadata(changes), executor).dispose();
    } catch (error) {
      const { name, code, parameters, exit } = error as InkstoneError;
      expect([name, exit]).toEqual(["InkstoneError", 65]);
      return { code, parameters };
    }
    throw new Error("it was taken");
  });
  for (const other of others) expect(other).toEqual(first);
  return first;
}

const size = opened()[0].vocabularySize;
const types = (change: (all: number[]) => void) => {
  const all = Array.from({ length: size }, (_, id) => (id < 3 ? 3 : 1));
  change(all);
  return list("int32", all);
};

describe("a vocabulary in a GGUF file", () => {
  it("is all that is needed; its ids are known by name", () => {
    for (const tokenizer of opened()) {
      expect([tokenizer.bos, tokenizer.eos, [...tokenizer.specialIds], [...tokenizer.endOfTurn].sort()]).toEqual([1, 2, [0, 1, 2], [0, 2]]);
      expect(tokenizer.decode(tokenizer.encode("Hello you 你好。\n\n"))).toBe("Hello you 你好。\n\n");
      expect(tokenizer.encode("Hello")).toEqual([tokenizer.idOf("Hello")]);
    }
  });

  it("without token types holds ordinary tokens only", () => {
    for (const tokenizer of opened({ "tokenizer.ggml.token_type": undefined })) {
      expect(tokenizer.specialIds.size).toBe(0);
      expect(tokenizer.encode("<|im_end|>", { special: true })).not.toContain(2);
    }
  });

  it("whose end of a turn is an added token like any other, while another one is declared, still ends there", () => {
    const changed = { "tokenizer.ggml.token_type": types((all) => all.splice(2, 1, 4)), "tokenizer.ggml.eos_token_id": u32(0) };
    for (const tokenizer of opened(changed)) expect([...tokenizer.endOfTurn].sort()).toEqual([0, 2]);
  });

  it("may declare further ends of a turn", () => {
    for (const tokenizer of opened({ "tokenizer.ggml.eot_token_id": u32(7), "tokenizer.ggml.eom_token_id": u32(8) }))
      expect([...tokenizer.endOfTurn].sort()).toEqual([0, 2, 7, 8]);
  });

  it.each(["rwkv", "constructor", ""])("of the kind %j is refused by name", (kind) => {
    expect(refusal({ "tokenizer.ggml.model": text(kind) })).toMatchObject({
      code: "E_TOKENIZER_KIND",
      parameters: { what: "tokenizer.ggml.model", got: kind },
    });
  });

  it("with an unknown pre-tokenizer or none is refused by name", () => {
    expect(refusal({ "tokenizer.ggml.pre": text("bloom") })).toMatchObject({
      code: "E_TOKENIZER_KIND",
      parameters: { what: "tokenizer.ggml.pre", got: "bloom" },
    });
    expect(refusal({ "tokenizer.ggml.pre": undefined })).toMatchObject({ code: "E_TOKENIZER_KIND", parameters: { got: "none" } });
  });

  it.each(["model", "merges"])("without tokenizer.ggml.%s is refused by the key", (key) => {
    expect(refusal({ [`tokenizer.ggml.${key}`]: undefined })).toEqual({ code: "E_FORMAT_MISSING", parameters: { field: `tokenizer.ggml.${key}` } });
  });

  it("with a type that no token can have is refused by the token", () => {
    for (const type of [-1, 7, 259])
      expect(refusal({ "tokenizer.ggml.token_type": types((all) => all.splice(9, 1, type)) })).toMatchObject({
        code: "E_TOKENIZER_INVALID",
        parameters: { where: "token 9", why: { en: `there is no token type ${type}` } },
      });
  });

  it("whose merges name pieces that are no tokens is refused by the merge", () => {
    for (const [merge, why] of [
      ["q ~~~", "its second piece is no token"],
      ["~~~ q", "its first piece is no token"],
      ["q z", "the two together are no token"],
      ["q", "is not two pieces"],
    ])
      expect(refusal({ "tokenizer.ggml.merges": list("string", ["Ġ t", merge]) })).toEqual({
        code: "E_TOKENIZER_INVALID",
        parameters: { where: "merge 1", why: { en: why, zh: expect.stringMatching(/片段/) } },
      });
  });

  it("with a control token without text is refused by the token", () => {
    const tokens = (third: string) =>
      list("string", ["<|endoftext|>", "<|im_start|>", third, ...Array.from({ length: size - 3 }, (_, i) => `t${i}`)]);
    const changes = { "tokenizer.ggml.merges": list("string", []) };
    expect(refusal({ ...changes, "tokenizer.ggml.tokens": tokens("") }).parameters).toMatchObject({ where: "token 2" });
  });

  it("leaves out bytes for which it has no token, on either side", () => {
    const tokens = ["a", "b", "Ċ", "ä"];
    for (const tokenizer of opened({
      "tokenizer.ggml.tokens": list("string", tokens),
      "tokenizer.ggml.token_type": list("int32", [1, 1, 1, 1]),
      "tokenizer.ggml.merges": list("string", []),
    })) {
      expect(tokenizer.encode("abc\nba你d")).toEqual([0, 1, 2, 1, 0, 3]);
      expect(tokenizer.encode("xyz")).toEqual([]);
    }
  });
});

describe("the chat template of a GGUF file", () => {
  it("is read, may be missing, and is refused where it cannot be read", () => {
    expect(chatTemplateFromGguf(metadata({}))?.source).toContain("<|im_start|>");
    expect(chatTemplateFromGguf(metadata({ "tokenizer.chat_template": undefined }))).toBeUndefined();
    expect(() => chatTemplateFromGguf(metadata({ "tokenizer.chat_template": text("a\n{% if %}") }))).toThrow(
      expect.objectContaining({ code: "E_TEMPLATE_SYNTAX", parameters: expect.objectContaining({ position: "2:1" }) }),
    );
  });
});
