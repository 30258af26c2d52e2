// Law: letters of the shipped forms, branches, what is refused and by which name.
import { describe, expect, it } from "vitest";
import { LegalForm, legalNotice, shippedForm, shippedForms } from "#apps";

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
  it("that is shipped can be read in both languages", () => {
    for (const name of shippedForms) for (const language of ["en", "zh"] as const) expect(shippedForm(name, language).language).toBe(language);
  });

  it("with a placeholder that no question fills is refused with its place", () => {
    const text = "title: T\nlanguage: en\njurisdictions: [X]\nquestions:\n  - {name: a, type: text}\nclauses:\n  - {name: c, text: 'Dear {b}'}";
    expect(() => LegalForm.parse(text)).toThrow(
      expect.objectContaining({ code: "E_RULES_FILE", message: expect.stringContaining("/clauses/0/text") }),
    );
  });
});
