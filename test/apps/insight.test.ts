// Insight: what was planted is found, noise is not; each claim has its rows; reports open and hold no markup of the rows; real reviews where ../shared is at hand.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mammoth from "mammoth";
import { afterAll, describe, expect, it } from "vitest";
import {
  analyseRows,
  changesSince,
  type InsightRow,
  insightDocx,
  insightHtml,
  insightMarkdown,
  parseInsight,
  readInsightRows,
  standing,
  trendOf,
} from "#apps";
import { philox } from "#core";
import { snowballStem } from "#text";
import { finish, mainFile, root } from "../support/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-insight-"));
afterAll(() => rmSync(folder, { recursive: true }));

// 1,200 reviews over 12 months: complaints about the hinge rise, the battery makes ratings fall, everything else is chance.
function planted(language: "en" | "zh"): InsightRow[] {
  const chance = (row: number, of: number): number => philox([row, of, 0, 0], [7, 0])[0] / 2 ** 32;
  const words = {
    en: {
      parts: ["The screen is great.", "The keyboard is nice.", "The speaker is good.", "The box is fine."],
      none: "Delivered on Monday.",
      hinge: "The hinge is broken.",
      battery: "The battery is terrible.",
    },
    zh: { parts: ["屏幕很好。", "键盘不错。", "音响很好。", "包装不错。"], none: "周一收到。", hinge: "转轴坏了。", battery: "电池太差。" },
  }[language];
  return Array.from({ length: 1200 }, (_, i) => {
    const month = i % 12;
    const hinge = chance(i, 1) < 0.05 + 0.03 * month;
    const battery = chance(i, 2) < 0.3;
    const said = words.parts.filter((_, part) => chance(i, 10 + part) < 0.4);
    const text = [...said, ...(hinge ? [words.hinge] : []), ...(battery ? [words.battery] : [])].join(" ") || words.none;
    const rating = Math.max(1, Math.min(5, Math.round(3.5 + 2 * (chance(i, 3) - 0.5) - (battery ? 1.5 : 0))));
    return { line: i + 2, text, period: `2026-${String(month + 1).padStart(2, "0")}`, rating, segment: chance(i, 4) < 0.5 ? "A" : "B" };
  });
}

describe("insight", () => {
  it.each([
    ["en", "hinge", "battery"],
    ["zh", "转轴", "电池"],
  ] as const)("finds what was planted in %s and nothing that was not", async (language, hinge, battery) => {
    const rows = planted(language);
    const insight = await analyseRows(rows);
    expect(insight.trends.map(({ aspect, direction }) => `${aspect} ${direction}`)).toEqual([`${hinge} rising`]);
    expect(insight.drivers.map(({ aspect }) => aspect)).toEqual([battery]);
    expect(insight.drivers[0].difference.low).toBeLessThan(-1.2);
    expect(insight.drivers[0].difference.high).toBeGreaterThan(-1.8);
    expect(insight.segments).toEqual([]);
    for (const { aspect, rows: lines } of insight.trends) for (const line of lines) expect(rows[line - 2].text).toContain(aspect);
    const about = Object.fromEntries(insight.aspects.map(({ aspect, praise }) => [aspect, praise.value]));
    expect([about[hinge], about[battery]]).toEqual([0, 0]);
    expect(insight.tested.trends).toBeGreaterThanOrEqual(5);
  });

  it("finds nothing in chance alone: at most one in twenty of a hundred tables has a trend", () => {
    const tables = Array.from({ length: 100 }, (_, table) =>
      Array.from({ length: 12 }, (_, i) => Math.round(20 + 10 * (philox([table, i, 0, 0], [3, 0])[0] / 2 ** 32))),
    );
    const found = tables.filter((counts) =>
      standing(
        Array.from(
          { length: 5 },
          () =>
            trendOf(
              counts,
              counts.map(() => 100),
            ).p,
        ),
      ).some(Boolean),
    );
    expect(found.length).toBeLessThanOrEqual(5);
  });

  it("writes reports in which each claim has its rows, and the rows' markup is text", async () => {
    const rows = planted("en").map((row, i) =>
      i % 5 === 0 ? { ...row, text: `${row.text} The <script>alert(1)</script> [hinge](javascript:x) is | bad.` } : row,
    );
    const insight = await analyseRows(rows);
    const html = insightHtml(insight, "en");
    expect(html).not.toContain("<script");
    expect(html).toContain("<svg");
    expect(html).not.toMatch(/(?:src|href)=/);
    const markdown = insightMarkdown(insight, "en");
    expect(markdown).toMatch(/hinge: rising, 2026-01 .* → 2026-12 .*p \\< 0\.001 \(rows \d+/);
    expect(markdown).not.toMatch(/[^\\]\]\(javascript:/);
    expect(insightMarkdown(insight, "zh")).toContain("# 洞察报告");
    const docx = await insightDocx(insight, "zh");
    expect((await mammoth.extractRawText({ buffer: Buffer.from(docx) })).value).toContain("影响评分的因素");
  });

  it("reads ratings as people write them, and says how many it cannot read", async () => {
    const table = join(folder, "odd.csv");
    writeFileSync(
      table,
      'text,when,stars\nGood ink.,2026-03-05,4/5\nBad ink.,yesterday,5 stars\n好墨,2026年3月,5星\nFine.,,"4,5"\nWell.,2026,many\n',
    );
    const rows = await readInsightRows(table, { text: "text", time: "when", rating: "stars" });
    expect(rows.map(({ rating, period }) => [rating, period])).toEqual([
      [4, "2026-03"],
      [5, undefined],
      [5, "2026-03"],
      [4.5, undefined],
      [undefined, "2026"],
    ]);
    const given = ["insight", table, "--text", "text", "--time", "when", "--rating", "stars", "--output", join(folder, "odd.json")];
    const { stderr } = await finish(process.execPath, [mainFile, ...given]);
    expect(stderr).toContain('2 of 5 rows have nothing in "when"');
    expect(stderr).toContain('1 of 5 rows has nothing in "stars"');
  });

  it("refuses a column that is not there and a table without texts, and writes what its verb is asked for", async () => {
    const table = join(folder, "r.csv");
    writeFileSync(
      table,
      `text,when,stars\n${planted("en")
        .slice(0, 240)
        .map(({ text, period, rating }) => `"${text}",${period}-05,${rating}`)
        .join("\n")}\n`,
    );
    await expect(readInsightRows(table, { text: "nope" })).rejects.toMatchObject({ code: "E_DATA_COLUMN" });
    await expect(analyseRows([{ line: 2, text: " " }])).rejects.toMatchObject({ code: "E_DATA_EMPTY" });
    for (const ending of ["md", "html", "docx", "json"]) {
      const report = join(folder, `report.${ending}`);
      const { code, stderr } = await finish(process.execPath, [
        mainFile,
        "insight",
        table,
        "--text",
        "text",
        "--time",
        "when",
        "--rating",
        "stars",
        "--output",
        report,
      ]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(readFileSync(report).length).toBeGreaterThan(200);
    }
    const odd = await finish(process.execPath, [mainFile, "insight", table, "--text", "text", "--output", join(folder, "report.xyz")]);
    expect(odd.code).toBe(64);
  }, 60_000);
});

describe("what changed since an earlier report", () => {
  const rows = (battery: string, rating: number, more = ""): InsightRow[] =>
    Array.from({ length: 40 }, (_, i) => ({
      line: i + 2,
      text: `The battery is ${battery}. The screen is sharp.${i % 2 === 0 ? more : ""}`,
      rating: rating + (i % 2),
    }));

  it("is named where it stands, and nothing is where nothing changed", async () => {
    const [before, now] = [await analyseRows(rows("great", 4)), await analyseRows(rows("awful", 1, " The hinge is loose and bad."))];
    const changes = changesSince(parseInsight(JSON.stringify(before), "old.json"), now);
    expect(changes.praise.map(({ aspect }) => aspect)).toEqual(["battery"]);
    expect(changes).toMatchObject({ appeared: ["hinge"], gone: [], mentions: [], rating: { before: { value: 4.5 }, now: { value: 1.5 } } });
    expect(insightMarkdown({ ...now, changes }, "zh")).toContain("新出现: hinge");
    expect(changesSince(before, before)).toMatchObject({ appeared: [], gone: [], mentions: [], praise: [] });
  });

  it("is refused for what is no report", () => {
    for (const text of ["", "[]", "{}", '{"rows": 1, "aspects": [{}]}', "null"])
      expect(() => parseInsight(text, "old.json"), text).toThrow(expect.objectContaining({ code: "E_DATA_ROW" }));
  });
});

const shared = join(root, "../shared/data/data-to-text/product-reviews");
describe.skipIf(!existsSync(shared))("real reviews (Hu & Liu)", () => {
  it("name aspects that people marked", async () => {
    const scores: number[] = [];
    const stem = (text: string): string => text.split(" ").map(snowballStem).join(" ");
    for (const part of ["product_reviews_1", "product_reviews_2"])
      for (const file of readdirSync(join(shared, part)).filter((name) => name.endsWith(".txt") && !/readme/i.test(name))) {
        const rows: InsightRow[] = [];
        const marks = new Map<string, number>();
        for (const [i, line] of readFileSync(join(shared, part, file), "latin1")
          .split("\n")
          .entries()) {
          const at = line.indexOf("##");
          if (at < 0) continue;
          rows.push({ line: i + 1, text: line.slice(at + 2).trim() });
          for (const [, mark] of line.slice(0, at).matchAll(/([^,[\]]+?)\s*\[[+-]\d?\]/g))
            marks.set(stem(mark.trim().toLowerCase()), (marks.get(stem(mark.trim().toLowerCase())) ?? 0) + 1);
        }
        const found = (await analyseRows(rows, { aspects: 1000 })).aspects.map(({ aspect }) => stem(aspect));
        const right = new Set([...marks].filter(([, count]) => count >= 3).map(([mark]) => mark));
        const hits = found.filter((aspect) => right.has(aspect)).length;
        scores.push((2 * hits) / (found.length + right.size));
      }
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    console.log(`aspects marked three times and more, ${scores.length} products: mean F1 ${mean.toFixed(3)}`);
    expect(mean).toBeGreaterThanOrEqual(0.54);
  }, 120_000);
});
