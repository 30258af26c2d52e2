// Knowledge bases: exact places in every kind of document, adding again, killing while adding, removing every trace; real questions where ../shared is at hand.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Document, Packer, Paragraph } from "docx";
import { assert, property, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKnowledgeBase, cutPage, type KnowledgeBase, knowledgeModel, openKnowledgeBase, readPages, type TextEmbedder } from "#apps";
import { openStore, type Store } from "#store";
import { quantised } from "../../dist/apps/knowledge/packed.js";
import { VectorRows } from "../../dist/apps/knowledge/vectors.js";
import { finish, mainFile, root } from "../support/processes.ts";
import { plainPdf } from "./plain-pdf.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-kb-"));
const put = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
let store: Store;
beforeAll(async () => {
  store = await openStore({ file: join(folder, "store", "kb.db") });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

let bases = 0;
const fresh = (): Promise<KnowledgeBase> => createKnowledgeBase(store, `base${++bases}`);
const shared = join(root, "../shared/data/qa-customer-service");

describe("a search that is given up", () => {
  it("while the base is read leaves no passage that is found twice", async () => {
    const base = await fresh();
    await base.addText("long.txt", Array.from({ length: 1200 }, (_, i) => `Paragraph ${i} is of ink. ${"word ".repeat(190)}`).join("\n\n"));
    const gaveUp = new AbortController();
    let looks = 0;
    // The second look at the signal is behind the first of three segments.
    Object.defineProperty(gaveUp.signal, "throwIfAborted", {
      value: () => {
        if (++looks === 2) throw new Error("left");
      },
    });
    await expect(base.search("Paragraph 3", { signal: gaveUp.signal })).rejects.toThrow("left");
    const found = await base.search("Paragraph 3 ink", { limit: 50 });
    expect(new Set(found.map(({ start }) => start)).size).toBe(found.length);
    expect((await base.termStatistics("ink")).passages).toBe((await base.documents())[0].chunks);
  });
});

describe("passages", () => {
  const kinds: [string, () => Promise<string | Buffer> | string | Buffer, string, number | undefined][] = [
    ["a.txt", () => `\ufeff${"Ink is ground on a stone. ".repeat(200)}\n\nThe zebra 🦓 drinks. 斑马喝水。\n`, "zebra", undefined],
    ["b.md", () => "# One\n\nText.\n\n| a | b |\n| - | - |\n| zebra | 2 |\n\n```\n# no heading\n```\n", "zebra", undefined],
    ["c.html", () => "<title>Farm</title><h1>Animals</h1><p>A <b>zebra</b> &amp; a lion.", "zebra", undefined],
    ["d.csv", () => 'id,text\n1,"ink, black"\n2,"a zebra,\nstriped"\n', "zebra", 3],
    ["e.jsonl", () => '{"q":"ink?","a":"black"}\n{"q":"zebra?","a":"\\u6591\\u9a6c"}\n', "斑马", 2],
    ["f.pdf", () => plainPdf(["Ink is black.", "A zebra is striped."]), "zebra", 2],
    [
      "g.docx",
      () => Packer.toBuffer(new Document({ sections: [{ children: [new Paragraph("Ink 墨"), new Paragraph("A zebra.")] }] })),
      "zebra",
      undefined,
    ],
  ];

  it.each(kinds)("of %s say exactly where they stand", async (name, content, query, page) => {
    const path = put(name, await content());
    const base = await fresh();
    await base.addFile(path);
    const [first] = await base.search(query);
    expect(first.document).toBe(path);
    expect(first.page).toBe(page);
    expect(first.text).toContain(query);
    for await (const one of readPages(path))
      for (const passage of await base.passages(path))
        if (passage.page === one.page) expect(one.text.slice(passage.start, passage.end)).toBe(passage.text);
    if (/txt|md/.test(name))
      expect(
        readFileSync(path, "utf8")
          .replace(/^\ufeff/, "")
          .slice(first.start, first.end),
      ).toBe(first.text);
  });

  it("leave out white space only, never overlap, and cut no character in two", () => {
    assert(
      property(string({ unit: "grapheme", maxLength: 400 }), (text) => {
        for (const layout of ["plain", "lines", "markdown", "row"] as const) {
          let at = 0;
          for (const { start, end } of cutPage({ page: undefined, text, layout, heading: "" }, 40)) {
            expect(start).toBeGreaterThanOrEqual(at);
            expect(text.slice(at, start).trim()).toBe("");
            expect(/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text.slice(start, end))).toBe(
              /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(text.trim()) && end - start === text.trim().length,
            );
            at = end;
          }
          expect(text.slice(at).trim()).toBe("");
        }
      }),
      { numRuns: 200 },
    );
  });

  it("respect headings, rows of tables and Chinese sentences", () => {
    const cut = (text: string, length?: number) =>
      cutPage({ page: undefined, text, layout: "markdown", heading: "Guide" }, length).map(({ start, end, heading }) => [
        heading,
        text.slice(start, end),
      ]);
    expect(cut("# A\n\n## B\n\none\n\n## C\n\ntwo")).toEqual([
      ["Guide > A > B", "# A\n\n## B\n\none"],
      ["Guide > A > C", "## C\n\ntwo"],
    ]);
    const table = ["| name | price |", "| - | - |", ...Array.from({ length: 6 }, (_, i) => `| brush ${i} | ${i} |`)].join("\n");
    for (const [, text] of cut(table, 40)) expect(text).toMatch(/^\|.*\|$/s);
    const chinese = "墨分五色，浓淡干湿。砚以端溪为上！“真的吗？”他问。";
    expect(cut(chinese, 30).map(([, text]) => text)).toEqual(["墨分五色，浓淡干湿。", "砚以端溪为上！", "“真的吗？”他问。"]);
  });
});

describe("vectors", () => {
  it.each([1, 4, 13, 1030])("%i of them are found as their cosines say, without those that were taken out", (count) => {
    const width = 7;
    const vector = (from: number) => Float32Array.from({ length: width }, (_, i) => Math.sin(from * 12.9 + i * 78.2));
    const cosine = (one: Float32Array, other: Float32Array) => {
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, each, i) => sum + each * b[i], 0);
      return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
    };
    const rows = new VectorRows();
    for (let id = 0; id < count; id++) rows.set(id, quantised(vector(id)));
    if (count > 2) rows.remove(2);
    const query = vector(-1);
    const all = Array.from({ length: count }, (_, id) => id).filter((id) => count <= 2 || id !== 2);
    const best = all.map((id) => cosine(query, vector(id))).sort((a, b) => b - a);
    const found = rows.search(query, 5);
    expect(found.map(({ score }) => score)).toHaveLength(Math.min(5, all.length));
    for (const [i, { id, score }] of found.entries()) {
      expect(all).toContain(id);
      expect(Math.abs(score - cosine(query, vector(id)))).toBeLessThan(0.02);
      expect(Math.abs(score - best[i])).toBeLessThan(0.04);
    }
  });
});

describe("a base", () => {
  it("reads a changed file again, an unchanged one not, and finds what filters allow", async () => {
    const base = await fresh();
    const path = put("changing.txt", "The lamp is green.");
    expect((await base.addFile(path, { metadata: { shelf: "1" } })).state).toBe("added");
    expect((await base.addFile(path, { metadata: { shelf: "1" } })).state).toBe("unchanged");
    writeFileSync(path, "The lamp is violet.");
    expect((await base.addFile(path, { metadata: { shelf: "1" } })).state).toBe("renewed");
    expect((await base.search("green lamp")).map(({ text }) => text)).toEqual(["The lamp is violet."]);
    await base.addText("note", "Another lamp.", { metadata: { shelf: "2" } });
    expect((await base.search("lamp", { filter: { metadata: { shelf: "2" } } })).map(({ document }) => document)).toEqual(["note"]);
    for (const value of ['" OR 1=1', '{"$ne":null}', ".*"]) expect(await base.search("lamp", { filter: { metadata: { shelf: value } } })).toEqual([]);
    expect(await base.search("lamp", { filter: { metadata: { constructor: "x" } } })).toEqual([]);
    expect((await base.search("lamp", { perDocument: 1 })).length).toBe(2);
  });

  it("leaves no byte of a removed document in the store's files, in any process", async () => {
    const base = await fresh();
    const other = await openKnowledgeBase(store, base.name);
    await base.addText("kept", "Calligraphy needs patience.");
    await base.addText("secret", "The password is Xylophone-Quartz-77. ".repeat(300));
    expect((await other.search("xylophone")).length).toBeGreaterThan(0);
    await base.remove("secret");
    expect(await other.search("xylophone")).toEqual([]);
    const bytes = readdirSync(join(folder, "store")).map((name) => readFileSync(join(folder, "store", name)));
    for (const trace of ["Xylophone", "xylophon", "quartz"]) expect(bytes.some((content) => content.includes(trace))).toBe(false);
    expect((await other.search("patience")).length).toBe(1);
    await expect(base.remove("secret")).rejects.toMatchObject({ code: "E_KNOWLEDGE_DOCUMENT" });
  });

  it("is whole after its process was killed while it added, and the same command goes on", async () => {
    const many = join(folder, "many");
    const home = join(folder, "killed");
    mkdirSync(many, { recursive: true });
    for (let i = 0; i < 60; i++) writeFileSync(join(many, `${i}.txt`), `Document number${i}. ${`Sentence ${i} of many. `.repeat(400)}`);
    const env = { INKSTONE_DATA: home };
    await finish(process.execPath, [mainFile, "kb", "create", "k"], { env });
    const child = spawn(process.execPath, [mainFile, "kb", "add", "k", many], { env: { ...process.env, ...env }, stdio: "ignore" });
    const killed = new Promise((done) => child.on("exit", done));
    const looking = await openStore({ file: join(home, "inkstone.db") });
    for (let seen = 0; seen < 5 && child.exitCode === null; ) seen = (await looking.knowledge.bases(""))[0].documents;
    child.kill("SIGKILL");
    await killed;
    const half = await openKnowledgeBase(looking, "k");
    for (const { document, chunks } of await half.documents()) {
      const text = readFileSync(document, "utf8");
      const passages = await half.passages(document);
      expect(passages.length).toBe(chunks);
      expect(
        passages
          .map((passage) => passage.text)
          .join(" ")
          .replace(/\s+/g, " "),
      ).toBe(text.trim().replace(/\s+/g, " "));
    }
    const before = (await half.documents()).length;
    const { stdout } = await finish(process.execPath, [mainFile, "kb", "add", "k", many, "--json"], { env });
    expect(JSON.parse(stdout)).toEqual({ added: 60 - before, renewed: 0, unchanged: before, failed: [] });
    expect((await half.search("number59"))[0].document).toBe(join(many, "59.txt"));
    await looking.close();
  }, 60_000);

  it("adds what can be read when a document is broken, and says which one is", async () => {
    const env = { INKSTONE_DATA: join(folder, "some") };
    const mixed = join(folder, "mixed");
    mkdirSync(mixed);
    writeFileSync(join(mixed, "good.txt"), "Good ink.");
    writeFileSync(join(mixed, "bad.pdf"), "no pdf");
    writeFileSync(join(mixed, "bad.docx"), "");
    await finish(process.execPath, [mainFile, "kb", "create", "k"], { env });
    const { code, stdout } = await finish(process.execPath, [mainFile, "kb", "add", "k", mixed, "--json"], { env });
    expect(code).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      added: 1,
      failed: [{ document: join(mixed, "bad.docx") }, { document: join(mixed, "bad.pdf"), code: "E_DATA_DOCUMENT" }],
    });
    const found = await finish(process.execPath, [mainFile, "kb", "search", "k", "ink", "--json"], { env });
    expect(JSON.parse(found.stdout)).toEqual({
      results: [expect.objectContaining({ text: "Good ink.", page: null, start: 0, end: 9, document: join(mixed, "good.txt") })],
    });
  }, 60_000);

  it("keeps owners apart, and names apart from paths", async () => {
    const mine = await createKnowledgeBase(store, "same", { owner: "ada" });
    const theirs = await createKnowledgeBase(store, "same", { owner: "bob" });
    await mine.addText("a", "violet");
    expect(await theirs.search("violet")).toEqual([]);
    await expect(createKnowledgeBase(store, "same", { owner: "ada" })).rejects.toMatchObject({ code: "E_KNOWLEDGE_EXISTS" });
    for (const name of ["", "../x", "a/b", "a\0b", " ", "x".repeat(65), "-x"])
      await expect(createKnowledgeBase(store, name)).rejects.toMatchObject({ code: "E_KNOWLEDGE_NAME" });
    await mine.removeAll();
    await expect(openKnowledgeBase(store, "same", { owner: "ada" })).rejects.toMatchObject({ code: "E_KNOWLEDGE_UNKNOWN" });
  });

  it("fuses words with meaning where vectors are at hand, and refuses vectors that are none", async () => {
    const colours = ["red", "blue", "crimson"];
    const near: Record<string, number[]> = { red: [1, 0], crimson: [1, 0.1], blue: [0, 1] };
    const embedder: TextEmbedder = {
      name: "colours",
      embed: async (texts) => texts.map((text) => Float32Array.from(near[colours.find((one) => text.includes(one)) ?? "blue"])),
    };
    const base = await createKnowledgeBase(store, "colours", { embedder });
    await base.addText("1", "a crimson boat");
    await base.addText("2", "a blue car");
    expect((await base.search("red"))[0].document).toBe("1");
    await expect(openKnowledgeBase(store, "colours", { embedder: { ...embedder, name: "other" } })).rejects.toMatchObject({
      code: "E_KNOWLEDGE_VECTORS",
    });
    // Without its model it can be looked at; words alone never stand in for meaning.
    const bare = await openKnowledgeBase(store, "colours");
    expect((await bare.documents()).length).toBe(2);
    expect(await knowledgeModel(store, "colours")).toBe("colours");
    await expect(bare.search("red")).rejects.toMatchObject({ code: "E_KNOWLEDGE_VECTORS" });
    await expect(bare.addText("3", "a red hat")).rejects.toMatchObject({ code: "E_KNOWLEDGE_VECTORS" });
    for (const wrong of [
      [Number.NaN, 0],
      [0, 0],
      [1, Number.POSITIVE_INFINITY],
      [1, 2, 3],
    ]) {
      const bad = await openKnowledgeBase(store, "colours", { embedder: { name: "colours", embed: async () => [Float32Array.from(wrong)] } });
      await expect(bad.search("red")).rejects.toMatchObject({ code: "E_KNOWLEDGE_VECTORS" });
    }
  });
});

describe.skipIf(!existsSync(shared))("real questions", () => {
  it.each(["en", "zh"])(
    "of XQuAD in %s find their paragraph among the first three",
    async (language) => {
      const file = JSON.parse(readFileSync(join(shared, `xquad/xquad.${language}.part.json`), "utf8")) as {
        data: { paragraphs: { context: string; qas: { question: string }[] }[] }[];
      };
      const base = await fresh();
      const paragraphs = file.data.flatMap((article) => article.paragraphs);
      for (const [i, { context }] of paragraphs.entries()) await base.addText(`${i}`, context);
      let [found, asked] = [0, 0];
      for (const [i, { qas }] of paragraphs.entries())
        for (const { question } of qas) {
          asked++;
          if ((await base.search(question, { limit: 3, perDocument: 1 })).some(({ document }) => document === `${i}`)) found++;
        }
      expect(asked).toBe(874);
      expect(found / asked).toBeGreaterThanOrEqual(0.95);
    },
    120_000,
  );
});
