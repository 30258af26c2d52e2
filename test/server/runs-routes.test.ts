// Trainings over HTTP: begun from a recipe and a text in a process of their own, looked at while they go, stopped with all saved, gone on with to the end.
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Serving, serving } from "./serving.ts";

let folder: string;
let s: Serving;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-runs-"));
  s = await serving(undefined, { runs: folder });
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body?: object) =>
  ask(s.port, "POST", path, body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const show = async (name: string, since = -1) => (await ask(s.port, "GET", `/v1/runs/${name}?since=${since}`)).json;
const text = "the ink is on the stone and the stone is in the hand\n".repeat(60);
const recipe = {
  data: { files: "input.txt" },
  model: { depth: 1, width: 8, heads: 1, contextLength: 8 },
  batch: { rows: 2 },
  budget: { steps: 4000 },
  evaluation: { every: 20, sample: 10 },
};

describe("trainings over HTTP", () => {
  it("are refused by what is wrong: the recipe's field, the name, a run that is there or is not", async () => {
    const wrong = await post("/v1/runs", { name: "a", recipe: { ...recipe, bugdet: {} }, text });
    expect([wrong.status, wrong.json.error.code]).toEqual([400, "E_RECIPE"]);
    expect(wrong.json.error.message).toContain("budget");
    expect((await post("/v1/runs", { name: "../a", recipe, text })).status).toBe(400);
    expect((await ask(s.port, "GET", "/v1/runs/nothing")).status).toBe(404);
    expect((await post("/v1/runs/nothing/resume")).status).toBe(404);
    expect((await ask(s.port, "GET", "/v1/runs")).json).toEqual({ runs: [], serving: true });
  });

  it("name no file beyond the folders that are open to them, whatever field or link names it, there or not", async () => {
    const outside = await mkdtemp(join(tmpdir(), "inkstone-outside-"));
    const secret = join(outside, "secret.txt");
    await writeFile(secret, text);
    await symlink(secret, join(folder, "link.txt"));
    const refused = async (more: object, given?: string) => {
      const answer = await post("/v1/runs", { name: "b", recipe: { ...recipe, ...more }, text: given });
      expect([answer.status, answer.json.error.code]).toEqual([400, "E_OPTION"]);
      return answer.json.error.message;
    };
    const elsewhere = [secret, join(outside, "none.txt"), join(folder, "link.txt"), join(folder, "..", "x")];
    for (const path of elsewhere) expect(await refused({ data: { files: path } })).toContain("recipe.data.files");
    await refused({ data: { files: [{ files: secret, weight: 1 }] } });
    await refused({ data: { ...recipe.data, tests: [secret] } }, text);
    await refused({ tokenizer: { file: secret } }, text);
    expect((await ask(s.port, "GET", "/v1/runs")).json.runs).toEqual([]);
    await using open = await serving(undefined, { runs: folder, trainingData: [outside] });
    const begun = await ask(open.port, "POST", "/v1/runs", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "opened", recipe: { ...recipe, data: { files: secret }, budget: { steps: 2 } } }),
    });
    expect(begun.status).toBe(200);
    await expect.poll(async () => (await ask(open.port, "GET", "/v1/runs/opened")).json.state, { timeout: 60_000 }).toBe("finished");
    await rm(join(folder, "opened"), { recursive: true });
    await rm(outside, { recursive: true });
  });

  it("tell a recipe with its defaults, as TOML too", async () => {
    const { json } = await post("/v1/recipes", { recipe });
    expect(json.recipe.optimizer.name).toBe("adamw");
    expect(json.toml).toContain("steps = 4000");
  });

  it("begin, grow a log, stop with all saved, and go on where they stopped", { timeout: 120_000 }, async () => {
    const begun = await post("/v1/runs", { name: "poem", recipe, text });
    expect([begun.status, begun.json.state]).toEqual([200, "running"]);
    await expect.poll(async () => (await show("poem")).step, { timeout: 60_000 }).toBeGreaterThan(5);
    expect((await post("/v1/runs", { name: "poem", recipe, text })).json.error.code).toBe("E_RUN_THERE");
    const stopped = (await post("/v1/runs/poem/stop")).json;
    expect(stopped.state).toBe("stopped");
    const { log } = await show("poem");
    // A step stands there once; a look at the validation data stands behind the step that it is of.
    const made = log.filter((entry: { gradientNorm?: number }) => entry.gradientNorm !== undefined).map(({ step }: { step: number }) => step);
    expect(made).toEqual(Array.from({ length: stopped.step }, (_, i) => i + 1));
    expect((await show("poem", stopped.step)).log).toEqual([]);
    const on = (await post("/v1/runs/poem/resume")).json;
    expect(["running", "finished"]).toContain(on.state);
    await expect.poll(async () => (await show("poem")).step, { timeout: 60_000 }).toBeGreaterThan(stopped.step);
    expect((await post("/v1/runs/poem/stop")).json.step).toBeGreaterThan(stopped.step);
  });

  it("asked for twice at once under one name: one begins with its own text, the other is refused", { timeout: 60_000 }, async () => {
    const texts = [text, text.replaceAll("ink", "tea")];
    const short = { ...recipe, budget: { steps: 1 } };
    const answers = await Promise.all(texts.map((own) => post("/v1/runs", { name: "twins", recipe: short, text: own })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const kept = await readFile(join(folder, "twins", "input.txt"), "utf8");
    expect(kept).toBe(texts[answers.findIndex(({ status }) => status === 200)]);
    expect(answers.find(({ status }) => status !== 200)?.json.error.code).toBe("E_RUN_THERE");
  });

  it("are none where no folder was given", async () => {
    await using other = await serving(undefined);
    expect((await ask(other.port, "GET", "/v1/runs")).json).toEqual({ runs: [], serving: false });
    expect((await ask(other.port, "GET", "/v1/runs/poem")).status).toBeGreaterThanOrEqual(400);
  });
});
