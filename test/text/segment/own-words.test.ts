// User words with marks and digits stay whole, and what is no user word is cut as jieba cuts it, in every mode. Numbered lines are items.
import { expect, it } from "vitest";
import { ChineseSegmenter, cleanText, hashtags, mentions, repeats, sentTokenize, urls, zeroWidth } from "#text";

it.each(["COVID-19", "F-16", "MP-5", "GPT-4", "5w-30", "iPhone-15", "A+1"])("the user word %s stays whole", async (word) => {
  const segmenter = await ChineseSegmenter.open({ userDictionary: `${word} 1000 n\n`, engine: "jieba" });
  expect(segmenter.cut(`感染${word}后`)).toContain(word);
  expect(segmenter.cutForSearch(`感染${word}后`)).toContain(word);
  expect(segmenter.tag(`感染${word}后`)).toContainEqual(expect.objectContaining({ text: word, tag: "n" }));
});

it("search mode cuts what looks like a number as jieba does", async () => {
  const segmenter = await ChineseSegmenter.open({ engine: "jieba" });
  expect(segmenter.cutForSearch("GPT-4o很强")).toEqual(["GPT", "-", "4o", "很强"]);
});

it.each([
  ["Ingredients\n\n1. Salt\n2. Oil", ["Ingredients", "1. Salt", "2. Oil"]],
  ["Steps: 1. Open it.", ["Steps: 1. Open it."]],
  ["It opens at 9:00. It closes at 18:30.", ["It opens at 9:00.", "It closes at 18:30."]],
  ["You need:\n1. Ink\n2. A stone\nThat is all.", ["You need:", "1. Ink", "2. A stone\nThat is all."]],
  ["It was in the year\n12. Then he left.", ["It was in the year\n12. Then he left."]],
])("%j is %j", (text, sentences) => {
  expect(sentTokenize(text)).toEqual(sentences);
});

it.each([
  [repeats(), "AAA battery VIII www.example.com --flag a__b__c", "AAA battery VIII www.example.com --flag a__b__c"],
  [repeats(), "soooo AAAAA!!! -----", "soo AA! -"],
  [hashtags(), "#100DaysOfCode #2024Olympics #2024年会 #12abc #1", "    #1"],
  [mentions(), "//@张三: 好 a/@b a@b.cn", "//: 好 a/@b a@b.cn"],
  [urls(), "https://a/bをご覧 https://a.kr/b에서", "をご覧 에서"],
  [zeroWidth(), "അവന്‍ a‍b ক্ত‍ त्‍ ᠠ᠋", "അവന്‍ ab ক্ত‍ त्‍ ᠠ᠋"],
  [zeroWidth(), "ا‍‍‍‍x", "ا‍x"],
] as const)("%# cleans and does not bite", (step, text, cleaned) => {
  expect(cleanText(text, [step])).toBe(cleaned);
});
