// Examples out of files of known forms: exact offsets, one form of conversations, what is refused and where.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { InkstoneError } from "#core";
import {
  chatExample,
  Dataset,
  entitiesOf,
  htmlText,
  markdownSections,
  readConll,
  readDocx,
  readLabelStudio,
  readPdf,
  readSquad,
  readWikipedia,
  wikiPlainText,
} from "#data";
import { zip } from "../support/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const all = <Row>(rows: AsyncIterable<Row>) => Dataset.from(rows).toArray();
const shared = (path: string) => new URL(`../../../shared/data/${path}`, import.meta.url);

describe("SQuAD", () => {
  const article = (answers: unknown, context = "😀😀 墨 is ink.") => ({
    title: "T",
    paragraphs: [{ context, qas: [{ id: "q", question: "What?", answers }] }],
  });
  it("gives answers that slice the passage exactly, whatever is before them, none where the file points elsewhere", async () => {
    const data = [
      article([
        { text: "ink", answer_start: 8 },
        { text: "ink", answer_start: 2 },
        { text: "x", answer_start: -1 },
      ]),
      article(undefined),
    ];
    const [one, two] = await all(readSquad(put("squad.json", JSON.stringify({ version: "2", data }))));
    expect(one.answers.map(({ start, end }) => [start, end, one.context.slice(start, end)])).toEqual([
      [10, 13, "ink"],
      [-1, -1, ""],
      [-1, -1, ""],
    ]);
    expect(two.answers).toEqual([]);
  });

  it("names the place of what has another shape, or leaves it out", async () => {
    const path = put("bad.json", JSON.stringify({ data: [article([{ text: "ink" }]), article([])] }, undefined, 1));
    await expect(all(readSquad(path))).rejects.toMatchObject({
      code: "E_DATA_SHAPE",
      message: "bad.json:3: paragraphs[0].qas[0].answers[0].answer_start: a whole number from 0 was expected.",
    });
    const broken: InkstoneError[] = [];
    expect(await all(readSquad(path, { onBadRow: (error) => broken.push(error) }))).toHaveLength(1);
    expect(broken.map(({ code }) => code)).toEqual(["E_DATA_SHAPE"]);
  });

  const cmrc = shared("qa-customer-service/cmrc2018/cmrc2018_trial.json");
  it.runIf(existsSync(cmrc))("reads CMRC 2018 as it is: 1,002 questions, nearly all of their answers where it says", async () => {
    const questions = await all(readSquad(cmrc.pathname));
    expect(questions).toHaveLength(1002);
    const answers = questions.flatMap(({ context, answers: found }) => found.map((answer) => ({ ...answer, context })));
    const exact = answers.filter(({ start }) => start >= 0);
    for (const { context, start, end, text } of exact) expect(context.slice(start, end)).toBe(text);
    expect(exact.length / answers.length).toBeGreaterThan(0.9);
  });
});

describe("Label Studio", () => {
  it("gives labels and spans of the first annotation that counts, from JSON and JSON-MIN", async () => {
    const spans = { type: "labels", value: { start: 1, end: 4, labels: ["A", "B"], text: "Ink" } };
    const choice = { type: "choices", value: { choices: ["good", "short"] } };
    const tasks = [
      { id: 1, data: { text: "😀Ink" }, annotations: [{ was_cancelled: true, result: [] }, { result: [choice, spans] }] },
      { id: 2, data: { text: "none" }, annotations: [] },
      { id: 3, text: "😀Ink", mood: "good", tags: { choices: ["x", "y"] }, label: [{ start: 1, end: 4, labels: ["A"] }], created_at: "2026" },
    ];
    const both = [
      { start: 2, end: 5, label: "A" },
      { start: 2, end: 5, label: "B" },
    ];
    expect(await all(readLabelStudio(put("ls.json", JSON.stringify(tasks))))).toEqual([
      { id: "1", text: "😀Ink", labels: ["good", "short"], spans: both },
      { id: "2", text: "none", labels: [], spans: [] },
      { id: "3", text: "😀Ink", labels: ["good", "x", "y"], spans: [both[0]] },
    ]);
    const outside = [{ data: { text: "a" }, annotations: [{ result: [{ type: "labels", value: { start: 5, end: 9, labels: ["A"] } }] }] }];
    await expect(all(readLabelStudio(put("ls2.json", JSON.stringify(outside))))).rejects.toMatchObject({ code: "E_DATA_SHAPE" });
  });
});

describe("CoNLL", () => {
  it("gives sentences of words and tags, and names the line of a word without a tag", async () => {
    const text = "-DOCSTART- -X- O\n\n# id 1\nInk NN B-T\n# NN O\n\n\nStone\tO\r\n";
    expect(await all(readConll(put("a.conll", text)))).toEqual([
      { words: ["Ink", "#"], tags: ["B-T", "O"], line: 4 },
      { words: ["Stone"], tags: ["O"], line: 8 },
    ]);
    const path = put("b.conll", "a O\nb\nc O\n\nd O\n");
    await expect(all(readConll(path))).rejects.toMatchObject({ code: "E_DATA_ROW", message: "b.conll:2:2: a word without a tag." });
    expect(await all(readConll(path, { onBadRow: () => undefined }))).toEqual([{ words: ["d"], tags: ["O"], line: 5 }]);
  });

  it("finds entities in every form of tags", () => {
    const spans = (tags: string) => entitiesOf(tags.split(" ")).map(({ start, end, label }) => `${label} ${start}-${end}`);
    expect(spans("B-A I-A O B-A B-A I-B")).toEqual(["A 0-2", "A 3-4", "A 4-5", "B 5-6"]);
    expect(spans("I-A I-A B-A I-A O")).toEqual(["A 0-2", "A 2-4"]);
    expect(spans("B-A E-A S-B B-A L-A U-B O")).toEqual(["A 0-2", "B 2-3", "A 3-5", "B 5-6"]);
    expect(spans("O O")).toEqual([]);
  });

  const ncbi = shared("medical/ncbi-disease/devel.tsv");
  it.runIf(existsSync(ncbi))("reads the NCBI disease corpus: 923 sentences", async () => {
    expect(await all(readConll(ncbi.pathname))).toHaveLength(923);
  });
});

describe("conversations", () => {
  it("in any of the three forms come out as one", () => {
    const messages = [
      { role: "system", content: "s" },
      { role: "user", content: "q\n\ni" },
      { role: "assistant", content: "a" },
    ];
    expect(chatExample({ messages })).toEqual({ messages });
    const parts = messages.map(({ role, content }) => ({ role, content: [...content].map((text) => ({ type: "text", text })) }));
    expect(chatExample({ messages: parts })).toEqual({ messages });
    expect(chatExample({ instruction: "q", input: "i", output: "a", system: "s" })).toEqual({ messages });
    expect(
      chatExample({
        system: "s",
        conversations: [
          { from: "human", value: "q\n\ni" },
          { from: "gpt", value: "a" },
        ],
      }),
    ).toEqual({ messages });
    expect(chatExample({ instruction: "q", input: "", output: "a", history: [["x", "y"]] }).messages.map(({ content }) => content)).toEqual([
      "x",
      "y",
      "q",
      "a",
    ]);
  });

  it.each([
    [1, "row: an object was expected."],
    [{}, "instruction: a text was expected."],
    [{ messages: [] }, "row: a conversation without a turn."],
    [{ messages: [{ role: "constructor", content: "" }] }, 'messages[0].role: the role "constructor" is not known.'],
    [
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      'messages[0].content[0].type: only parts of text are read, not "image_url".',
    ],
    [{ conversations: [{ from: "gpt", value: 1 }] }, "conversations[0].value: a text was expected."],
  ])("refuses %j", (row, message) => {
    expect(() => chatExample(row)).toThrow(expect.objectContaining({ code: "E_DATA_SHAPE", message }));
  });
});

describe("documents", () => {
  it("HTML: what is shown, block by block; a hundred thousand open elements are no trouble", () => {
    const html =
      '<!doctype html><head><title> A &lt; B\n</title><style>p{}</style></head><ul><li>one<li>two &nbsp; x</ul><pre>a\n  b</pre><br>c<td>d</td><img alt="no"><!-- x --><p>&#x58A8;';
    expect(htmlText(html)).toEqual({ title: "A < B", text: "one\ntwo x\na\n  b\nc\nd\n墨" });
    expect(htmlText(`${"<div><b>".repeat(100_000)}ink`).text).toBe("ink");
    expect(htmlText("</p></script><<<b>x").text).toContain("x");
  });

  it("Markdown: sections under their headings, without marks", async () => {
    const text =
      "---\ntitle: x\n---\nintro\n\n# A *b*\n\n- one `c`\n- [two](http://x)\n\n## C\n\n```js\n# no heading\n```\n\n# D\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<b>raw</b>\n";
    expect(await markdownSections(text)).toEqual([
      { headings: [], text: "intro", line: 1 },
      { headings: ["A b"], text: "one c\ntwo", line: 6 },
      { headings: ["A b", "C"], text: "# no heading", line: 11 },
      { headings: ["D"], text: "a\nb\n1\n2\nraw", line: 17 },
    ]);
  });

  it("PDF: the text of each page; what is none, is cut short or does not end is a typed error", async () => {
    const stream = (text: string) => `<< /Length ${text.length} >>\nstream\n${text}\nendstream`;
    const objects = [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F1 7 0 R >> >> >>",
      stream("BT /F1 12 Tf 20 200 Td (Ink is black.) Tj ET"),
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 6 0 R /Resources << /Font << /F1 7 0 R >> >> >>",
      stream("BT /F1 12 Tf 20 200 Td (Page two) Tj ET"),
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ];
    let pdf = "%PDF-1.4\n";
    const offsets = objects.map((object, i) => {
      const offset = pdf.length;
      pdf += `${i + 1} 0 obj\n${object}\nendobj\n`;
      return offset;
    });
    const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
    pdf += `xref\n0 8\n0000000000 65535 f \n${table}trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n${pdf.length}\n%%EOF\n`;
    expect(await all(readPdf(put("a.pdf", pdf)))).toEqual([
      { page: 1, text: "Ink is black." },
      { page: 2, text: "Page two" },
    ]);
    await expect(all(readPdf(join(folder, "a.pdf"), { maxPages: 1 }))).rejects.toMatchObject({ code: "E_DATA_SIZE" });
    for (const wrong of ["", "no pdf", pdf.slice(0, 100)])
      await expect(all(readPdf(put("b.pdf", wrong)))).rejects.toMatchObject({ code: "E_DATA_DOCUMENT", exit: 65 });
    const controller = new AbortController();
    controller.abort();
    await expect(all(readPdf(join(folder, "a.pdf"), { signal: controller.signal }))).rejects.toMatchObject({ name: "AbortError" });
  });

  it("DOCX: its paragraphs; archives that are none, point outside or grow are refused before they are opened", async () => {
    const types =
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>';
    const rels =
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>';
    const body =
      '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Ink 墨</w:t></w:r></w:p><w:p><w:r><w:t>Stone</w:t></w:r></w:p></w:body></w:document>';
    const part = (name: string, text: string) => ({ name, data: Buffer.from(text) });
    const parts = [part("[Content_Types].xml", types), part("_rels/.rels", rels), part("word/document.xml", body)];
    expect(await readDocx(put("a.docx", zip(parts)))).toBe("Ink 墨\nStone");
    await expect(readDocx(put("b.docx", "no docx"))).rejects.toMatchObject({ code: "E_ARCHIVE", exit: 65 });
    await expect(readDocx(put("c.docx", zip([part("x", "y")])))).rejects.toMatchObject({ code: "E_DATA_DOCUMENT" });
    await expect(readDocx(put("d.docx", zip([...parts, part("../x", "y")])))).rejects.toMatchObject({ code: "E_ARCHIVE" });
    await expect(readDocx(put("e.docx", zip([...parts, { name: "word/big.xml", data: Buffer.alloc(32 << 20) }])))).rejects.toMatchObject({
      code: "E_DATA_PACKED",
    });
  });
});

describe("Wikipedia", () => {
  const page = (title: string, text: string, more = "") =>
    `  <page>\n    <title>${title}</title>\n    <ns>0</ns>\n    <id>7</id>\n${more}    <revision>\n      <id>1</id>\n      <text xml:space="preserve">${text}</text>\n    </revision>\n  </page>\n`;
  it("gives the pages of a dump with their references resolved, and expands no entity of a DTD", async () => {
    const dump = `<mediawiki>\n<siteinfo><title>no</title></siteinfo>\n${page("A &amp; B", "x &lt;b&gt;\n\n墨")}${page("R", "#REDIRECT [[A]]", '    <redirect title="A" />\n')}</mediawiki>\n`;
    expect(await all(readWikipedia(put("dump.xml", dump), { pieceBytes: 7 }))).toEqual([
      { id: 7, title: "A & B", namespace: 0, text: "x <b>\n\n墨" },
      { id: 7, title: "R", namespace: 0, redirect: "A", text: "#REDIRECT [[A]]" },
    ]);
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n<mediawiki>${page("T", "&b;")}</mediawiki>`;
    expect((await all(readWikipedia(put("laughs.xml", laughs))))[0].text).not.toContain("ha");
  });

  it.each([
    ["<html></html>", /:1:1: this is no Wikipedia dump/],
    ["", /this is no Wikipedia dump/],
    [`<mediawiki>\n${page("A", "x").slice(0, 90)}`, /never ends/],
    [`<mediawiki>${"<a>".repeat(100)}`, /nested too deeply/],
    [`<mediawiki>${page("", "x")}</mediawiki>`, /without title or id/],
  ])("refuses %j", async (dump, message) => {
    await expect(all(readWikipedia(put("bad.xml", dump)))).rejects.toMatchObject({ code: "E_DATA_ROW", message: expect.stringMatching(message) });
  });

  it("what is opened and never closed takes time that grows with its length only", () => {
    const many = (piece: string, after = "") => piece.repeat(200_000) + after;
    for (const page of [many("<b>"), many("<b>", many("</i>")), many("<"), many("word <b>x</b> "), many("<div>", many("</div>"))]) htmlText(page);
    const links = many("[[a|", many("]]y"));
    for (const text of [many("[http://x."), many("[http://x.\n", "]"), many("=", "x"), `=${many(" ", "x")}`, many("<!--"), many("<ref>"), links])
      wikiPlainText(text);
    expect(htmlText("<div><noscript>a</div>b<select><option>c</select>d<p>e&amp;f").text).toBe("bd\ne&f");
    expect(wikiPlainText("[[File:a.png|x [[y|z]] w]]a [[b|c [[d|e]] f]] [http://x.org its words] [http://y.org]")).toBe("a c e f its words");
  });

  it("wikitext becomes what is read, in time that grows with its length", () => {
    const wiki =
      "{{Infobox|a={{b}}|c=[[d]]}}'''Ink''' ([[China|Chinese]]: [http://x 墨]) is [[black]].<ref name=a>n</ref><!-- c -->\n{| class=x\n| cell\n|}\n== Use ==\n* [[File:a.png|thumb|A [[b]] c]]one\n# two__TOC__\n[[分类:墨]]";
    expect(wikiPlainText(wiki)).toBe("Ink (Chinese: 墨) is black.\nUse\none\ntwo");
    expect(wikiPlainText("a {{ b [[c")).toBe("a {{ b [[c");
    expect(wikiPlainText("{{".repeat(200_000)).length).toBe(400_000);
    expect(wikiPlainText("<ref>".repeat(20_000)).length).toBeLessThan(100_001);
  });
});
