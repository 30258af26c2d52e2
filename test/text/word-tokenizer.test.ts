// Word and character vocabularies: order, unknown tokens, decoding, what is refused.
import { describe, expect, it } from "vitest";
import { WordTokenizer } from "#text";

describe("WordTokenizer", () => {
  const english = ["I like apples.", "I don't like pears.", "Do you like apples?"];

  it("gives ids by falling frequency, and joins words as they are written", () => {
    const tokenizer = WordTokenizer.train(english);
    expect(tokenizer.tokens([4, 5, 6, 7])).toEqual(["like", ".", "I", "apples"]);
    for (const text of english) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.decode(tokenizer.encode("I (like) apples!"))).toBe("I <unk> like <unk> apples <unk>");
  });

  it("keeps Chinese characters one by one, and characters outside the basic plane whole", () => {
    const tokenizer = WordTokenizer.train(["我喜欢苹果。", "𠮷野家"], { by: "characters" });
    expect(tokenizer.decode(tokenizer.encode("我喜欢𠮷"))).toBe("我喜欢𠮷");
    expect(tokenizer.encode("𠮷")).toHaveLength(1);
    expect(tokenizer.encode("他")).toEqual([tokenizer.unknown]);
  });

  it("drops rare tokens and the tail of the vocabulary", () => {
    expect(WordTokenizer.train(english, { minCount: 2 }).vocabularySize).toBe(4 + 4);
    expect(WordTokenizer.train(english, { maxTokens: 6 }).vocabularySize).toBe(6);
  });

  it("takes the text of special tokens for ordinary text unless told otherwise", () => {
    const tokenizer = WordTokenizer.train(["a </s> b"]);
    expect(tokenizer.encode("</s>")).not.toContain(tokenizer.eos);
    expect(tokenizer.encode("</s>", { special: true })).toEqual([tokenizer.eos]);
    expect(tokenizer.decode([2, 4, 3], { skipSpecial: true })).toHaveLength(1);
  });

  it("takes a text alone for one text, and refuses what is none, and options by the nearest name", () => {
    expect(WordTokenizer.train("the cat").encode("the cat")).toHaveLength(2);
    const tokenizer = WordTokenizer.train(english);
    for (const text of [5, undefined, null, ["a"]]) {
      expect(() => tokenizer.encode(text as unknown as string)).toThrow(/"text".*a text/);
      expect(() => WordTokenizer.train([text] as unknown as string[])).toThrow(/"text".*a text/);
    }
    expect(() => WordTokenizer.train(english, { min_count: 2 } as object)).toThrow(/minCount/);
  });

  it("streams what decode gives", () => {
    const tokenizer = WordTokenizer.train(english);
    const decoder = tokenizer.decoder();
    const ids = tokenizer.encode("I don't like pears.");
    expect(ids.map((id) => decoder.push([id])).join("") + decoder.end()).toBe("I don't like pears.");
  });

  it("comes back from plain data, and refuses data that is none", () => {
    const tokenizer = WordTokenizer.train(english, { lowercase: true });
    const again = WordTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.encode("DO you?")).toEqual(tokenizer.encode("do you?"));
    for (const broken of [null, {}, { ...tokenizer.toJSON(), tokens: [1] }, { ...tokenizer.toJSON(), tokens: ["a", "a"] }]) {
      expect(() => WordTokenizer.fromJSON(broken)).toThrow(expect.objectContaining({ code: "E_VOCABULARY" }));
    }
    expect(() => WordTokenizer.train([" "])).toThrow(expect.objectContaining({ code: "E_VOCABULARY" }));
    expect(() => tokenizer.decode([999])).toThrow(expect.objectContaining({ code: "E_TOKEN_ID" }));
  });
});
