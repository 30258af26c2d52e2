// Chinese words: jieba's answers, own dictionaries, ICU as the fallback, and places that slice the source.
import { describe, expect, it } from "vitest";
import { ChineseSegmenter } from "#text";
import { dataLines, digest, fixture, hardTexts, hasData } from "./fixtures.ts";

const answers = fixture<{ words: [string, string[]][]; drawn: [string, number, string][]; dictionary: string; withDictionary: [string, string[]][] }>(
  "chinese-words.json",
);
const jieba = await ChineseSegmenter.open({ engine: "jieba" });
const icu = await ChineseSegmenter.open({ engine: "icu" });

describe("ChineseSegmenter", () => {
  it("W17: is opened, never made: the constructor names open()", () => {
    const make = ChineseSegmenter as unknown as new () => ChineseSegmenter;
    expect(() => new make()).toThrow(/ChineseSegmenter\.open\(\)/);
  });

  it.each(answers.words)("cuts %j as jieba's precise mode", (text, words) => {
    expect(jieba.cut(text)).toEqual(words);
  });

  it.runIf(hasData)("cuts 400 reviews, orders, headlines and posts as jieba does", () => {
    const wrong = answers.drawn.filter(([name, line, answer]) => digest(jieba.cut(dataLines(name)[line])) !== answer);
    expect(answers.drawn.length).toBe(400);
    expect(wrong.map(([name, line]) => jieba.cut(dataLines(name)[line]).join("/"))).toEqual([]);
  });

  it("keeps the words of a user dictionary together, with or without frequencies, as jieba does", async () => {
    const own = await ChineseSegmenter.open({ userDictionary: answers.dictionary });
    for (const [text, words] of answers.withDictionary) expect(own.cut(text)).toEqual(words);
    expect(own.tag("韩玉赏鉴")[0]).toEqual({ text: "韩玉赏鉴", start: 0, end: 4, tag: "nz" });
    expect((await ChineseSegmenter.open({ userDictionary: [{ word: "云计算" }] })).cut("用云计算")).toEqual(["用", "云计算"]);
    expect(jieba.cut("云计算"), "the shared dictionary is untouched").toEqual(["云", "计算"]);
  });

  it("refuses a broken user dictionary with its line", async () => {
    await expect(ChineseSegmenter.open({ userDictionary: "好 1 n\n坏 词 典 很\n" })).rejects.toMatchObject({
      code: "E_DICTIONARY",
      parameters: { line: 2 },
    });
    for (const word of ["马克·吐温", "《论语》", "C*语言", "β衰变", "カナ语", "好😀好", "五〇后", "你，好", "Ａ股"]) {
      const never = { code: "E_DICTIONARY", parameters: { line: 2 } };
      await expect(ChineseSegmenter.open({ userDictionary: `好 1 n\n${word} 100 n\n` }), word).rejects.toMatchObject(never);
      await expect(ChineseSegmenter.open({ userDictionary: [{ word: "好" }, { word }] }), word).rejects.toMatchObject(never);
    }
    for (const word of ["A+1", "5w-30", "C#语言", "AT&T公司", "100%纯", "v1.2版", "snake_case函数", "𠮷野家", "㐂寿司", "豈有"]) {
      const own = await ChineseSegmenter.open({ userDictionary: [{ word, frequency: 100_000 }] });
      expect(own.cut(`我在${word}里面`), word).toContain(word);
    }
    await expect(ChineseSegmenter.open({ userDictionary: [{ word: "a b" }] })).rejects.toMatchObject({ code: "E_DICTIONARY" });
    await expect(ChineseSegmenter.open({ userDictionary: [{ word: "好", frequency: -1 }] })).rejects.toMatchObject({ code: "E_DICTIONARY" });
    await expect(ChineseSegmenter.open({ userDictionary: [{ word: "好" }], engine: "icu" })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  const long = "我爱北京天安门😀，".repeat(20_000) + "没".repeat(200_000);
  it.each([
    ["jieba", jieba],
    ["icu", icu],
  ] as const)("of %s gives pieces that lie side by side, slice the source and are all of it", (_, segmenter) => {
    for (const text of [...hardTexts, ...answers.words.map(([one]) => one), long])
      for (const spans of [segmenter.spans(text), segmenter.tag(text)]) {
        let at = 0;
        for (const { text: word, start, end } of spans) {
          if (start !== at || end <= start || text.slice(start, end) !== word)
            expect([start, end, word]).toEqual([at, at + word.length, text.slice(start, end)]);
          at = end;
        }
        expect(at).toBe(text.length);
      }
  });

  it("cuts a long text as its parts: the joints of the pieces are at breaks", () => {
    const sentence = "小明硕士毕业于中国科学院计算所，";
    const words = jieba.cut(sentence);
    const many = jieba.cut(sentence.repeat(10_000));
    expect(many.length).toBe(words.length * 10_000);
    expect(many.slice(-words.length)).toEqual(words);
  });

  it("says which engine it is; ICU has no tags", () => {
    expect([jieba.engine, icu.engine]).toEqual(["jieba", "icu"]);
    expect(icu.tag("你好")[0].tag).toBe("x");
    expect(jieba.tag("我爱北京").map(({ tag }) => tag)).toEqual(["r", "v", "ns"]);
    expect(jieba.cutForSearch("清华大学")).toEqual(["清华", "华大", "大学", "清华大学"]);
  });
});
