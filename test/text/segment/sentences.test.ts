// Sentences in English, Chinese and both.
import { describe, expect, it } from "vitest";
import { isChinese, scriptCounts, sentenceSpans, sentTokenize } from "#text";
import { fixture, hardTexts } from "./fixtures.ts";

describe("sentTokenize", () => {
  it.each<[string, string[]]>([
    [
      "abbreviations",
      ["Dr. Smith and Mrs. Jones met at St. Mary's.", "They left at 5 p.m. on Jan. 3.", "See Fig. 2 and e.g. No. 7, vs. the U.S. team."],
    ],
    ["initials", ["J. R. R. Tolkien wrote it.", "So did I.", "He met George W. Bush."]],
    ["numbers and names of files", ["It costs $3.50 or 1,000.75 in all.", "Open index.html at example.com/a.b now.", "Version 2.0 is out!"]],
    ["quotes and brackets", ['"Go!" he said.', 'She asked, "Why?"', "(He knew.)", "“No.”", "'Yes.'"]],
    ["runs of marks", ["What?!", "No way!!!", "Well... maybe not.", "Really…", "Yes."]],
    ["an abbreviation at the end", ["He works at Ink Inc.", "The firm is old.", "She has a Ph.D.", "It took years."]],
    ["Chinese", ["他来了！", "真的吗？！", "我不信……", "“走吧。”"]],
    ["Chinese quotes inside a sentence", ["“真的？”她问。", "他说：“好。”然后走了。"]],
    ["both", ["He said 你好。", "然后 left.", "OK!", "好的。"]],
  ])("knows %s", (_, sentences) => {
    const glue = sentences.some((one) => /\p{Script=Han}/u.test(one)) && !sentences.some((one) => /[a-z]/.test(one)) ? "" : " ";
    expect(sentTokenize(sentences.join(glue))).toEqual(sentences);
    expect(sentTokenize(sentences.join("\n\n"))).toEqual(sentences);
  });

  it("takes an empty line as an end, and a single one only when asked", () => {
    const text = "A heading\n\na line\nand another";
    expect(sentTokenize(text)).toEqual(["A heading", "a line\nand another"]);
    expect(sentTokenize(text, { lines: true })).toEqual(["A heading", "a line", "and another"]);
    expect(sentTokenize(" \n\n ")).toEqual([]);
  });
});

describe("sentenceSpans", () => {
  const texts = [...hardTexts, ...fixture<{ tokens: [string, string[]][] }>("words.json").tokens.map(([text]) => text)];
  it.each(texts)("of %j slice the text; between them is only white space", (text) => {
    let at = 0;
    for (const { text: sentence, start, end } of sentenceSpans(text)) {
      expect(text.slice(start, end)).toBe(sentence);
      expect(text.slice(at, start).trim()).toBe("");
      expect(sentence).toBe(sentence.trim());
      at = end;
    }
    expect(text.slice(at).trim()).toBe("");
  });

  it.each([". ", ".", "。", '."', ".)", "...", "\n", "\n \n", " ", "x", "“", "Mr. ", "1. ", "！？", "A."])(
    "cost no more than in proportion for %j again and again",
    (unit) => {
      expect(sentenceSpans(unit.repeat(1_000_000 / unit.length)).length).toBeGreaterThanOrEqual(0);
    },
  );
});

describe("isChinese", () => {
  it.each<[string, boolean]>([
    ["你好", true],
    ["hello", false],
    ["", false],
    ["123 😀", false],
    ["用 Node.js 写的程序", true],
    ["A line of English prose with 砚 in it", false],
    ["これは日本語の文章です", false],
    ["한국어 漢字", false],
  ])("%j: %j", (text, answer) => {
    expect(isChinese(text)).toBe(answer);
  });

  it("looks at scripts by their letters", () => {
    expect([...scriptCounts("ink 砚 чернила 𠀀 😀")]).toEqual([
      ["Latin", 3],
      ["Han", 2],
      ["Cyrillic", 7],
    ]);
  });
});
