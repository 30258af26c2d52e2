// Tasks of evaluation: what is asked, what it is worth, few-shot prompts, files of answers, gates. On tiny data sets and a tiny model; the real sets where they are at hand.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { LanguageModel, ScoringGenerator } from "inkstone";
import {
  compareWithBaseline,
  evaluateLanguageModel,
  evaluationTasks,
  languageReportAsHtml,
  languageReportAsMarkdown,
  type Scoring,
  taskFiles,
} from "inkstone/evaluate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failure, openTiny, tinyPath } from "../generate/tiny.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-tasks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

beforeAll(() => {
  const arc = [
    { query: "Question: Which is black?", choices: ["ink", "snow"], gold: 0 },
    { query: "Question: Which is white?", choices: ["ink", "snow and ice"], gold: 1 },
    { query: "Question: Which is red?", choices: ["blood", "grass"], gold: 0 },
  ];
  put("evaluation/arc-easy/part.jsonl", jsonl(arc));
  put("evaluation/blimp/part.jsonl", jsonl([{ sentence_good: "They are.", sentence_bad: "They is.", linguistics_term: "agreement" }]));
  put("evaluation/lambada-openai/part.jsonl", jsonl([{ context: "Hello", continuation: "you" }]));
  put("education/gsm8k/train_sample.jsonl", jsonl(["1", "2"].map((n) => ({ question: `What is ${n}?`, answer: `It is ${n}.\n#### ${n}` }))));
});

/** A scorer of a rule: what it was asked is kept. */
function scorer(rule: (context: string, continuation: string) => number): ScoringGenerator & { readonly asked: string[] } {
  const asked: string[] = [];
  const refuse = (): never => {
    throw new Error("it is not asked to write");
  };
  return {
    asked,
    information: { name: "a rule" },
    state: { alive: true },
    generate: refuse,
    stream: refuse,
    close: async () => undefined,
    score: async (items) =>
      items.map(({ context, continuation }) => {
        asked.push(`${context}|${continuation}`);
        return { logProbability: rule(context, continuation), tokens: 1, cut: 0, isGreedy: true };
      }),
  };
}

describe("choices", () => {
  it("are asked behind the question as lm-evaluation-harness writes it; acc takes the likeliest, acc_norm the likeliest by its characters", async () => {
    const model = scorer((_, continuation) => (continuation === " snow and ice" ? -9 : -4));
    const { results } = await evaluateLanguageModel(model, ["arc_easy"], { data: folder, parallel: 1 });
    expect(model.asked.slice(0, 2)).toEqual(["Question: Which is black?\nAnswer:| ink", "Question: Which is black?\nAnswer:| snow"]);
    // ink: -4 / 3, snow: -4 / 4, "snow and ice": -9 / 12; of equals the first.
    expect(results["arc-easy"].metrics.acc.value).toBeCloseTo(2 / 3, 12);
    expect(results["arc-easy"].metrics.acc_norm.value).toBeCloseTo(2 / 3, 12);
    expect(results["arc-easy"]).toMatchObject({ samples: 3, fewShot: 0, metric: "acc" });
  });

  it("stand behind examples that the seed fixes and that are never the question itself", async () => {
    const [first, again, other] = [scorer(() => -1), scorer(() => -1), scorer(() => -1)];
    await evaluateLanguageModel(first, ["arc-easy"], { data: folder, fewShot: 2, parallel: 1 });
    await evaluateLanguageModel(again, ["arc-easy"], { data: folder, fewShot: 2, parallel: 3 });
    await evaluateLanguageModel(other, ["arc-easy"], { data: folder, fewShot: 2, seed: 3, parallel: 1 });
    expect(again.asked.toSorted()).toEqual(first.asked.toSorted());
    expect(other.asked.toSorted()).not.toEqual(first.asked.toSorted());
    for (const asked of first.asked) {
      const parts = asked.split("|")[0].split("\n\n");
      expect(parts).toHaveLength(3);
      expect(new Set(parts.map((part) => part.split("\n")[0])).size).toBe(3);
    }
    const short = await failure(
      evaluateLanguageModel(
        scorer(() => -1),
        ["arc-easy"],
        { data: folder, fewShot: 3 },
      ),
    );
    expect(short).toMatchObject({ code: "E_EVALUATION_EXAMPLES", parameters: { wanted: 3, found: 2 } });
  });
});

describe("an evaluation", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await openTiny(tinyPath({ contextLength: 512 }), { slots: 4 });
  });
  afterAll(() => model.close());

  it("gives the same numbers one by one and several at once", async () => {
    const tasks = ["arc-easy", "blimp", "lambada"];
    const [one, many] = [
      await evaluateLanguageModel(model, tasks, { data: folder, parallel: 1 }),
      await evaluateLanguageModel(model, tasks, { data: folder, parallel: 8 }),
    ];
    expect(many.results).toEqual(one.results);
    expect(one.results.lambada.metrics.perplexity.value).toBeGreaterThan(1);
  });

  it("goes on from a file of answers, takes none of other settings, and mends a last line that was cut", async () => {
    const resume = join(folder, "answers.jsonl");
    const whole = await evaluateLanguageModel(model, ["arc-easy"], { data: folder, resume });
    const lines = readFileSync(resume, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    writeFileSync(resume, `${lines.slice(0, 2).join("\n")}\n${lines[2].slice(0, 9)}`);
    const again = await evaluateLanguageModel(model, ["arc-easy"], { data: folder, resume });
    expect(again.results).toEqual(whole.results);
    expect(readFileSync(resume, "utf8").trimEnd().split("\n")).toHaveLength(4);
    expect(await failure(evaluateLanguageModel(model, ["arc-easy"], { data: folder, resume, seed: 9 }))).toMatchObject({ code: "E_RESUME" });
  });

  it("writes answers greedily and compares them", async () => {
    const { results } = await evaluateLanguageModel(model, ["gsm8k"], { data: folder, fewShot: 1 });
    expect(results.gsm8k.metrics.exact_match.value).toBe(0); // a tiny model of random numbers
    expect(results.gsm8k.samples).toBe(2);
  });

  it("refuses by name: unknown tasks, missing data, models that tell no probabilities", async () => {
    expect(await failure(evaluateLanguageModel(model, ["arc-eazy"], { data: folder }))).toMatchObject({ code: "E_OPTION" });
    expect(await failure(evaluateLanguageModel(model, ["piqa"], { data: folder }))).toMatchObject({ code: "E_EVALUATION_DATA" });
    expect(await failure(evaluateLanguageModel(model, ["piqa"], { dta: folder } as object))).toMatchObject({ code: "E_OPTION_UNKNOWN" });
    const { score: _, ...writer } = scorer(() => 0);
    expect(await failure(evaluateLanguageModel(writer, ["arc-easy"], { data: folder }))).toMatchObject({ code: "E_EVALUATION_NEEDS" });
    put("evaluation/copa/part.jsonl", jsonl([{ query: "Ink dries, because", choices: ["it is old."], gold: 1 }]));
    expect(await failure(evaluateLanguageModel(model, ["copa"], { data: folder }))).toMatchObject({ code: "E_DATA_SHAPE" });
  });

  it("ends when its signal is aborted, with the signal's reason", async () => {
    const leave = new AbortController();
    const onProgress = () => leave.abort(new Error("enough"));
    const ended = await failure(evaluateLanguageModel(model, ["arc-easy"], { data: folder, signal: leave.signal, onProgress, parallel: 1 }));
    expect(ended).toMatchObject({ message: "enough" });
  });
});

describe("a report", () => {
  const evaluation = (acc: number) => ({
    model: "<m>",
    seed: 0,
    chat: false,
    seconds: 1,
    results: {
      piqa: {
        samples: 10,
        fewShot: 0,
        metric: "acc",
        better: "higher" as const,
        metrics: { acc: { value: acc, stderr: 0.1, interval: [0, 1] as const } },
      },
    },
  });

  it("is compared with an earlier one in points; other questions are no comparison", () => {
    expect(compareWithBaseline(evaluation(0.5), evaluation(0.504), 0.5)[0]).toMatchObject({ isWithin: true });
    expect(compareWithBaseline(evaluation(0.5), evaluation(0.51), 0.5)[0]).toMatchObject({ isWithin: false });
    expect(compareWithBaseline(evaluation(0.6), evaluation(0.5), 0)[0]).toMatchObject({ isWithin: true });
    const other = { ...evaluation(0.5), results: { piqa: { ...evaluation(0.5).results.piqa, samples: 9 } } };
    expect(() => compareWithBaseline(evaluation(0.5), other, 1)).toThrow(expect.objectContaining({ code: "E_EVALUATION_BASELINE" }));
    expect(() => compareWithBaseline(evaluation(0.5), { results: {} }, 1)).toThrow(expect.objectContaining({ code: "E_EVALUATION_BASELINE" }));
    expect(() => compareWithBaseline(evaluation(0.5), [], 1)).toThrow(expect.objectContaining({ code: "E_EVALUATION_BASELINE" }));
  });

  it("escapes what came from outside", () => {
    expect(languageReportAsHtml(evaluation(0.5))).toContain("&lt;m&gt;");
    expect(languageReportAsMarkdown(evaluation(0.5), { language: "zh" })).toContain("| piqa | 10 | 0 | acc | 0.5000 |");
  });
});

const shared = join(import.meta.dirname, "../../../shared/data");
describe.skipIf(!existsSync(shared))("the sets at hand", () => {
  it.each(evaluationTasks.map((task) => [task.name, task] as const))("%s: every row is a question whose right answer scores", async (name, task) => {
    const questions = await task.load(taskFiles(name, [shared]));
    expect(questions.length).toBeGreaterThanOrEqual(60);
    const example = task.needs === "score" ? (questions[0].ask("") as Scoring) : undefined;
    if (example?.kind !== "score") return;
    expect(new Set(example.items.map(({ context, continuation }) => context + continuation)).size).toBe(example.items.length);
  });
});
