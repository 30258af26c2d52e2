// nlp(text): tokens, sentences, entities and noun phrases in both languages; places that slice the text whatever it holds.
import { describe, expect, it } from "vitest";
import { type Doc, loadNlp, type Span } from "#text";
import { hardTexts } from "../segment/fixtures.ts";

const nlp = await loadNlp();
const of = (doc: Doc): string => doc.tokens.map(({ text, lemma, pos }) => `${text}|${lemma}|${pos}`).join(" ");

function expectSpans(text: string, spans: readonly Span[], complete: boolean): void {
  let at = 0;
  for (const { text: piece, start, end } of spans) {
    if (text.slice(start, end) !== piece || start < at || end <= start) expect([piece, start]).toEqual([text.slice(start, end), at]);
    if (complete && text.slice(at, start).trim() !== "") expect(text.slice(at, start)).toBe("");
    at = end;
  }
  if (complete) expect(text.slice(at).trim()).toBe("");
}

describe("nlp(text) in English", () => {
  it("is loaded any number of times and reads the same", async () => {
    const entities = (doc: Doc) => doc.entities.map(({ text, label }) => `${label} ${text}`);
    for (let i = 0; i < 30; i++)
      expect(entities((await loadNlp({ language: "en" }))("Ann paid $40 on 3 May 2020."))).toEqual(["MONEY $40", "DATE 3 May 2020"]);
  });

  it("gives words with lemma and part of speech, stop words and punctuation marked", () => {
    const doc = nlp("The scribes didn't grind their inks.");
    expect(of(doc)).toBe("The|the|DET scribes|scribe|NOUN did|do|AUX n't|not|PART grind|grind|VERB their|their|PRON inks|ink|NOUN .|.|PUNCT");
    expect(doc.language).toBe("en");
    expect(doc.tokens.filter(({ isStop }) => isStop).map(({ text }) => text)).toEqual(["The", "did", "n't", "their"]);
    expect(doc.tokens.filter(({ isPunct }) => isPunct).map(({ text }) => text)).toEqual(["."]);
  });

  it("finds times, amounts and what the web knows, across several pieces", () => {
    const doc = nlp(`${"A plain sentence. ".repeat(400)}On 3 May 2020 she paid $3.50 to @li, 20% of it.`);
    expect(doc.entities.map(({ text, label }) => [text, label])).toEqual([
      ["3 May 2020", "DATE"],
      ["$3.50", "MONEY"],
      ["@li", "MENTION"],
      ["20%", "PERCENT"],
    ]);
    expect(doc.sentences.length).toBe(401);
  });

  it("finds noun phrases", () => {
    const { nounChunks } = nlp("The old black ink is in a small shop with white sheets.");
    expect(nounChunks.map(({ text }) => text)).toEqual(["The old black ink", "a small shop", "white sheets"]);
  });
});

describe("nlp(text) in Chinese", () => {
  it("gives words with jieba's tag and a universal one, entities and noun phrases", () => {
    const doc = nlp("昨天，李小龙在北京大学买了三块漂亮的砚台。");
    expect(doc.language).toBe("zh");
    expect(doc.tokens.map(({ text, pos, tag }) => `${text}|${pos}|${tag}`)).toContain("昨天|NOUN|t");
    expect(doc.entities.map(({ text, label }) => [text, label])).toEqual(
      expect.arrayContaining([
        ["昨天", "DATE"],
        ["李小龙", "PERSON"],
        ["北京大学", "ORGANIZATION"],
      ]),
    );
    expect(doc.tokens.filter(({ isStop }) => isStop).map(({ text }) => text)).toEqual(["在", "了", "的"]);
    expect(doc.nounChunks.map(({ text }) => text)).toContain("砚台");
  });

  it("takes a user dictionary", async () => {
    const own = await loadNlp({ language: "zh", userDictionary: "歙砚石 10 nz\n" });
    expect(own("一方歙砚石很贵").tokens.map(({ text }) => text)).toContain("歙砚石");
  });
});

describe("places", () => {
  const texts = [
    ...hardTexts,
    "👨‍👩‍👧👍🏽❤️🇨🇳1️⃣ ok",
    "我👨‍👩‍👧爱👍🏽❤️🇨🇳",
    "e\u0301e\u0301 caf\u00e9",
    "<b>x</b> http://a.b/c?d=e#f a@b.cn :-) :) #tag",
    "tab\tcr\r\nnbsp\u00a0x",
  ];
  it.each(texts)("of %j slice the text, and tokens leave nothing out but white space", async (text) => {
    for (const language of ["en", "zh"] as const) {
      const doc = (await loadNlp({ language }))(text);
      expectSpans(text, doc.tokens, true);
      expectSpans(text, doc.sentences, true);
      expectSpans(text, doc.nounChunks, false);
      for (const { start, end, text: piece } of doc.entities) expect(text.slice(start, end)).toBe(piece);
    }
  });

  it("never part an emoji or an accented letter", () => {
    for (const text of ["Hi 👨‍👩‍👧 👍🏽 ❤️ 🇨🇳 e\u0301 ok", "我爱👨‍👩‍👧和👍🏽和❤️和🇨🇳"])
      expect(nlp(text).tokens.map((token) => token.text)).toEqual(expect.arrayContaining(["👨‍👩‍👧", "👍🏽", "❤️", "🇨🇳"]));
  });

  it.each(["a", "a-", "a.", "http://", "@", "我", "！", "\u0301", "\ud800", "1,", "A. ", "word "])(
    "of %j a hundred thousand times over come in good time",
    (unit) => {
      // wink alone takes minutes for some of these.
      const text = unit.repeat(100_000 / unit.length);
      const doc = nlp(text);
      expectSpans(text, doc.tokens, true);
    },
  );
});

describe("similarity", () => {
  it("is of words: 1 with itself, 0 with what shares none, and the same both ways", () => {
    const [a, b, c, empty] = ["The ink is black.", "Black inks dried.", "Paper burns", "of the."].map((text) => nlp(text));
    expect(a.similarity(a)).toBeCloseTo(1, 12);
    expect(a.similarity(b)).toBeCloseTo(2 / Math.sqrt(2 * 3), 12);
    expect(b.similarity(a)).toBe(a.similarity(b));
    expect(a.similarity(c)).toBe(0);
    expect(empty.similarity(empty)).toBe(0);
    expect(nlp("我爱北京").similarity(nlp("他爱北京"))).toBeCloseTo(1, 12);
  });
});

describe("nlp.pipe", () => {
  it("annotates texts in order, one at a time, and stops at a signal", async () => {
    let asked = 0;
    function* texts(): Generator<string> {
      for (;;) yield asked++ % 2 ? "磨墨。" : "Grind ink.";
    }
    const controller = new AbortController();
    const docs: Doc[] = [];
    const work = (async () => {
      for await (const doc of nlp.pipe(texts(), { signal: controller.signal })) if (docs.push(doc) === 4) controller.abort(new Error("enough"));
    })();
    await expect(work).rejects.toThrow("enough");
    expect(docs.map(({ language }) => language)).toEqual(["en", "zh", "en", "zh"]);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it("gives what JSON can hold", () => {
    const plain = JSON.parse(JSON.stringify(nlp("Ink dries.")));
    expect(Object.keys(plain)).toEqual(["text", "language", "tokens", "sentences", "entities", "nounChunks"]);
    expect(Object.keys(plain.tokens[0])).toEqual(["text", "start", "end", "lemma", "pos", "tag", "isStop", "isPunct"]);
  });

  it("refuses another language", async () => {
    await expect(loadNlp({ language: "fr" as "en" })).rejects.toMatchObject({ code: "E_OPTION" });
  });
});
