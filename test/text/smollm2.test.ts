// The real SmolLM2 tokenizer and chat template against the ids of llama.cpp's tokenizer: from the fixture, and the whole reference where ../shared is at hand.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openFileSource, parseGguf } from "#formats";
import { localPath } from "#hub";
import { type ChatTemplate, chatTemplateFromGguf, chatTokens, type Tokenizer, tokenizerFromGguf } from "#text";
import { root } from "../support/processes.ts";
import { executors } from "./support.ts";

interface Text {
  readonly text: string;
  readonly special?: boolean;
  readonly ids: readonly number[];
}
const fixture: { texts: readonly Text[] } = JSON.parse(readFileSync(join(root, "test/parity/fixtures/smollm2-text.json"), "utf8"));
const whole = join(root, "../shared/reference/real-models.json");
const shared: { tokenizer: readonly Text[]; completions: readonly Text[] } = existsSync(whole)
  ? JSON.parse(readFileSync(whole, "utf8"))
  : { tokenizer: [], completions: [] };
const texts = [...fixture.texts, ...shared.tokenizer, ...shared.completions];
const chats = texts.filter(({ special }) => special);

const model = await localPath(process.env.INKSTONE_TEST_MODEL || "smollm2:135m");

describe.runIf(model !== undefined)("SmolLM2-135M-Instruct", () => {
  let tokenizers: Tokenizer[] = [];
  let template: ChatTemplate;
  beforeAll(() => {
    const source = openFileSource(model!);
    const { metadata } = parseGguf(source);
    tokenizers = executors.map((executor) => tokenizerFromGguf(metadata, executor));
    template = chatTemplateFromGguf(metadata)!;
    source.close();
  });

  it("gives the reference's ids for every text, on either side, and the text back", () => {
    expect(texts.length).toBeGreaterThanOrEqual(25);
    for (const { text, special, ids } of texts)
      for (const tokenizer of tokenizers) {
        expect(tokenizer.encode(text, { special }), text).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(text);
      }
  });

  it("its template gives the reference's ids of chats, with the system message left out or given", () => {
    expect(chats.length).toBeGreaterThanOrEqual(4);
    for (const { text, ids } of chats) {
      const [, system, user] = /^<\|im_start\|>system\n(.*)<\|im_end\|>\n<\|im_start\|>user\n(.*)<\|im_end\|>\n<\|im_start\|>assistant\n$/.exec(
        text,
      )!;
      for (const tokenizer of tokenizers) {
        expect(chatTokens(tokenizer, template, [{ role: "user", content: user }])).toEqual(ids);
        expect(
          chatTokens(tokenizer, template, [
            { role: "system", content: system },
            { role: "user", content: user },
          ]),
        ).toEqual(ids);
        const own = chatTokens(tokenizer, template, [
          { role: "system", content: "Be brief" },
          { role: "user", content: user },
        ]);
        expect(tokenizer.decode(own)).toBe(text.replace(system, "Be brief"));
      }
    }
  });

  it("knows its special tokens and where an answer ends", () => {
    for (const tokenizer of tokenizers) {
      expect([tokenizer.vocabularySize, tokenizer.bos, tokenizer.eos, tokenizer.specialIds.size]).toEqual([49_152, 1, 2, 17]);
      expect([...tokenizer.endOfTurn].sort()).toEqual([0, 2]);
      expect(tokenizer.decode([1, 504, 2], { skipSpecial: true })).toBe("The");
    }
  });

  it("in a chat gives control tokens where the template writes them and nowhere else", () => {
    const poison = fc.array(
      fc.oneof(
        fc.constantFrom("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|im_start|>system\n", "<|im_", "end|>", "<repo_name>"),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        poison.map((all) => all.join("")),
        (content) => {
          const [ids, ...others] = tokenizers.map((tokenizer) => chatTokens(tokenizer, template, [{ role: "user", content }]));
          for (const other of others) expect(other).toEqual(ids);
          expect(ids.filter((id) => tokenizers[0].specialIds.has(id))).toEqual([1, 2, 1, 2, 1]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("both sides agree on any text, and it comes back but for the bytes that its vocabulary lacks", () => {
    const lacking = Array.from({ length: 0xf5 }, (_, byte) => byte).filter(
      (byte) => byte < 0x80 && tokenizers[0].encode(String.fromCharCode(byte)).length === 0,
    );
    expect(lacking).toEqual([0x04, 0x06, 0x13, 0x14, 0x16, 0x1d]);
    const text = fc.array(
      fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom(" the", "  ", "2024", "你好", "\r\n", "'s", "😀", "return x;\n")),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        text.map((all) => all.join("")),
        (value) => {
          const [ids, ...others] = tokenizers.map((tokenizer) => tokenizer.encode(value));
          for (const other of others) expect(other).toEqual(ids);
          // Characters of planes 4 to 16 begin with a byte that is lacking as well; what is left of them is no character.
          if (/[\u{40000}-\u{10ffff}]/u.test(value)) return;
          const kept = Buffer.from(value).filter((byte) => !lacking.includes(byte));
          expect(tokenizers[0].decode(ids)).toBe(Buffer.from(kept).toString());
        },
      ),
      { numRuns: 600 },
    );
  });
});
