// Medicine: how findings are meant, drugs, values and days with their places, identifiers out of notes.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contextOf, createKnowledgeBase, medicalNotice, medicalSearch, medicalTimeline, PiiFinder, readMedical, sourceFinding } from "#apps";
import { openRows } from "#data";
import { openStore } from "#store";

describe("the results of a source", () => {
  const trial =
    "BACKGROUND: Screening increased in the past. RESULTS: Calls increased the use of screening (P < 0.01). Letters had no significant effect on its use.";
  const passage = (text: string, start = 0) => ({ text, document: "a", start, end: start + text.length });
  it("lean to yes or no on a question asked so, by sentences behind their heading that slice the source", () => {
    const yes = sourceFinding("Do calls increase the use of screening?", [passage(trial, 100)]);
    expect(yes).toMatchObject({ document: "a", leaning: "yes" });
    expect(yes?.sentences.map(({ effect }) => effect)).toEqual([true, false]);
    for (const { text, start, end } of yes?.sentences ?? []) expect(trial.slice(start - 100, end - 100)).toBe(text);
    expect(sourceFinding("Letters and reminders: any effect on use?", [passage("Letters had no significant effect on use.")])?.leaning).toBe("no");
    expect(sourceFinding("该药能否降低血压？", [passage("结果：两组血压差异无统计学意义。")])?.leaning).toBe("no");
    expect(sourceFinding("该药是否降低血压？", [passage("结果：该药显著降低血压。")])?.leaning).toBe("yes");
  });

  it("say nothing on other questions, and where nothing is reported", () => {
    expect(sourceFinding("How many women were called?", [passage(trial)])).toBeUndefined();
    expect(sourceFinding("Do calls help?", [passage("We called forty women.")])).toBeUndefined();
    expect(sourceFinding("Do calls help?", [])).toBeUndefined();
  });

  it("stand in what is found in a base, not for a question about oneself nor where the sources say nothing", async () => {
    const base = await createKnowledgeBase(await openStore({ file: ":memory:" }), "papers");
    await base.addText("a", trial);
    expect((await medicalSearch("Do calls increase the use of screening?", base)).finding).toMatchObject({ document: "a", leaning: "yes" });
    expect((await medicalSearch("Should I increase my use of screening?", base)).finding).toBeUndefined();
    expect((await medicalSearch("Does garlic cure malaria?", base)).finding).toBeUndefined();
  });
});

describe("the context of a finding", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["The patient denies chest pain.", "chest pain", ["negated"]],
    ["No fever, chills, or cough.", "cough", ["negated"]],
    ["Denies nausea but has severe headache.", "headache", []],
    ["Pulmonary embolism was ruled out.", "Pulmonary embolism", ["negated"]],
    ["Mother had breast cancer.", "cancer", ["family"]],
    ["He has a history of asthma.", "asthma", ["historical"]],
    ["Return for fever over 38.", "fever", ["hypothetical"]],
    ["Cough for three days. No rash.", "Cough", []],
    ["患者否认胸痛、咳嗽。", "咳嗽", ["negated"]],
    ["既往有高血压病史。", "高血压", ["historical"]],
    ["其父亲患糖尿病。", "糖尿病", ["family"]],
    ["未见骨折，但有水肿。", "水肿", []],
    ["如出现发热请及时就诊。", "发热", ["hypothetical"]],
    ["因胸闷三天入院。", "胸闷", []],
  ];
  it.each(cases)("%s", (text, finding, marks) => {
    const start = text.indexOf(finding);
    const context = contextOf(text, start, start + finding.length);
    expect(Object.entries(context).flatMap(([mark, holds]) => (holds ? [mark] : []))).toEqual(marks);
  });
});

describe("values", () => {
  it("are read by the short names of the ward", () => {
    const { values } = readMedical("Hb 9.1 g/dL (12-16), CRP 12 mg/L. C反应蛋白 3 mg/L");
    expect(values.map(({ name, value, abnormal }) => [name, value, abnormal])).toEqual([
      ["Hb", 9.1, "low"],
      ["CRP", 12, undefined],
      ["C反应蛋白", 3, undefined],
    ]);
  });
});

describe("a note", () => {
  const note =
    "CHIEF COMPLAINT: cough\nMEDICATIONS: Lisinopril 10 mg daily, Metformin 500 mg b.i.d.\nFAMILY HISTORY: diabetes\nLABS: Glucose 180 mg/dL (70-110), potassium 3.9 mmol/L\n【检查】血红蛋白 98 g/L（参考值 115-150），阿司匹林肠溶片 100mg 每日一次";
  it("is read with places that slice it", () => {
    const { sections, problems, drugs, values, notice } = readMedical(note);
    for (const one of [...sections, ...problems, ...drugs, ...values]) expect(note.slice(one.start, one.end)).toBe(one.text);
    expect(sections.map(({ name }) => name)).toEqual(["CHIEF COMPLAINT", "MEDICATIONS", "FAMILY HISTORY", "LABS", "检查"]);
    expect(drugs.map(({ name, dose, frequency }) => [name, dose, frequency])).toEqual([
      ["Lisinopril", "10 mg", "daily"],
      ["Metformin", "500 mg", "b.i.d."],
      ["阿司匹林肠溶片", "100mg", "每日一次"],
    ]);
    const given = "予阿司匹林 300 mg 口服，嘱患者继续服用二甲双胍 0.5g。";
    expect(readMedical(given).drugs.map(({ name, start }) => [name, start])).toEqual([
      ["阿司匹林", 1],
      ["二甲双胍", 23],
    ]);
    expect(values.map(({ name, value, unit, abnormal }) => [name, value, unit, abnormal])).toEqual([
      ["Glucose", 180, "mg/dL", "high"],
      ["potassium", 3.9, "mmol/L", undefined],
      ["血红蛋白", 98, "g/L", "low"],
    ]);
    expect(problems.map(({ text, family }) => [text, family])).toEqual([
      ["cough", false],
      ["diabetes", true],
    ]);
    expect(notice).toBe(medicalNotice);
  });

  it("has its days in order, in English and Chinese", async () => {
    const finder = await PiiFinder.open({ kinds: ["date"] });
    const events = medicalTimeline("Seen on 3/15/2024. 于2023年12月1日手术。Born 25/12/1960. On March 2, 2022 first visit.", finder);
    expect(events.map(({ date }) => date)).toEqual(["1960-12-25", "2022-03-02", "2023-12-01", "2024-03-15"]);
  });

  it.skipIf(!existsSync("../shared/data/medical/mtsamples/part_train.csv"))(
    "of the public samples: all are read, every place slices its note",
    async () => {
      let [notes, found] = [0, 0];
      for await (const { value } of openRows("../shared/data/medical/mtsamples/part_train.csv")) {
        const text = Object.values(value)
          .map(String)
          .sort((a, b) => b.length - a.length)[0];
        const { sections, problems, drugs, values } = readMedical(text);
        for (const one of [...sections, ...problems, ...drugs, ...values]) expect(text.slice(one.start, one.end)).toBe(one.text);
        notes++;
        found += problems.length;
      }
      expect(notes).toBe(367);
      expect(found).toBeGreaterThan(367);
    },
  );
});
