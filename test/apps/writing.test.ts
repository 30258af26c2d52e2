// Writing: the template language, traces, shipped templates on real rows, what is refused, which variant does better.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chineseNumber, chooseVariant, shippedTemplate, shippedTemplates, Template, variantReport, type WritingRow } from "#apps";
import type { InkstoneError } from "#core";

const write = (source: string, row: WritingRow, language: "en" | "zh" = "en") => Template.parse(source, { language }).write(row).text;
const errorOf = (work: () => unknown): InkstoneError => {
  try {
    work();
  } catch (error) {
    return error as InkstoneError;
  }
  throw new Error("nothing was thrown");
};

describe("the template language", () => {
  it("says values in the form of the language", () => {
    const cases: readonly (readonly [string, WritingRow, string, string])[] = [
      ["{x | number:2}", { x: 1234.5 }, "1,234.50", "1,234.50"],
      ["{x | compact}", { x: 120_000_000 }, "120 million", "1.2亿"],
      ["{x | currency:USD}", { x: 1200 }, "$1,200", "1,200美元"],
      ["{x | date}", { x: "2024-03-05" }, "March 5, 2024", "2024年3月5日"],
      ["{x | percent}", { x: -3.25 }, "−3.3%", "−3.3%"],
      ["{x | list}", { x: ["a", "b", "c"] }, "A, b and c", "a、b和c"],
      ["{x | measure:场}", { x: 2 }, "2场", "两场"],
      ["{x | ordinal}", { x: 22 }, "22nd", "第22"],
      ["{each y in x}{y.n}{end}", { x: [{ n: 1 }, { n: 2 }] }, "1 and 2", "1和2"],
      ["{x} {change(x, 80) | points}", { x: 100 }, "100 25", "100 25"],
    ];
    for (const [source, row, en, zh] of cases) expect([write(source, row), write(source, row, "zh")], source).toEqual([en, zh]);
    expect([chineseNumber(105), chineseNumber(10), chineseNumber(12), chineseNumber(2000)]).toEqual(["一百零五", "十", "十二", "二千"]);
  });

  it("agrees, refers back and takes the right article", () => {
    expect(write("{n | count:city} {n | agree:is:are} here", { n: 1 })).toBe("1 city is here");
    expect(write("{n | count:city} {n | agree:is:are} here", { n: 2 })).toBe("2 cities are here");
    expect(write("{c | ref:it:the firm}. {c | ref:it:the firm} and {c | ref:it:the firm}.", { c: "Acme" })).toBe("Acme. It and the firm.");
    expect(write("{an} {x} or {an} {y}", { x: "hour", y: "unit" })).toBe("An hour or a unit");
  });

  it("traces each value to its cells, also what was computed", () => {
    const { text, trace } = Template.parse("{name} rose by {now - before} from {before}.").write({ name: "Tea", now: 7, before: 4 });
    expect(text).toBe("Tea rose by 3 from 4.");
    expect(trace.map(({ start, end, cells }) => [text.slice(start, end), cells])).toEqual([
      ["Tea", ["name"]],
      ["3", ["now", "before"]],
      ["4", ["before"]],
    ]);
  });

  it("names line and remedy of what is wrong in a template, and of a row that does not fit", () => {
    const wrong: readonly (readonly [string, string])[] = [
      ["a\n{if x}b", "line 2"],
      ["[a|b", "line 1"],
      ["{x | numbr}", 'did you mean "number"'],
      ["{rond(x)}", "round"],
      ["{x +}", "missing"],
      ["{end}", "closes nothing"],
      ["---\nlanguage: fr\n---\n", "en or zh"],
      ["[".repeat(20_000), "inside each other"],
      ["{if a}".repeat(20_000), "inside each other"],
      [`{${"(".repeat(5000)}1}`, "more than 300"],
      [`{${"1+".repeat(5000)}1}`, "more than 300"],
    ];
    for (const [source, said] of wrong) {
      const error = errorOf(() => Template.parse(source));
      expect(error.code, source).toBe("E_RULES_FILE");
      expect(error.message).toContain(said);
    }
    for (const row of [{}, { x: "" }, { x: "many" }]) expect(errorOf(() => Template.parse("{x | number}").write(row)).code).toBe("E_WRITING_ROW");
    expect(errorOf(() => Template.parse("{1 / x}").write({ x: 0 })).code).toBe("E_RULES_FILE");
  });
});

const matches = Array.from({ length: 20 }, (_, i) => ({ home: `Home${i}`, away: `Away${i}`, homeGoals: 3, awayGoals: 1 }));

describe("shipped templates", () => {
  it("begin 20 rows in at least 5 ways, none twice in a row, the same for the same seed", () => {
    for (const language of ["en", "zh"] as const) {
      const openings = matches.map((row, index) => {
        const { text } = shippedTemplate("match", language).write(row, { index });
        expect(shippedTemplate("match", language).write(row, { index }).text).toBe(text);
        return text.replaceAll(row.home, "H").replaceAll(row.away, "A").slice(0, 6);
      });
      expect(new Set(openings).size).toBeGreaterThanOrEqual(5);
    }
  });

  it("leave no numbers that are in no cell", () => {
    const row: WritingRow = {
      company: "Acme",
      period: "Q3",
      revenue: 1_250_000_000,
      priorRevenue: 1_000_000_000,
      currency: "USD",
      profit: 75_000_000,
      margin: 6,
      revenues: [900, 1000],
    };
    for (const language of ["en", "zh"] as const)
      for (let index = 0; index < 20; index++) {
        const { text, trace } = shippedTemplate("results", language).write(row, { index });
        for (const { 0: number, index: at } of text.matchAll(/\d[\d.,]*\d|\d/g))
          expect(
            trace.some(({ start, end }) => start <= at && at + number.length <= end),
            `${number} in ${text}`,
          ).toBe(true);
      }
    expect(shippedTemplates).toContain("news");
  });

  it("look at each part of a condition once, however deep it stands", () => {
    const deep = `${"a or (".repeat(60)}a${")".repeat(60)}`;
    expect(Template.parse(`{if ${deep}}yes{else}no{end}`).write({ a: false }).text).toBe("No");
    expect(Template.parse(`{if ${deep.replaceAll("or", "and")}}yes{else}no{end}`).write({ a: true }).text).toBe("Yes");
  });

  it("say an area once, end a quotation once, and give no points in a cup", () => {
    const every = (name: string, row: WritingRow) =>
      (["en", "zh"] as const).flatMap((language) =>
        Array.from({ length: 20 }, (_, index) => shippedTemplate(name, language).write(row, { index }).text),
      );
    for (const text of every("restaurant", { name: "Lan", eatType: "pub", area: "Riverside", near: "Bell" }))
      expect(text.split("Riverside").length - 1, text).toBe(1);
    for (const quote of ["It matters.", "这很重要。", "It matters", "真的？"])
      for (const text of every("news", { company: "Acme", event: "launch", subject: "ink", quote }))
        expect(text, text).not.toMatch(/[.。]”[.。]|”.*“|[.。]{2}/u);
    for (const text of every("match", { home: "A", away: "B", homeGoals: 0, awayGoals: 1, competition: "Cup" }))
      expect(text, text).not.toMatch(/points|三分/);
    for (const text of every("results", { company: "Acme", period: "Q3", revenue: 5e8, priorRevenue: 5e8 })) expect(text).not.toMatch(/较|0%/);
  });
});

const shared = "../shared/data/data-to-text";
// name[Alimentum], area[city centre], familyFriendly[no]
const slots = (line: string): [string, string][] => [...line.matchAll(/(\w[\w ]*)\[([^\]]*)\]/g)].map(([, key, value]) => [key, value]);

describe.skipIf(!existsSync(shared))("on public rows, no slot is lost", () => {
  const said = (text: string, value: string): boolean => text.toLowerCase().includes(value.toLowerCase());
  it("of restaurants (E2E)", () => {
    const lines = [
      ...new Set(
        readFileSync(join(shared, "e2e-nlg/devset.csv"), "utf8")
          .split("\n")
          .slice(1)
          .map((line) => /^"([^"]*)"/.exec(line)?.[1] ?? ""),
      ),
    ].filter((line) => line !== "");
    const template = shippedTemplate("restaurant");
    for (const [index, line] of lines.entries()) {
      const row = Object.fromEntries(slots(line).map(([key, value]) => [key === "customer rating" ? "rating" : key, value]));
      const { text } = template.write(row, { index });
      for (const [key, value] of Object.entries(row))
        expect(
          key === "familyFriendly" ? text.includes(value === "yes" ? "is family friendly" : "is not family friendly") : said(text, value),
          `${key}=${value}: ${text}`,
        ).toBe(true);
    }
    expect(lines.length).toBeGreaterThan(500);
  });

  it("of products (RNNLG)", () => {
    const template = shippedTemplate("product");
    let count = 0;
    for (const kind of ["tv", "laptop"]) {
      const rows = JSON.parse(readFileSync(join(shared, `rnnlg/${kind}/train.json`), "utf8").replace(/^#.*$/gm, "")) as [string][];
      for (const [index, [act]] of rows.slice(0, 1500).entries()) {
        const [, inside] = /^(?:inform|recommend)\((.*)\)$/.exec(act) ?? [];
        const pairs = (inside ?? "").split(";").flatMap((one) => (/^\w+=[^=]+$/.test(one) ? [one.split("=") as [string, string]] : []));
        const row = Object.fromEntries(pairs.filter(([, value]) => !["none", "dontcare"].includes(value)));
        if (row.name === undefined || pairs.length !== new Set(pairs.map(([key]) => key)).size) continue;
        const { text } = template.write(row, { index });
        for (const [key, value] of Object.entries(row))
          expect(
            value === "true" ? said(text, `${key}`) && !said(text, `no ${key}`) : value === "false" ? said(text, `no ${key}`) : said(text, value),
            `${key}=${value}: ${text}`,
          ).toBe(true);
        count++;
      }
    }
    expect(count).toBeGreaterThan(500);
  });
});

describe("variants of a text", () => {
  it("that do better are shown more often, with an interval that holds the rate", () => {
    const rates = { a: 0.05, b: 0.2 };
    const outcomes = new Map(Object.keys(rates).map((name) => [name, { name, shown: 0, successes: 0 }]));
    for (let step = 0; step < 1500; step++) {
      const one = outcomes.get(chooseVariant([...outcomes.values()], { seed: 3, step }))!;
      const success = (step * 7919) % 100 < rates[one.name as keyof typeof rates] * 100;
      outcomes.set(one.name, { name: one.name, shown: one.shown + 1, successes: one.successes + (success ? 1 : 0) });
    }
    const [best, other] = variantReport([...outcomes.values()]);
    expect(best.name).toBe("b");
    expect(best.shown).toBeGreaterThan(other.shown * 4);
    expect(best.low).toBeLessThanOrEqual(0.2);
    expect(best.high).toBeGreaterThanOrEqual(0.2);
  });
});
