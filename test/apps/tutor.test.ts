// Education: keys lie in their sources, distractors are wrong, grades forgive what they should, outlines hold their places.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bloomLevel, KnowledgeTracer, Learners, type SavedTracer, TutorGrader, type TutorItem, tutorItems, tutorOutline } from "#apps";
import { uniform } from "#core";
import { rocAuc } from "#metrics";
import { openStore } from "#store";
import { root } from "../support/processes.ts";

const radium =
  "Marie Curie discovered radium in 1898 in a Paris laboratory. Photosynthesis is the process by which green plants make sugar from light. " +
  "Isaac Newton described gravity in London in 1687. The heart pumps about 5 litres of blood through the arteries every minute. " +
  "Albert Einstein published the theory of relativity in Bern in 1905. Ice floats on water because frozen water is less dense than liquid water.";
const chinese =
  "光合作用是绿色植物利用光能把二氧化碳和水转化为有机物的过程。长江全长约6300公里，是亚洲最长的河流。李白出生于公元701年，是唐代著名诗人。" +
  "由于地球自转，我们看到太阳从东方升起。细胞膜是包围细胞内容物的一层薄膜。杜甫在成都修建了草堂，写下许多诗歌。";

const xquad = (language: string) => join(root, `../shared/data/qa-customer-service/xquad/xquad.${language}.part.json`);

describe("items", () => {
  it("are few of a source that says the same thousands of times, and its sentence is asked once each way", async () => {
    const text = "北京大学是中国的一所大学。".repeat(4000);
    const items = await tutorItems({ text }, { count: 50 });
    expect(new Set(items.map(({ sentence }) => sentence)).size).toBe(1);
    expect(items.length).toBeLessThanOrEqual(6);
    expect(await tutorItems({ text: "\n".repeat(200_000) })).toEqual([]);
  });

  it("ask as the sentence speaks of one or of many", async () => {
    const asked = await tutorItems(
      { text: "Paris is the capital of France and its largest city. Cells are the smallest living parts of a body." },
      { types: ["short-answer"] },
    );
    expect(asked.map(({ question }) => question)).toEqual(["What is Paris?", "What are Cells?"]);
  });

  it("have their key in the source, and distractors that the sentence does not say", async () => {
    for (const [text, about] of [
      [radium, "photosynthesis"],
      [chinese, "光合作用"],
    ]) {
      const items = await tutorItems({ text, document: "d" }, { count: 12 });
      expect(new Set(items.map(({ type }) => type))).toEqual(new Set(["multiple-choice", "cloze", "short-answer"]));
      expect(items.find(({ type, concept }) => type === "short-answer" && concept === about)?.bloom).toBe("remember");
      for (const item of items) sound(item, text);
    }
  });

  it.runIf(existsSync(xquad("en")))("of 20 sources, English and Chinese: none without a key in the source", async () => {
    let count = 0;
    for (const language of ["en", "zh"]) {
      const { data } = JSON.parse(readFileSync(xquad(language), "utf8")) as { data: { paragraphs: { context: string }[] }[] };
      for (const { paragraphs } of data.slice(0, 10)) {
        const text = paragraphs.map(({ context }) => context).join("\n\n");
        for (const item of await tutorItems({ text }, { count: 20 })) {
          sound(item, text);
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(150);
  });

  it("are the same for the same seed, and hold on whatever text", async () => {
    expect(await tutorItems({ text: radium }, { seed: 3 })).toEqual(await tutorItems({ text: radium }, { seed: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300, unit: "grapheme" }), async (text) => {
        for (const item of await tutorItems({ text })) sound(item, text);
      }),
      { numRuns: 60 },
    );
    expect(await tutorItems({ text: "" })).toEqual([]);
  });
});

function sound(item: TutorItem, text: string): void {
  expect(text.slice(item.keyStart, item.keyEnd)).toBe(item.key);
  expect(text.slice(item.start, item.end)).toBe(item.sentence);
  expect(item.start <= item.keyStart && item.keyEnd <= item.end).toBe(true);
  expect(item.distractors.length).toBe(item.type === "multiple-choice" ? 3 : 0);
  if (item.type === "multiple-choice") {
    expect(new Set(item.choices).size).toBe(4);
    for (const wrong of item.distractors) expect(item.sentence.toLowerCase()).not.toContain(wrong.toLowerCase());
  }
}

describe("grades", () => {
  it("forgive case, articles, marks and one slip of the pen, and no wrong number", async () => {
    const grader = await TutorGrader.open();
    const items = await tutorItems({ text: radium }, { types: ["cloze"], count: 30 });
    const of = (key: string): TutorItem => items.find((one) => one.key === key)!;
    expect(grader.grade(of("1898"), "in 1898.").right).toBe(false);
    expect(grader.grade(of("1898"), " 1898. ").right).toBe(true);
    expect(grader.grade(of("1898"), "1899").right).toBe(false);
    expect(grader.grade(of("Albert Einstein"), "albert einstien").feedback).toContain("spelling");
    expect(grader.grade(of("Albert Einstein"), "Isaac Newton").right).toBe(false);
    expect(grader.grade(of("Albert Einstein"), "").feedback).toContain("No answer");
  });

  it("weigh a short answer by what it says of the key, and see a denial", async () => {
    const grader = await TutorGrader.open();
    const why = (await tutorItems({ text: radium }, { types: ["short-answer"] })).find(({ bloom }) => bloom === "understand")!;
    expect(why.question).toBe("Why is it that Ice floats on water?");
    expect(grader.grade(why, "The frozen water is less dense than the liquid.").right).toBe(true);
    expect(grader.grade(why, "Frozen water is not less dense than liquid water.").right).toBe(false);
    expect(grader.grade(why, "because it is cold").score).toBe(0);
    const what = (await tutorItems({ text: chinese }, { types: ["short-answer"] })).find(({ concept }) => concept === "光合作用")!;
    expect(what.question).toBe("什么是光合作用？");
    expect(grader.grade(what, "绿色植物利用光能，把二氧化碳和水变成有机物的过程").right).toBe(true);
    expect(grader.grade(what, "人的呼吸").right).toBe(false);
  });
});

describe("outlines", () => {
  it("follow headings, else where the words change, and cite exact sentences", async () => {
    const text = `# Science\n\n${radium}\n\n## Plants\n\nGreen plants make sugar. Leaves hold chlorophyll, and chlorophyll catches light.`;
    const outline = await tutorOutline({ text });
    expect([outline.title, outline.sections.map(({ title, level }) => [title, level])]).toEqual([
      "Science",
      [
        ["Science", 1],
        ["Plants", 2],
      ],
    ]);
    for (const { points, objectives } of outline.sections) {
      expect(objectives.length).toBeGreaterThan(0);
      for (const { text: point, start, end } of points) expect(text.slice(start, end)).toBe(point);
    }
    expect((await tutorOutline({ text: chinese })).language).toBe("zh");
    const stone = "砚台是文房四宝之一。研墨时先在砚台上滴几滴清水，再用墨锭顺时针研磨。端砚产于广东肇庆，歙砚产于安徽歙县。";
    const terms = (await tutorOutline({ text: stone })).sections.flatMap((section) => section.terms);
    expect(terms.length).toBeGreaterThan(2);
    for (const term of terms) expect(stone).toContain(term); // no words that only stand near each other
    const cats = Array.from({ length: 12 }, (_, i) => `Cats purr and sleep ${i} hours. Their kittens drink milk, and whiskers feel mice.`).join(" ");
    const stars = cats
      .replaceAll("Cats purr and sleep", "Stars burn hydrogen for")
      .replaceAll("Their kittens drink milk, and whiskers feel mice", "Galaxies spin, nebulae glow, planets orbit suns");
    expect((await tutorOutline({ text: `${cats}\n\n${stars}` })).sections.length).toBe(2);
  });
});

it("tells levels by verbs in both languages", () => {
  expect(
    ["Design a bridge.", "设计一座桥", "Is this law just? Justify.", "比较两种方法的区别", "Calculate 3 + 4.", "Name the capital."].map(bloomLevel),
  ).toEqual(["create", "create", "evaluate", "analyze", "apply", "remember"]);
});

describe("learners", () => {
  const day = 86_400_000;

  it("are advised on their weakest concepts, which change with the answers, and are erased whole", async () => {
    const store = await openStore({ file: ":memory:" });
    const learners = new Learners(store);
    const answer = (concept: string, right: boolean) => learners.answer("ada", { concept, right });
    await Promise.all([answer("fractions", false), answer("fractions", false), answer("area", true), answer("area", true), answer("area", true)]);
    const first = await learners.state("ada");
    expect([first.answers, first.concepts.map(({ concept }) => concept), first.advice[0]]).toEqual([
      5,
      ["fractions", "area"],
      expect.stringContaining("fractions"),
    ]);
    for (let i = 0; i < 8; i++) await answer("fractions", true);
    for (let i = 0; i < 4; i++) await answer("area", false);
    expect((await learners.state("ada", { language: "zh" })).advice[0]).toContain("“area”");
    expect((await learners.state("bob")).answers).toBe(0);
    expect((await new Learners(store, { owner: "school" }).state("ada")).answers).toBe(0);
    expect([await learners.erase("ada"), await learners.erase("ada"), (await learners.state("ada")).answers]).toEqual([true, false, 0]);
    await store.close();
  });

  it("review when FSRS says so: the same days as ts-fsrs", async () => {
    const store = await openStore({ file: ":memory:" });
    const learners = new Learners(store);
    const { createEmptyCard, fsrs, Rating } = await import("ts-fsrs");
    const start = Date.UTC(2026, 0, 1);
    let card = createEmptyCard(new Date(start));
    const times = [0, 1, 4, 12, 30].map((days) => start + days * day);
    for (const [i, at] of times.entries()) {
      card = fsrs({ enable_fuzz: false }).next(card, new Date(at), i === 3 ? Rating.Again : Rating.Good).card;
      await learners.answer("ada", { concept: "c", item: "i", right: i !== 3, at });
      expect((await learners.state("ada", { now: at })).reviews).toEqual([
        expect.objectContaining({ item: "i", due: card.due.toISOString(), isDue: false, lapses: card.lapses }),
      ]);
    }
    expect((await learners.state("ada", { now: card.due.getTime() })).reviews[0].isDue).toBe(true);
    await store.close();
  });

  const log = join(root, "../shared/data/education/assist2009-knowledge-tracing/train.csv");
  it.runIf(existsSync(log))(
    "are traced with an AUC of 0.78 on a fifth of ASSISTments 2009 that was not learned from",
    async () => {
      const lines = readFileSync(log, "utf8").split("\n");
      const all = Array.from({ length: Math.floor(lines.length / 3) }, (_, i) => {
        const right = lines[3 * i + 2].split(",");
        return lines[3 * i + 1].split(",").flatMap((concept, k) => (concept === "" ? [] : [{ concept, right: right[k] === "1" }]));
      });
      const order = all
        .map((one, i) => ({ one, at: uniform(0, 0, 0, i) }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one);
      const [held, seen] = [order.slice(0, Math.floor(all.length / 5)), order.slice(Math.floor(all.length / 5))];
      const tracer = await KnowledgeTracer.train(seen, { epochs: 4 });
      const truth = held.flat().map(({ right }) => (right ? 1 : 0));
      expect(
        rocAuc(
          truth,
          held.flatMap((one) => new KnowledgeTracer(JSON.parse(JSON.stringify(tracer)) as SavedTracer).predictions(one)),
          { positive: 1 },
        ),
      ).toBeGreaterThan(0.78);
    },
    120_000,
  );

  it("refuses a tracer whose weights do not fit", () => {
    expect(() => new KnowledgeTracer({ formatVersion: 1, mean: 0.5, concepts: {}, center: [1], scale: [1], layers: [[1], [1], [1], [1]] })).toThrow(
      "tracer",
    );
  });
});
