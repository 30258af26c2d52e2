// Law: letters of the shipped forms, branches, what is refused and by which name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kindsIn, LegalForm, legalNotice, legalPdf, parsePlaybook, reviewContract, shippedForm, shippedForms, trainClauseKinds } from "#apps";
import { TextClassifier } from "#pipelines";
import { finish, mainFile } from "../support/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-legal-"));
afterAll(() => rmSync(folder, { recursive: true }));

const answers = {
  jurisdiction: "Ireland",
  sender: "Ann Lee",
  recipient: "Shop Ltd",
  today: "2026-03-05",
  item: "a kettle",
  bought: "2026-02-01",
  price: "45.50 EUR",
};

describe("a letter", () => {
  it("has the clause of a branch only where its answer says so, with the answers that it rests on", () => {
    const form = shippedForm("refund");
    const faulty = form.write({ ...answers, faulty: true, fault: "it *leaks*" });
    expect(faulty.clauses.find(({ name }) => name === "fault")).toEqual({
      name: "fault",
      text: "It is faulty: it *leaks*",
      answers: ["faulty", "fault"],
    });
    expect(faulty.markdown).toContain("it \\*leaks\\*");
    expect(form.write({ ...answers, faulty: false }).clauses.map(({ name }) => name)).toEqual(["head", "purchase", "wish", "end"]);
  });

  it.each([
    ["jurisdiction", "Mars"],
    ["bought", "2026-02-30"],
    ["price", "much"],
    ["sender", " "],
    ["faulty", "yes"],
    ["item", undefined],
  ])("is not written when %s is %s: the answer is named", (name, value) => {
    expect(() => shippedForm("refund").write({ ...answers, faulty: false, [name]: value })).toThrow(
      expect.objectContaining({ code: "E_OPTION", message: expect.stringContaining(name) }),
    );
  });

  it("is not written with an answer that nothing asks", () => {
    expect(() => shippedForm("refund").write({ ...answers, faulty: false, colour: "red" })).toThrow(
      expect.objectContaining({ code: "E_OPTION_UNKNOWN" }),
    );
  });

  it("says in its language that it is not legal advice", () => {
    const chinese = { ...answers, jurisdiction: "中国大陆", faulty: false };
    expect(shippedForm("refund", "zh").write(chinese).markdown).toContain(legalNotice.zh);
    expect(shippedForm("refund").write({ ...answers, faulty: false }).markdown).toContain(legalNotice.en);
  });
});

describe("a form", () => {
  it("says which answer is left out, in words", () => {
    const refused = (language: "en" | "zh") => () => shippedForm("tenancy", language).write({});
    expect(refused("en")).toThrow('"jurisdiction" cannot be left out; allowed: ');
    expect(refused("en")).toThrow(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("that is shipped can be read in both languages", () => {
    for (const name of shippedForms) for (const language of ["en", "zh"] as const) expect(shippedForm(name, language).language).toBe(language);
  });

  it("with a placeholder that no question fills is refused with its place", () => {
    const text = "title: T\nlanguage: en\njurisdictions: [X]\nquestions:\n  - {name: a, type: text}\nclauses:\n  - {name: c, text: 'Dear {b}'}";
    expect(() => LegalForm.parse(text)).toThrow(
      expect.objectContaining({ code: "E_RULES_FILE", message: expect.stringContaining("/clauses/0/text:7") }),
    );
  });
});

const contract = `SERVICE AGREEMENT

This Agreement is made on March 5, 2026 by and between Ink Works Ltd ("Supplier") and Paper House Inc. ("Customer").
1. Term. This Agreement commences on 2026-04-01 and continues for an initial term of two (2) years.
2. It shall automatically renew for successive one (1) year terms unless either party gives ninety (90) days' written notice of non-renewal.
3. Customer shall pay $12,500 per month; late payments bear interest of 24% per annum.
4. Supplier's liability shall not exceed USD 50,000. Customer shall indemnify Supplier against all claims.
5. Supplier may change the fees at any time in its sole discretion.
6. This Agreement shall be governed by the laws of Ireland. Disputes go to arbitration in Dublin.`;

describe("legal review", () => {
  it("says who, when, how much, how long, what is unusual and what is missing, each an exact slice", async () => {
    const found = await reviewContract(contract);
    expect(found.parties.map(({ text, role }) => [text, role])).toEqual([
      ["Ink Works Ltd", "Supplier"],
      ["Paper House Inc.", "Customer"],
    ]);
    expect(found.dates.map(({ iso, kind }) => [iso, kind])).toEqual([
      ["2026-03-05", "agreement"],
      ["2026-04-01", "effective"],
    ]);
    expect(found.money.map(({ amount, currency }) => [amount, currency])).toEqual([
      [12500, "USD"],
      [50000, "USD"],
    ]);
    expect(found.term[0].periods[0]).toMatchObject({ count: 2, unit: "year" });
    expect(found.renewal[0]).toMatchObject({ automatic: true, notice: { count: 90, unit: "day" } });
    expect(found.liability.map(({ kind }) => kind)).toEqual(["cap", "indemnity"]);
    expect(new Set(found.unusual.map(({ rule }) => rule))).toEqual(
      new Set(["automatic-renewal", "penalty-rate", "one-sided-indemnity", "unilateral-change", "sole-discretion"]),
    );
    expect(found.missing.map(({ clause }) => clause)).toEqual(["termination-for-cause", "confidentiality", "force-majeure"]);
    const { parties, dates, money, term, renewal, liability, clauses, unusual } = found;
    for (const { start, end, text } of [parties, dates, money, term, renewal, liability, clauses, unusual].flat())
      expect(contract.slice(start, end)).toBe(text);
  });

  it("reads a Chinese contract", async () => {
    const text =
      "房屋租赁合同\n\n出租人：王小明\n承租人：北京墨石科技有限公司\n\n一、租赁期限自2026年4月1日起至2027年3月31日止，共一年。\n二、每月租金为人民币5,000元，押金1万元。逾期付款按日千分之五支付违约金。\n三、到期前30日内未书面通知不续租的，合同自动续期一年。\n四、出租人有权随时调整租金。本合同最终解释权归出租人所有。\n五、因本合同发生争议，向北京市朝阳区人民法院提起诉讼。";
    const found = await reviewContract(text);
    expect(found.parties.map(({ text: one, role }) => [one, role])).toEqual([
      ["王小明", "出租人"],
      ["北京墨石科技有限公司", "承租人"],
    ]);
    expect(found.dates.map(({ iso, kind }) => [iso, kind])).toEqual([
      ["2026-04-01", "effective"],
      ["2027-03-31", "expiration"],
    ]);
    expect(found.money.map(({ amount }) => amount)).toEqual([5000, 10000]);
    expect(new Set(found.unusual.map(({ rule }) => rule))).toEqual(
      new Set(["automatic-renewal", "unilateral-change", "penalty-rate", "final-interpretation"]),
    );
    expect(found.missing.map(({ clause }) => clause)).toContain("governing-law");
    expect(found.unusual[0].reason).toMatch(/\p{Script=Han}/u);
  });

  it("takes a playbook of one's own, and says where one is wrong", async () => {
    const playbook = parsePlaybook(
      "require: [insurance]\ndefault: false\nflags:\n  - {name: fees, pattern: 'change the fees', reason: ask, severity: high}",
    );
    const found = await reviewContract(contract, { playbook });
    expect([found.missing.map(({ clause }) => clause), found.unusual.map(({ rule }) => rule)]).toEqual([["insurance"], ["fees"]]);
    expect(() => parsePlaybook("flags: [{name: x, pattern: '(', reason: y}]")).toThrow("/flags/0/pattern");
    await expect(reviewContract("a".repeat(2_000_001))).rejects.toMatchObject({ code: "E_TEXT_LENGTH" });
  });
});

describe("legal PDF", () => {
  const answers = { sender: "A", recipient: "B", today: "2026-03-05", address: "C", leaving: "2026-04-05", deposit: false };

  it("holds the letter and its notice, and asks for a font before it writes Chinese", async () => {
    const pdf = await legalPdf(shippedForm("tenancy").write({ ...answers, jurisdiction: "Ireland" }));
    const { extractText } = await import("unpdf");
    const { text } = await extractText(new Uint8Array(pdf), { mergePages: true });
    expect(text).toContain("I give notice that I will leave C");
    expect(text).toContain("Not legal advice");
    await expect(legalPdf(shippedForm("tenancy", "zh").write({ ...answers, jurisdiction: "中国大陆" }))).rejects.toMatchObject({ code: "E_OPTION" });
  });
});

describe("kinds of clauses that were learned", () => {
  const laws = ["France", "Italy", "Spain", "Malta", "Peru", "Chile"].map((land) => ({ text: `Governed by the laws of ${land}.`, label: "law" }));
  const fees = ["ten", "two", "six", "nine", "five"].map((much) => ({ text: `The fee is ${much} dollars a month.`, label: "fee" }));

  it("stand beside what the rules find, each with its place, and say what words alone would give", async () => {
    const path = join(folder, "kinds.json");
    const test = [{ text: "The fee is three dollars a month.", label: "fee" }];
    const { classifier, trial, test: tried } = await trainClauseKinds([...laws, ...fees], { folds: 3, test });
    await classifier.save(path);
    expect([trial?.macroF1, trial?.words.macroF1, tried?.rows, tried?.accuracy]).toEqual([1, 1, 1, 1]);
    const text = "It is governed by the laws of Norway.\nThe fee is one dollar a month.";
    const found = await kindsIn(classifier, text);
    expect(found.map(({ kind }) => kind)).toEqual(["law", "fee"]);
    for (const { start, end, text: said } of found) expect(text.slice(start, end)).toBe(said);
    expect(await kindsIn(classifier, text, { least: 1 })).toEqual([]);
    const { stdout } = await finish(process.execPath, [mainFile, "legal", "review", "-", "--kinds", path, "--json"], { input: text });
    expect(JSON.parse(stdout).learned.map(({ kind }: { kind: string }) => kind)).toEqual(["law", "fee"]);
  }, 120_000);

  it("are refused from a classifier of something else", async () => {
    const other = await new TextClassifier().fit(["a good pen", "a bad pen"], ["+", "-"]);
    await expect(kindsIn(other, "A pen.")).rejects.toMatchObject({ code: "E_PIPELINE" });
  });
});
