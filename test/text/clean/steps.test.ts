// Each cleaning step: what it changes, what it leaves, what it counts.
import { describe, expect, it } from "vitest";
import {
  type CleanStep,
  clean,
  cleanText,
  controls,
  emails,
  emoji,
  fullWidth,
  halfWidth,
  hashtags,
  html,
  htmlToText,
  language,
  lowerCase,
  mentions,
  namedStep,
  namedSteps,
  normalForm,
  openLanguageDetector,
  quotes,
  repeats,
  simplified,
  traditional,
  urls,
  whitespace,
  zeroWidth,
} from "#text";

type Case = readonly [before: string, after: string, changes: number];

async function expectCases(step: CleanStep, cases: readonly Case[]): Promise<void> {
  const one = await step.open();
  for (const [before, after, changes] of cases) expect([before, one(before)]).toEqual([before, { text: after, changes }]);
}

describe("characters", () => {
  it("normal forms are Unicode's, one change a changed text", async () => {
    await expectCases(normalForm("NFC"), [
      ["e\u0301", "é", 1],
      ["é", "é", 0],
      ["\ud800", "\ud800", 0],
    ]);
    await expectCases(normalForm("NFD"), [["é", "e\u0301", 1]]);
    await expectCases(normalForm("NFKC"), [["ﬁ①Ａ㍿", "fi1A株式会社", 1]]);
    await expectCases(normalForm("NFKD"), [["ﬁé", "fie\u0301", 1]]);
    expect(() => normalForm("NFX" as "NFC")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("controls and halves of pairs go, tabs and line breaks stay", async () => {
    await expectCases(controls(), [
      ["a\u0000b\u001b[1m\u0007", "ab[1m", 3],
      ["a\tb\r\nc", "a\tb\r\nc", 0],
      ["a\u2028b\u0085c", "a\nb\nc", 2],
      ["x\ud83d y\udc00 😀", "x y 😀", 2],
    ]);
  });

  it("what has no width goes, but not what holds emoji, flags and joined scripts together", async () => {
    await expectCases(zeroWidth(), [
      ["a\u200bb\ufeff\u00ad\u2060", "ab", 4],
      ["a\u200db\u200c", "ab", 2],
      ["👨‍👩‍👧❤️‍🔥🏃🏽‍♀️", "👨‍👩‍👧❤️‍🔥🏃🏽‍♀️", 0],
      ["می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष", 0],
      [
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} a\u{e0068}\u{e0069}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} a",
        2,
      ],
      ["\u202eabc\u202c", "abc", 2],
    ]);
  });

  it("widths change both ways, letters only when asked", async () => {
    await expectCases(halfWidth(), [["ＡＢＣ，１２３\u3000！中文", "ABC,123 !中文", 9]]);
    await expectCases(halfWidth({ punctuation: false }), [["Ａ，１！", "A，1！", 2]]);
    await expectCases(fullWidth(), [["A 1!~", "Ａ\u3000１！～", 5]]);
    await expectCases(fullWidth({ punctuation: false }), [["A 1!", "Ａ １!", 2]]);
  });
});

describe("html", () => {
  it.each<readonly [string, string]>([
    ["<p>one<p>two", "one\n\ntwo"],
    ["a<br>b<br/>c<hr>d", "a\nb\nc\nd"],
    ["<div><div>x</div></div><div>y</div>", "x\ny"],
    ["<h1>T</h1>text <b>bold</b><i>it</i>", "T\n\ntext boldit"],
    ["<table><tr><td>1</td><td>2</td></tr><tr><td>3<td>4</table>", "1\t2\n3\t4"],
    ["<script>if (a < b) { '</p>' }</script>a<style>p{}</style>b<!-- c -->d", "abd"],
    ["<head><title>t</title></head><body>x</body>", "x"],
    ["<head><title>t</title><body>x", "x"],
    ["<svg><svg><text>no</text></svg>no</svg>yes<template>no</template><noscript>no</noscript>", "yes"],
    ["&lt;b&gt; &amp;amp; &#x1F600;&#128512; &nbsp;| &notit; &copy &bogus;", "<b> &amp; 😀😀 \u00a0| ¬it; © &bogus;"],
    ["<pre>  a\n    b</pre> c", "  a\n    b\n\nc"],
    ["  spaces \n and\tlines  ", "spaces and lines"],
    ["5 < 6 and 7 > 3 <3", "5 < 6 and 7 > 3 <3"],
    ["<a title=\"x > y\" href='<b>'>link</a", "link"],
    ["<p>中文<b>粗</b></p>", "中文粗"],
    ["<![CDATA[x]]><?php y ?>z", "xz"],
    ["", ""],
    ["<", "<"],
  ])("%j becomes %j", (markup, text) => {
    expect(htmlToText(markup)).toBe(text);
  });

  it("leaves a text without tags and entities alone, and counts tags, comments and entities", async () => {
    await expectCases(html(), [
      ["  a  b ", "  a  b ", 0],
      ["5 < 6  ok", "5 < 6  ok", 0],
      ["<p>a &amp; b</p><!-- c -->", "a & b", 4],
    ]);
  });
});

describe("the web's leavings", () => {
  it("addresses", async () => {
    await expectCases(urls(), [
      ["a https://x.y/z?q=1#f, b", "a , b", 1],
      ["(see http://x.y/a_(b)) www.x.y.", "(see ) .", 2],
      ["www is http: //", "www is http: //", 0],
      ["看http://t.cn/abc，好", "看，好", 1],
    ]);
    await expectCases(urls({ replacement: "$&" }), [["http://x.y", "$&", 1]]);
    await expectCases(emails({ replacement: "<e>" }), [["a.b+c@x-y.co.uk, @me a@b", "<e>, @me a@b", 1]]);
  });

  it("mentions and hashtags", async () => {
    await expectCases(mentions(), [["@a_b hi @小明 x@y.z a@b", " hi  x@y.z a@b", 2]]);
    await expectCases(hashtags(), [["#a #话题词# #1 C# &#39; #2nd x#y", "  #1 C# &#39;  x#y", 3]]);
    await expectCases(hashtags({ keepWord: true }), [["#a #话题# ok", "a 话题 ok", 2]]);
  });

  it("emoji, sequences being one, signs that are text left alone", async () => {
    await expectCases(emoji(), [
      ["a😀b👨‍👩‍👧c👍🏽d🇨🇳e1️⃣f❤️g❤h", "abcdefgh", 7],
      ["© ™ 3# ‼ → 1 〰 ㊗", "© ™ 3# ‼ → 1 〰 ㊗", 0],
      ["©️", "", 1],
    ]);
    await expectCases(emoji("name"), [["😀👍🏽🇨🇳1️⃣👨‍👩‍👧", ":grinning_face::thumbs_up::flag_china::keycap_1::family_man_woman_girl:", 5]]);
    await expectCases(emoji("keep"), [["a😀", "a😀", 1]]);
  });
});

describe("spacing, marks, case", () => {
  it("white space", async () => {
    await expectCases(whitespace(), [
      [" a  b\t\tc ", "a b c", 4],
      ["a\r\n\r\n\n\nb\rc", "a\n\nb\nc", 2],
      ["a b\nc", "a b\nc", 0],
      ["a\u3000\u00a0b", "a b", 1],
      ["a \n b", "a\nb", 1],
      [" \n ", "", 1],
    ]);
    await expectCases(whitespace({ lines: "join" }), [["a\n\nb\nc", "a b c", 2]]);
  });

  it("quotes, repeats, lower case", async () => {
    await expectCases(quotes(), [
      ["“a” ‘b’ — c… «d»", '"a" \'b\' - c... "d"', 8],
      ["a-b", "a-b", 0],
    ]);
    await expectCases(repeats(), [
      ["sooo good!!! ok?? 100000 ....... 哈哈哈 ll", "soo good! ok? 100000 ... 哈哈 ll", 5],
      ["……。。", "……。", 1],
    ]);
    await expectCases(repeats({ letters: 1, marks: 3 }), [["yesss!!!!!", "yes!!!", 2]]);
    await expectCases(lowerCase(), [
      ["ABc Ö", "abc ö", 3],
      ["中文 1", "中文 1", 0],
    ]);
  });
});

describe("Chinese variants", () => {
  it("go both ways, by phrase", async () => {
    await expectCases(simplified(), [
      ["漢語與軟體", "汉语与软体", 5],
      ["中文 abc", "中文 abc", 0],
    ]);
    await expectCases(traditional(), [["头发和发现", "頭髮和發現", 4]]);
    await expectCases(traditional("twp"), [["软件", "軟體", 2]]);
  });
});

describe("languages", () => {
  const sentences: Record<string, string> = {
    en: "The brush is dipped into the ink and then the paper is written on.",
    zh: "把毛笔蘸上墨，然后在纸上写字。",
    fr: "On trempe le pinceau dans l'encre, puis on écrit sur le papier.",
    ja: "筆を墨につけて、紙に字を書きます。",
    ru: "Кисть окунают в тушь и пишут на бумаге.",
  };

  it("are told by eld, and by script where only the script can be known", async () => {
    const [eld, script] = [await openLanguageDetector(), await openLanguageDetector({ engine: "script" })];
    expect([eld.engine, script.engine]).toEqual(["eld", "script"]);
    for (const [code, sentence] of Object.entries(sentences)) expect(eld.detect(sentence)).toEqual({ language: code, reliable: true });
    expect(Object.entries(sentences).map(([, sentence]) => script.detect(sentence).language)).toEqual(["en", "zh", "en", "ja", "ru"]);
    expect(script.detect(sentences.fr).reliable).toBe(false);
    for (const detector of [eld, script]) expect(detector.detect("123 😀 \ud800").language).toBe("");
  });

  it("that are not to be kept are dropped; what cannot be told stays unless asked otherwise", async () => {
    const kept = async (step: CleanStep): Promise<string[]> => {
      const one = await step.open();
      return ["en", "zh", "fr", "none"].filter((code) => one(sentences[code] ?? "12 34").text !== undefined);
    };
    expect(await kept(language({ keep: ["en", "zh"] }))).toEqual(["en", "zh", "none"]);
    expect(await kept(language({ keep: ["zh"], unsure: "drop" }))).toEqual(["zh"]);
    const byScript = language({ keep: ["en"], engine: "script" });
    expect(await kept(byScript)).toEqual(["en", "fr", "none"]);
    expect(byScript.name).toBe("language:en (by script)");
    expect(() => language({ keep: [] })).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("steps by name", () => {
  it("are all there, and say what they cannot take", () => {
    for (const name of Object.keys(namedSteps).filter((one) => one !== "language")) expect(namedStep(name).name.split(":")[0]).toBe(name);
    expect(cleanText("Hi #ink  http://a.b:80/", ["hashtags:word", "urls:<u>", "whitespace", "lower"].map(namedStep))).toBe("hi ink <u>");
    for (const wrong of ["upper", "toString", "html:x", "emoji:x", "language", "near-duplicates:2", "near-duplicates:", "language:en,zh"])
      expect(() => namedStep(wrong), wrong).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("that load something cannot be used at once, and say so", () => {
    expect(() => cleanText("x", [simplified()])).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });
});

describe("hostile texts", () => {
  const million = 1 << 20;
  const plain = Object.keys(namedSteps).filter((name) => !["language", "simplified", "traditional"].includes(name));
  const texts: Readonly<Record<string, string>> = {
    "a mebibyte of combining marks out of order": "\u0315\u0300".repeat(million / 2),
    "a million of U+FDFA": "\ufdfa".repeat(1_000_000),
    "lone surrogates and NULs": "\ud800\u0000\udc00\u0000".repeat(million / 4),
    "open tags": "<a ".repeat(million / 3),
    ampersands: "&".repeat(million),
    "tags that end nothing": `${"<b>".repeat(100_000)}${"</i>".repeat(100_000)}`,
    spaces: `a${" ".repeat(million)}b`,
    "at signs": "@a".repeat(million / 2),
    "number signs": "#".repeat(million),
    "number signs with a word": "#a ".repeat(million / 3),
    addresses: "http://".repeat(million / 7),
    "one letter": "a".repeat(million),
    "letters and dots": "a.".repeat(million / 2),
    "line breaks": "\r\n".repeat(million / 2),
    joiners: "😀\u200d".repeat(million / 4),
    flags: "🇨".repeat(million / 4),
    stops: ".".repeat(million),
  };

  // The square of any of these is hours: they end at all only if the time is in proportion.
  it.each(Object.keys(texts))("%s pass every step, and grow at most 20-fold in bytes", (name) => {
    const text = texts[name];
    const bytes = Buffer.byteLength(text);
    for (const step of plain) {
      const result = cleanText(text, [namedStep(step)]);
      expect(Buffer.byteLength(result ?? "") / bytes, step).toBeLessThanOrEqual(20);
    }
  });

  it("of marks are normalised as ever where runs are of a length that occurs", () => {
    const text = "a\u0315\u0300b".repeat(50) + "\u0316\u0300".repeat(60);
    expect(cleanText(text, [normalForm("NFD")])).toBe(text.normalize("NFD"));
  });

  it("pass the steps that load something", async () => {
    const one = await clean([simplified(), traditional(), language({ keep: ["en", "zh"] }), emoji("name")]).open();
    for (const text of [...Object.values(texts), ""]) expect([typeof one(text)]).toEqual([expect.stringMatching(/string|undefined/)]);
  });
});
