// Translation: layout kept byte for byte, what must stay is kept or marked, terms are honoured, the memory goes first, and no model's slip passes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Document, HeadingLevel, Packer, Paragraph, TextRun } from "docx";
import fc from "fast-check";
import mammoth from "mammoth";
import { afterAll, describe, expect, it } from "vitest";
import {
  checkTranslation,
  Glossary,
  markdownStretches,
  plainStretches,
  refilled,
  TranslationMemory,
  translateDocument,
  translateSentences,
} from "#apps";
import type { TextTranslator } from "#generate";
import { openStore } from "#store";

const folder = mkdtempSync(join(tmpdir(), "inkstone-translation-"));
afterAll(() => rmSync(folder, { recursive: true }));

// A translator by a rule: each English word becomes 字, what is no word stays. `slip` spoils what it says.
function translator(slip: (text: string) => string = (text) => text): TextTranslator & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    information: { name: "rule" },
    translate: async (texts) => {
      asked.push(...texts);
      return texts.map((text) =>
        slip(
          text
            .replace(/<[^>]*>|\{[^}]*\}|`[^`]*`|https?:\S+|[\w.]+@[\w.]+|\b[A-Z]{2,}\b|\b[A-Za-z]+\b/g, (one) =>
              /^[A-Za-z]+$/.test(one) && !/^[A-Z]{2,}$/.test(one) ? "字" : one,
            )
            .replace(/\./g, "。"),
        ),
      );
    },
    close: async () => undefined,
  };
}

describe("checks", () => {
  it("find each thing that changed, and let the same thing in another form pass", () => {
    const kinds = (source: string, target: string, to = "zh") => checkTranslation(source, target, { to }).map(({ kind }) => kind);
    expect(kinds("Version 2.5 costs $1,200.", "2.5 版售价 1200 美元。")).toEqual([]);
    expect(kinds("3 million people live there.", "那里居住着300万人。")).toEqual([]);
    expect(kinds("Open from March 5 to 12 May.", "3月5日至5月12日开放。")).toEqual([]);
    expect(kinds("二十三人获救。", "23 people were saved.", "en")).toEqual([]);
    expect(kinds("Pay 1,200 yuan.", "请付120元。")).toContain("number");
    expect(kinds("A ticket costs 12.50 EUR.", "Um bilhete custa 12,50 EUR.")).not.toContain("number");
    expect(kinds("A ticket costs 12.50 EUR.", "Um bilhete custa 1250 EUR.")).toContain("number");
    expect(kinds("Pay 5 yuan and 5 yuan.", "请付5元。")).toContain("number");
    expect(kinds("Hello <b>{name}</b>, see https://a.example/x.", "你好 <b>{name}</b>，见 https://a.example/x。")).toEqual([]);
    expect(kinds("Hello {name}.", "你好 {名字}。")).toContain("placeholder");
    expect(kinds("Hello <b>you</b>.", "你好 <b>你。")).toContain("placeholder");
    expect(kinds("Ask NASA for help.", "请向宇航局求助。")).toEqual(["name"]);
    expect(kinds("A long enough English sentence.", "A long enough English sentence.")).toContain("script");
    expect(kinds("Hello there, friend of mine.", "")).toEqual(["empty"]);
    expect(kinds("Good day to you all.", "好的好的好的好的好的好的好的好的")).toContain("repetition");
  });
});

describe("sentences", () => {
  it("of a thousand with placeholders and numbers are kept or marked, whatever the model drops", async () => {
    const parts = ["{price}", "<b>", "%s", "42", "1,200", "3.5", "https://a.example", "NASA", "{{user}}", "`code`"];
    const sources = Array.from({ length: 1000 }, (_, i) => `The order ${parts[i % 10]} number ${i} came with ${parts[(i * 7 + 3) % 10]} today.`);
    let drops = 0;
    const careless = translator((text) => (drops++ % 3 === 0 ? text.replace(/\d+|\{[^}]*\}|<[^>]*>/, "") : text));
    const done = await translateSentences(careless, sources, { to: "zh" });
    let marked = 0;
    for (const { source, target, failed } of done) {
      if (failed) marked++;
      else for (const one of source.match(/\{[^ ]*|<b>|%s|[\d,.]+\d|https:\S+|NASA|`code`/g) ?? []) expect(target).toContain(one);
    }
    expect(marked).toBeGreaterThan(0);
    expect(marked).toBeLessThan(400);
  });

  it("honour the glossary, first as the model says it, then set in, and mark what holds in no way", async () => {
    const glossary = Glossary.parse("source,target\nink stone,砚台");
    const toy = translator((text) => text);
    const [one] = await translateSentences(toy, ["The ink stone is old."], { to: "zh", glossary });
    expect([one.failed, one.target.includes("砚台"), one.by]).toEqual([false, true, "terms"]);
    const stubborn = translator((text) => text.replaceAll("砚台", "石头"));
    const [other] = await translateSentences(stubborn, ["The ink stone is old."], { to: "zh", glossary });
    expect([other.target.includes("砚台"), other.by]).toEqual([true, "pieces"]);
    const mute = { ...translator(), translate: async (texts: readonly string[]) => texts.map(() => "") };
    expect((await translateSentences(mute, ["The ink stone is old."], { to: "zh" }))[0]).toMatchObject({ failed: true, confidence: 0 });
  });

  it("come from the memory where they are there, a person's before the model's, and are asked for once", async () => {
    const store = await openStore({ file: ":memory:" });
    const memory = new TranslationMemory(store);
    const model = translator();
    await translateSentences(model, ["One day.", "One day.", "Two days."], { to: "zh", memory });
    await translateSentences(model, ["One day."], { to: "zh", memory });
    expect(model.asked).toEqual(["One day.", "Two days."]);
    await memory.add({ source: "One day.", target: "有一天。", from: "en", to: "zh", by: "person" });
    expect((await translateSentences(model, ["One day."], { to: "zh", memory }))[0]).toMatchObject({ target: "有一天。", by: "memory" });
    await store.close();
  });

  it("end at a signal, and refuse a language that is none", async () => {
    await expect(translateSentences(translator(), ["A b."], { to: "zh", signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
    await expect(translateSentences(translator(), ["A b."], { to: "../zh" })).rejects.toMatchObject({ code: "E_OPTION" });
  });
});

describe("documents", () => {
  it("of Markdown keep code, tables, addresses, marks and front matter", async () => {
    const text =
      '---\ntitle: Keep me\n---\n# A heading\n\nSome words with [a link](https://a.example/b) here.\n\n```js\nconst keep = 1;\n```\n\n- first item\n- second item\n\n| name | size |\n| ---- | ---: |\n| big box | 12 |\n\n> a quote\n\n<div class="x">\n';
    const file = join(folder, "a.md");
    writeFileSync(file, text);
    const output = join(folder, "a.zh.md");
    const { failed, confidence } = await translateDocument(translator(), file, { to: "zh", output });
    const done = readFileSync(output, "utf8");
    expect([failed, confidence > 0.5]).toEqual([0, true]);
    for (const part of [
      "title: Keep me",
      "# 字",
      "](https://a.example/b)",
      "const keep = 1;",
      "- 字",
      "| ---- | ---: |",
      "| 12 |",
      "> 字",
      '<div class="x">',
      "ai-generated: rule",
    ])
      expect(done).toContain(part);
  });

  it("leave everything else as it is, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "B", " ", "\n", ".", "。", "|", "#", "-", "`", "字", "[", "(", ">", "1", "\t"), maxLength: 120 }),
        (text) => {
          for (const stretches of [markdownStretches(text), plainStretches(text)]) {
            expect(stretches.every(({ start, end }, i) => start < end && start >= (stretches[i - 1]?.end ?? 0))).toBe(true);
            const same = refilled(
              text,
              stretches,
              stretches.map(({ start, end }) => text.slice(start, end)),
            );
            expect(same.replace(/ /g, "")).toBe(text.replace(/ /g, ""));
          }
        },
      ),
    );
  });

  it("of DOCX keep looks and structure, and open", async () => {
    const children = [
      new Paragraph({ text: "A heading", heading: HeadingLevel.HEADING_1 }),
      new Paragraph({ children: [new TextRun("Plain words & "), new TextRun({ text: "bold words", bold: true }), new TextRun(" and the end.")] }),
    ];
    const file = join(folder, "b.docx");
    writeFileSync(file, await Packer.toBuffer(new Document({ sections: [{ children }] })));
    const output = join(folder, "b.zh.docx");
    await translateDocument(translator(), file, { to: "zh", output });
    const { value } = await mammoth.convertToHtml({ path: output });
    expect(value).toContain("<h1>字 字</h1>");
    expect(value).toMatch(/字 字 &amp;.*<strong>字 字<\/strong>/);
    expect(value).toContain("人工智能翻译");
  });

  it("mark a sentence that fails, where it stands", async () => {
    const file = join(folder, "c.txt");
    writeFileSync(file, "Pay 5 yuan now please.\nGood day to you.\n");
    const { text, failed } = await translateDocument(
      translator((one) => one.replace("5", "6")),
      file,
      { to: "zh", label: false },
    );
    expect([failed, text]).toEqual([1, "⚠ 字 6 字 字 字。\n字 字 字 字。\n"]);
  });
});
