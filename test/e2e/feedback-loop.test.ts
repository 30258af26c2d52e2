// From feedback to a better model, whole, with the real SmolLM2: judged answers become rows, rows train an adapter by DPO, the gate lets it through or not, it answers in the running server without a restart, and one call brings the model back as it was.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "#generate";
import { nativeStatus } from "#native";
import type { ServedEntry } from "#server";
import { openStore, type Store } from "#store";
import { inkstone } from "../cli/inkstone.ts";
import { ask, type Serving, serving } from "../server/serving.ts";

const file = process.env.INKSTONE_TEST_MODEL ?? "";
const name = "smollm2:135m";
const ready = file !== "" && nativeStatus().available;

let folder: string;
let store: Store;
let s: Serving;
beforeAll(async () => {
  if (!ready) return;
  folder = await mkdtemp(join(tmpdir(), "inkstone-loop-"));
  store = await openStore({ file: join(folder, "inkstone.db") });
  const open = (adapters: Readonly<Record<string, string>>) => LanguageModel.open(file, { threads: 1, slots: 2, adapters });
  const entry: ServedEntry<"chat"> = {
    kind: "chat",
    name,
    open: () => open({}),
    opened: await open({}),
    keepAliveMs: Number.POSITIVE_INFINITY,
    tune: { reference: file, open },
  };
  s = await serving(undefined, { served: [entry as unknown as ServedEntry], store, runs: join(folder, "runs") });
});
afterAll(async () => {
  await s?.[Symbol.asyncDispose]();
  await store?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const send = (method: string, path: string, body?: object) =>
  ask(s.port, method, path, body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const questions = [
  "What is an inkstone?",
  "How is ink made?",
  "Who ground the ink?",
  "Where does paper come from?",
  "What is a brush made of?",
  "Why is ink black?",
];
const chatted = async (content: string, more: object = {}): Promise<string> => {
  const { json } = await send("POST", "/v1/chat/completions", {
    model: name,
    temperature: 0,
    max_tokens: 24,
    messages: [{ role: "user", content }],
    ...more,
  });
  return json.choices[0].message.content;
};

describe.runIf(ready)("from feedback to a better model", { timeout: 600_000 }, () => {
  let before: string;

  it("judged answers become preferences: an edit, a thumb up and a thumb down on one question", async () => {
    before = await chatted(questions[0]);
    for (const [i, content] of questions.entries()) {
      const prompt = [{ role: "user", content }];
      const answer = i === 0 ? before : "That is a very long story, and I will tell it at length.";
      const better = "Ask the old master.";
      if (i < 5) await send("PUT", `/v1/feedback/edit-${i}`, { prompt, answer, better, model: name });
      else {
        await send("PUT", `/v1/feedback/up-${i}`, { prompt, answer: better, rating: 1 });
        await send("PUT", `/v1/feedback/down-${i}`, { prompt, answer, rating: -1 });
      }
    }
    expect((await send("GET", "/v1/feedback")).json.counts).toMatchObject({ answers: 7, preferences: 6 });
  });

  const finetune = {
    model: name,
    method: "dpo",
    steps: 4,
    epochs: 4,
    batch: 2,
    learningRate: 1e-3,
    warmup: 0,
    rank: 8,
    maxLength: 128,
    validation: 0,
    patience: 0,
  };

  it("what it will cost is told before it begins, with rows that would be left out", async () => {
    const rows = [
      { prompt: "Ink?", chosen: "Black.", rejected: "White." },
      { prompt: "Pen?", chosen: "Yes.", rejected: "Yes." },
    ];
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    const { status, json } = await send("POST", "/v1/runs/forecast", { finetune: { ...finetune, batch: 1 }, text });
    expect(status).toBe(200);
    expect(json).toMatchObject({ rows: { train: 1, withoutAnswer: 1 }, refused: [{ line: 2, why: "withoutAnswer" }], steps: 4 });
    expect(json.secondsPerStep).toBeGreaterThan(0);
    expect(json.memory.total).toBeGreaterThan(100e6);
    const wrong = await send("POST", "/v1/runs/forecast", { finetune: { ...finetune, learningrate: 1 }, text });
    expect([wrong.status, wrong.json.error.message]).toEqual([400, expect.stringContaining("learningRate")]);
  });

  it("a fine-tuning on them is begun over HTTP and ends with an adapter", async () => {
    const begun = await send("POST", "/v1/runs", { name: "wiser", finetune, feedback: true });
    expect(begun.json).toMatchObject({ name: "wiser", kind: "finetune", method: "dpo" });
    await expect.poll(async () => (await send("GET", "/v1/runs/wiser")).json.state, { timeout: 580_000, interval: 500 }).toBe("finished");
    const { json } = await send("GET", "/v1/runs/wiser");
    expect(json).toMatchObject({ step: 4, steps: 4, result: "adapter", tuning: { settings: { method: "dpo" } } });
    const losses = json.log.flatMap(({ loss }: { loss?: number }) => (loss === undefined ? [] : [loss]));
    expect(losses[0]).toBeCloseTo(Math.log(2), 3); // nothing is preferred yet
    expect(losses.at(-1)).toBeLessThan(losses[0]);
  });

  it("the gate compares it with the model as it was, and lets it through or not", async () => {
    const sets = join(folder, "sets", "evaluation", "lambada-openai");
    const data = join(folder, "sets");
    await mkdir(sets, { recursive: true });
    const rows = [
      { context: "The ink is on the stone and the stone is in the", continuation: "hand" },
      { context: "He opened the door and walked out of the", continuation: "house" },
    ];
    await writeFile(join(sets, "part.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const [plain, tuned] = [join(folder, "plain.json"), join(folder, "tuned.json")];
    const measure = (...more: string[]) => inkstone(["evaluate", file, "--tasks", "lambada", "--data", data, "--threads", "1", ...more]);
    const first = await measure("--report", plain);
    expect([first.code, first.err]).toEqual([0, ""]);
    const adapter = join(folder, "runs", "wiser");
    expect((await measure("--adapter", adapter, "--report", tuned, "--baseline", plain, "--max-drop", "100")).code).toBe(0);
    const better = { ...JSON.parse(await readFile(plain, "utf8")) };
    better.results.lambada.metrics[better.results.lambada.metric].value = better.results.lambada.better === "lower" ? 0 : 3;
    await writeFile(plain, JSON.stringify(better));
    expect((await measure("--adapter", adapter, "--baseline", plain, "--max-drop", "1")).code).toBe(1);
  });

  it("it answers in the running server at once, an answer that is under way stays whole, and one call goes back", async () => {
    const long = send("POST", "/v1/chat/completions", {
      model: name,
      temperature: 0,
      max_tokens: 60,
      messages: [{ role: "user", content: questions[1] }],
    });
    const put = await send("POST", "/v1/adapters", { run: "wiser" });
    expect(put.json).toEqual({ model: name, adapters: ["wiser"], active: "wiser", before: "" });
    expect((await long).json.choices[0].finish_reason).toMatch(/stop|length/);
    const after = await chatted(questions[0]);
    expect(after).not.toBe(before);
    expect(await chatted(questions[0], { adapter: "" })).toBe(before); // side by side, whoever answers usually
    expect((await send("GET", "/v1/models")).json.data[0].inkstone).toMatchObject({ tunable: true, adapter: "wiser" });
    const back = await send("POST", "/v1/adapters/use", { model: name, adapter: null });
    expect(back.json).toMatchObject({ active: "", before: "wiser" });
    expect(await chatted(questions[0])).toBe(before);
    expect(await chatted(questions[0], { adapter: "wiser" })).toBe(after);
    expect(await chatted(questions[0], { model: "wiser" })).toBe(after); // it is a model of its own name, too
    expect((await send("GET", "/v1/models/wiser")).json.inkstone.parent).toBe(name);
    expect((await send("POST", "/v1/adapters/use", { model: name, adapter: "nobody" })).status).toBe(404);
    expect((await send("DELETE", `/v1/adapters/wiser?model=${name}`)).json.adapters).toEqual([]);
  });
});
