// What people thought of answers over HTTP: kept and changed by its owner alone, counted, taken away, and given out as rows that a fine-tuning reads.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore, type Store } from "#store";
import { inkstone } from "../cli/inkstone.ts";
import { FakeGenerator } from "./fake-generator.ts";
import { ask, serving } from "./serving.ts";

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-feedback-"));
  store = await openStore({ file: join(folder, "data", "inkstone.db") });
});
afterAll(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const prompt = [{ role: "user", content: "What is ink made of?" }];
const lines = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("feedback over HTTP", () => {
  it("is kept, changed, counted, exported in three forms and taken away", async () => {
    await using s = await serving(new FakeGenerator(), { store });
    const send = (method: string, path: string, body?: object) =>
      ask(s.port, method, path, body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    await send("PUT", "/v1/feedback/a", { prompt, answer: "Of soot and glue.", rating: 1, model: "m" });
    await send("PUT", "/v1/feedback/b", { prompt, answer: "Of cheese.", rating: 1 });
    const changed = await send("PUT", "/v1/feedback/b", { prompt, answer: "Of cheese.", rating: -1 });
    expect(changed.json).toMatchObject({ id: "b", rating: -1 });
    await send("PUT", "/v1/feedback/c", { prompt, answer: "Of water.", better: "Of soot, glue and water." });
    const { json } = await send("GET", "/v1/feedback?limit=2");
    expect(json.data.map(({ id }: { id: string }) => id)).toEqual(["c", "b"]);
    expect([json.has_more, json.counts]).toEqual([true, { answers: 3, good: 1, bad: 1, better: 1, preferences: 2 }]);
    expect((await send("GET", "/v1/feedback?after=b")).json.data).toHaveLength(1);
    const said = (content: string) => [{ role: "assistant", content }];
    const exported = (query = "") => fetch(`${s.address}/v1/feedback/export${query}`);
    const preferences = await exported();
    expect(preferences.headers.get("content-disposition")).toContain("preferences.jsonl");
    expect(lines(await preferences.text())).toEqual([
      { prompt, chosen: said("Of soot, glue and water."), rejected: said("Of water.") },
      { prompt, chosen: said("Of soot and glue."), rejected: said("Of cheese.") },
    ]);
    expect(lines(await (await exported("?format=ratings")).text())).toMatchObject([{ label: true }, { label: false }]);
    expect(lines(await (await exported("?format=examples")).text())).toHaveLength(2);
    expect((await send("DELETE", "/v1/feedback/b")).json.deleted).toBe(true);
    expect((await send("GET", "/v1/feedback/b")).status).toBe(404);
    expect((await send("DELETE", "/v1/feedback")).json.deleted).toBe(2);
  });

  it("is its owner's alone, and refuses by name what it cannot keep", async () => {
    const { secret: ada } = await store.keys.create("ada");
    const { secret: bob } = await store.keys.create("bob");
    await using s = await serving(new FakeGenerator(), { store, keys: true });
    const send = (key: string, method: string, path: string, body?: object) =>
      ask(s.port, method, path, {
        headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    expect((await send(ada, "PUT", "/v1/feedback/a", { prompt, answer: "Of soot.", rating: 1 })).status).toBe(200);
    expect((await send(bob, "GET", "/v1/feedback")).json.data).toEqual([]);
    expect((await send(bob, "GET", "/v1/feedback/a")).status).toBe(404);
    expect((await send(bob, "DELETE", "/v1/feedback/a")).status).toBe(404);
    expect((await send(bob, "GET", "/v1/feedback/export")).text).toBe("");
    const refused = async (body: object) => (await send(ada, "PUT", "/v1/feedback/x", body)).json.error.param;
    expect(await refused({ prompt, answer: "Of soot." })).toBe("rating");
    expect(await refused({ prompt, answer: "Of soot.", rating: 5 })).toBe("rating");
    expect(await refused({ prompt: [], answer: "Of soot.", rating: 1 })).toBe("prompt");
    expect(await refused({ prompt, answer: "Of soot.", rating: 1, stars: 5 })).toBe("stars");
    expect((await send(ada, "PUT", "/v1/feedback/a%20b", { prompt, answer: "Of soot.", rating: 1 })).json.error.param).toBe("id");
  });

  it("is trained on by name, and a fine-tuning that fails before it begins stays to be seen", async () => {
    const runs = join(folder, "runs");
    await using s = await serving(new FakeGenerator(), { store, runs });
    const body = JSON.stringify({ name: "none", finetune: { model: join(folder, "no.gguf"), method: "dpo" }, feedback: true });
    const begin = () => ask(s.port, "POST", "/v1/runs", { headers: { "content-type": "application/json" }, body });
    expect((await begin()).json.error.code).toBe("E_FEEDBACK_NONE");
    await store.feedback.put("", "n", { prompt: [{ role: "user", content: "Ink?" }], answer: "Milk.", better: "Soot." });
    await begin();
    const shown = async () => (await ask(s.port, "GET", "/v1/runs/none")).json;
    await expect.poll(async () => (await shown()).state).toBe("failed");
    expect(await shown()).toMatchObject({
      kind: "finetune",
      method: "dpo",
      log: [],
      why: { en: expect.stringContaining("no.gguf"), zh: expect.stringContaining("no.gguf") },
    });
    expect((await ask(s.port, "GET", "/v1/runs")).json.runs).toMatchObject([{ name: "none", state: "failed" }]);
    await store.feedback.clear("");
  });

  it("needs a store, and says so", async () => {
    await using s = await serving(new FakeGenerator());
    expect((await ask(s.port, "GET", "/v1/feedback")).json.error.code).toBe("E_DATABASE_NEEDED");
  });

  it("is listed and exported from the terminal, nothing without a preference in it", async () => {
    const env = { INKSTONE_HOME: folder };
    const empty = await inkstone(["feedback", "export"], { env });
    expect([empty.code, empty.err]).toEqual([65, expect.stringContaining("preferences")]);
    await store.feedback.put("", "t", { prompt: [{ role: "user", content: "墨从哪里来？" }], answer: "奶酪。", better: "松烟与胶。" });
    expect((await inkstone(["feedback", "list"], { env })).out).toMatch(/墨从哪里来？\s+奶酪。\s+松烟与胶。\n1 judged answer, 1 preference/);
    expect(lines((await inkstone(["feedback", "export"], { env })).out)).toHaveLength(1);
    expect((await inkstone(["feedback", "rm"], { env })).code).toBe(64);
    expect((await inkstone(["feedback", "rm", "--all"], { env })).out).toBe("1 deleted.\n");
  });
});
