// The check of data: what it counts, where it points, and how little it holds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkData, describeCheck, type NearDuplicateFinder } from "#data";

const folder = mkdtempSync(join(tmpdir(), "inkstone-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const jsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const train = put(
  "train.jsonl",
  jsonl([
    { text: "Ink is black.", label: "a" },
    { text: "Stone is hard.", label: "b" },
    { text: "  INK  is black.", label: "b" },
    { text: "墨是黑的。", label: "a" },
    { text: " ", label: "a" },
  ]),
);
const test = put(
  "test.jsonl",
  jsonl([{ text: "ｓtone is hard.", label: "b" }, { text: "Brush", label: "a" }, { text: "Paper" }, { label: "a", text: null }]),
);

describe("checkData", () => {
  it("D08: finds a leak that was planted, repeats within a file, other labels on the same text, and says where", async () => {
    const report = await checkData([train, test]);
    expect(report.duplicates).toEqual({
      within: 1,
      between: 1,
      leaks: [{ from: "train.jsonl", to: "test.jsonl", rows: 1 }],
      examples: [
        { first: { file: "train.jsonl", line: 2 }, again: { file: "test.jsonl", line: 1 } },
        { first: { file: "train.jsonl", line: 1 }, again: { file: "train.jsonl", line: 3 } },
      ],
      conflicting: 1,
      compared: 1,
    });
    expect(report.files).toEqual([
      { file: "train.jsonl", rows: 5, broken: 0, empty: 1, unlabelled: 0, labels: { a: 3, b: 2 } },
      { file: "test.jsonl", rows: 4, broken: 0, empty: 1, unlabelled: 1, labels: { a: 2, b: 1 } },
    ]);
    expect([report.rows, report.imbalance]).toEqual([9, 5 / 3]);
    expect(report.scripts).toEqual({ Latin: 6, none: 2, Han: 1 });
    expect(report.characters).toEqual({ min: 0, median: 5, mean: expect.closeTo(73 / 9, 5), p95: 16, max: 16 });
    expect(report.words.max).toBe(4);
  });

  it("D01: fails at the first broken row with its place, or leaves broken rows out and counts them", async () => {
    const path = put("broken.jsonl", `${jsonl([{ text: "a" }, { text: "b" }])}{"text": oops}\n[1]\n${jsonl([{ text: "c" }])}`);
    await expect(checkData([path])).rejects.toMatchObject({ exit: 65, message: "broken.jsonl:3:10: this is not JSON." });
    const report = await checkData([path, train], { skipBad: true });
    expect(report.broken.count).toBe(2);
    expect(report.broken.examples.map(({ en }) => en)).toEqual(["broken.jsonl:3:10: this is not JSON.", "broken.jsonl:4:1: this row is no object."]);
    expect(report.files.map(({ rows, broken }) => [rows, broken])).toEqual([
      [3, 2],
      [5, 0],
    ]);
  });

  it("D07: refuses what has no row, a column that is not there, no file, and one file twice", async () => {
    await expect(checkData([put("empty.csv", "text,label\n")])).rejects.toMatchObject({ code: "E_DATA_EMPTY", exit: 65 });
    await expect(checkData([train], { text: "body" })).rejects.toMatchObject({
      code: "E_DATA_COLUMN",
      message: '"train.jsonl" has no column "body"; it has: text, label.',
    });
    await expect(checkData([])).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(checkData([train, join(folder, ".", "train.jsonl")])).rejects.toMatchObject({ code: "E_OPTION" });
    await expect(checkData([train, "/dev/zero"])).rejects.toMatchObject({ code: "E_FORMAT_NOT_A_FILE" });
  });

  it("asks a finder of near duplicates about every text that is no exact one, and reports what it finds", async () => {
    // Texts that share their first word, as a finder that is easily foreseen.
    const firstWords = new Map<string, number>();
    const asked: string[] = [];
    const finder: NearDuplicateFinder = {
      meet(text, number) {
        asked.push(text);
        const word = text.split(" ")[0];
        const before = firstWords.get(word);
        if (before === undefined) firstWords.set(word, number);
        return before;
      },
    };
    const other = put("other.jsonl", jsonl([{ text: "Ink is wet." }, { text: "Ink is black." }]));
    const report = await checkData([train, other], { nearDuplicates: finder });
    expect(asked).toEqual(["Ink is black.", "Stone is hard.", "墨是黑的。", "Ink is wet."]);
    expect(report.nearDuplicates).toMatchObject({
      within: 0,
      between: 1,
      examples: [{ first: { file: "train.jsonl", line: 1 }, again: { line: 1 } }],
    });
    expect(report.duplicates.between).toBe(1);
  });

  it("beyond its table estimates from a sample that does not depend on the order of rows, and says so", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ text: `row number ${i}`, label: i % 2 }));
    const a = put("a.jsonl", jsonl(rows));
    const b = put("b.jsonl", jsonl(rows.slice(0, 5000).concat(Array.from({ length: 5000 }, (_, i) => ({ text: `other ${i}`, label: 0 })))));
    const exact = await checkData([a, b]);
    expect([exact.duplicates.between, exact.duplicates.compared]).toEqual([5000, 1]);
    const sampled = await checkData([a, b], { mostTexts: 4000 });
    expect(sampled.duplicates.compared).toBe(1 / 8);
    expect(Math.abs(sampled.duplicates.between - 5000)).toBeLessThan(500);
    const reversed = put("a2.jsonl", jsonl(rows.toReversed()));
    expect((await checkData([reversed, b], { mostTexts: 4000 })).duplicates.between).toBe(sampled.duplicates.between);
  });

  it("does not fill its memory with a column of texts that was taken for the labels", async () => {
    const path = put("ids.csv", `text,label\n${Array.from({ length: 12_000 }, (_, i) => `t,${i}\n`).join("")}`);
    const report = await checkData([path]);
    expect([report.manyLabels, Object.keys(report.files[0].labels).length]).toEqual([true, 10_000]);
    expect(describeCheck(report, "en")).toContain("More than 10,000 labels");
  });

  it("tells scripts and words of many languages apart", async () => {
    const texts = ["ink 2 墨", "日本の墨です", "먹은 검다", "Чернила черны", "حبر أسود", "μελάνι", "123 !!", "हिन्दी स्याही", "😀😀"];
    const { scripts, words } = await checkData([put("scripts.jsonl", jsonl(texts.map((text) => ({ text }))))]);
    expect(scripts).toEqual({ Arabic: 1, Cyrillic: 1, Devanagari: 1, Greek: 1, Hangul: 1, Kana: 1, Latin: 1, none: 2 });
    expect(words).toMatchObject({ min: 0, max: 6, median: 2 });
  });
});

describe("describeCheck", () => {
  it("says it all in English and in Chinese", async () => {
    const report = await checkData([train, test]);
    const english = describeCheck(report, "en").split("\n");
    expect(english).toContain("9 rows in 2 files");
    expect(english).toContain("  1 row of test.jsonl also in train.jsonl");
    expect(english).toContain("  test.jsonl:1 = train.jsonl:2");
    expect(english).toContain("  train.jsonl: a 3 (60.0 %) · b 2 (40.0 %)");
    expect(english).toContain("Same text, another label: 1 row");
    const chinese = describeCheck(report, "zh");
    expect(chinese).toContain("2 个文件，共 9 行");
    expect(chinese).toContain("test.jsonl 中有 1 行也出现在 train.jsonl");
    expect(chinese.replace(/train\.jsonl|test\.jsonl|Latin|Han|none/g, "")).not.toMatch(/[A-Za-z]{2}/);
    expect(chinese.split("\n")).toHaveLength(english.length);
  });
});
