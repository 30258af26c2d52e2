// Statements about groups: what is one and what only looks so, in two languages; HateCheck's cases of sentences that were not looked at while the rules were written, where ../shared is at hand.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { groupStatements, Moderator, parsePolicy } from "#apps";
import { openRows } from "#data";

const shared = "../shared/data";
async function rowsOf(path: string): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for await (const { value } of openRows(join(shared, path)))
    rows.push(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)])));
  return rows;
}

describe("a statement about a group", () => {
  const bad: readonly (readonly [string, string])[] = [
    ["Immigrants are vermin.", "contempt"],
    ["We should shoot all refugees.", "threat"],
    ["Muslims have no right to live here.", "worth"],
    ["I really d e s p i s e immigrants", "contempt"],
    ["W0men are all 1diots", "contempt"],
    ["I hate foreigners. They are scum.", "contempt"],
    ["黑人都是垃圾", "contempt"],
    ["移民滚出去", "threat"],
  ];
  const good = [
    "Women are great.",
    "I hate pizza.",
    "You are an idiot.",
    "No woman deserves to die.",
    'Saying "immigrants are vermin" is hateful.',
    "It is wrong to call refugees parasites, stop saying it.",
    "I would never hurt a woman.",
    "The clinic treats disabled people on weekdays.",
    "歧视黑人是错误的",
    "我认识很多外地人，他们都很好",
    "",
    "💥",
  ];
  it.each(bad)("%s: %s", (text, kind) => {
    const found = groupStatements(text);
    expect(found[0]?.kind).toBe(kind);
    for (const { start, end } of found) expect(text.slice(start, end).trim()).not.toBe("");
  });
  it.each(good)("is not: %s", (text) => {
    expect(groupStatements(text)).toEqual([]);
  });

  it("makes a post one for a person to look at, unless the policy says otherwise", async () => {
    const [usual, without] = [await Moderator.open(), await Moderator.open(await parsePolicy("statements: false"))];
    const { action, labels, spans } = await usual.judge("All refugees are vermin.");
    expect([action, labels.hate, spans[0].rule]).toEqual(["review", 0.75, "statement:contempt (refugees)"]);
    expect((await without.judge("All refugees are vermin.")).action).toBe("allow");
  });
});

describe.skipIf(!existsSync(shared))("on rows of others", () => {
  it("tells HateCheck's cases apart whose sentences it was not written by: two thirds right, and none of its groups of functions forgotten", async () => {
    const rows = (await rowsOf("classification/hatecheck/cases_a.csv")).filter((row) => Number(row.templ_id) % 2 === 1);
    const right = rows.filter(({ test_case: text, label_gold: label }) => groupStatements(text).length > 0 === (label === "hateful"));
    expect(rows.length).toBeGreaterThan(1000);
    expect(right.length / rows.length).toBeGreaterThanOrEqual(0.7);
    const share = (pattern: RegExp): number =>
      right.filter((row) => pattern.test(row.functionality)).length / rows.filter((row) => pattern.test(row.functionality)).length;
    expect(share(/^ident|^target|^profanity_nh|^slur_(?:homonym|reclaimed)/)).toBeGreaterThanOrEqual(0.95);
    for (const group of [/^derog/, /^threat/, /^negate|^counter/, /^spell/, /^phrase|^ref/])
      expect(share(group), String(group)).toBeGreaterThanOrEqual(0.5);
  });

  it("sees none in questions to a bank", async () => {
    const rows = (await rowsOf("qa-customer-service/banking77/train.csv")).filter((_, i) => i % 10 === 0);
    expect(rows.filter(({ text }) => groupStatements(text).length > 0)).toEqual([]);
  });
});
