// Evaluations over HTTP: begun on a served model, their progress seen, reports in three forms, a candidate held against a baseline; each owner's alone.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scored, ScoreItem, ScoreOptions } from "#generate";
import type { ServedEntry } from "#server";
import { openStore, type Store } from "#store";
import { FakeGenerator, gate } from "./fake-generator.ts";
import { ask, serving } from "./serving.ts";

/** Likes what it is told to like: the first choice, or by an adapter the longest. */
class Liking extends FakeGenerator {
  readonly asked: ScoreOptions[] = [];
  hold: Promise<void> = Promise.resolve();
  override async score(items: readonly ScoreItem[], options: ScoreOptions = {}): Promise<readonly Scored[]> {
    this.asked.push(options);
    await this.hold;
    const longest = Math.max(...items.map(({ continuation }) => continuation.length));
    return items.map(({ continuation }, i) => {
      const liked = options.adapter === "longer" ? continuation.length === longest : i === 0;
      return { logProbability: liked ? -1 : -9, tokens: 1, cut: 0, isGreedy: liked };
    });
  }
}

let folder: string;
let store: Store;
const before = process.env.INKSTONE_EVALUATION_DATA;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-evaluations-"));
  store = await openStore({ file: join(folder, "store.db") });
  await mkdir(join(folder, "evaluation", "piqa"), { recursive: true });
  const rows = [0, 1, 1, 1].map((gold, i) => ({ query: `Goal ${i}`, choices: ["stone", "a longer stone"], gold }));
  await writeFile(join(folder, "evaluation", "piqa", "part.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  process.env.INKSTONE_EVALUATION_DATA = folder;
});
afterAll(async () => {
  if (before === undefined) delete process.env.INKSTONE_EVALUATION_DATA;
  else process.env.INKSTONE_EVALUATION_DATA = before;
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const served = (model: Liking) => ({ served: [{ kind: "chat", name: "m", open: async () => model } as unknown as ServedEntry] });
const sender = (port: number) => (method: string, path: string, body?: object) =>
  ask(port, method, path, body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

describe("evaluations over HTTP", () => {
  it("measure a served model and its adapter on a task, and hold one against the other", async () => {
    const model = new Liking();
    await using s = await serving(undefined, { ...served(model), store });
    const send = sender(s.port);
    const tasks = (await send("GET", "/v1/evaluations/tasks")).json.data;
    expect(tasks.filter(({ available }: { available: boolean }) => available).map(({ name }: { name: string }) => name)).toEqual(["piqa"]);
    const ended = async (body: object) => {
      const { json } = await send("POST", "/v1/evaluations", { model: "m", tasks: ["piqa"], ...body });
      await expect.poll(async () => (await send("GET", `/v1/evaluations/${json.id}`)).json.state).not.toBe("running");
      return (await send("GET", `/v1/evaluations/${json.id}`)).json;
    };
    const plain = await ended({});
    expect(plain.evaluation.results.piqa).toMatchObject({ samples: 4, metrics: { acc: { value: 0.25 } } });
    const tuned = await ended({ adapter: "longer" });
    expect(tuned.evaluation).toMatchObject({ adapter: "longer", results: { piqa: { metrics: { acc: { value: 0.75 } } } } });
    const compared = async (candidate: string, baseline: string) =>
      (await send("POST", "/v1/evaluations/compare", { candidate, baseline, max_drop: 1 })).json;
    expect(await compared(tuned.id, plain.id)).toMatchObject({ passed: true, changes: [{ task: "piqa", before: 0.25, now: 0.75, drop: -50 }] });
    expect((await compared(plain.id, tuned.id)).passed).toBe(false);
    const report = async (format: string) => (await fetch(`${s.address}/v1/evaluations/${tuned.id}/report?format=${format}`)).text();
    expect(await report("md")).toMatch(/^# Evaluation[\s\S]*\| piqa \| 4 \| 0 \| acc \| 0\.7500 \|/);
    expect(await report("html")).toContain("<table>");
    expect(JSON.parse(await report("json"))).toMatchObject({ kind: "language-evaluation", formatVersion: 1 });
    await using again = await serving(undefined, { ...served(model), store });
    expect((await sender(again.port)("GET", "/v1/evaluations")).json.data.map(({ id }: { id: string }) => id)).toEqual([tuned.id, plain.id]);
    expect((await send("DELETE", `/v1/evaluations/${plain.id}`)).json.deleted).toBe(true);
    expect((await send("GET", `/v1/evaluations/${plain.id}`)).status).toBe(404);
  });

  it("go on while others are served, tell how far they are, stop, and are refused where too many go on or a name is wrong", async () => {
    const model = new Liking();
    const { open, opened } = gate();
    model.hold = opened;
    await using s = await serving(undefined, served(model));
    const send = sender(s.port);
    const first = (await send("POST", "/v1/evaluations", { model: "m", tasks: ["piqa"], limit: 2 })).json;
    expect(first).toMatchObject({ state: "running", wish: { model: "m", tasks: ["piqa"], limit: 2 } });
    const second = (await send("POST", "/v1/evaluations", { model: "m", tasks: ["piqa"] })).json;
    expect((await send("POST", "/v1/evaluations", { model: "m", tasks: ["piqa"] })).status).toBe(429);
    const stop = send("POST", `/v1/evaluations/${second.id}/stop`);
    open();
    expect((await stop).json.state).toBe("stopped");
    await expect.poll(async () => (await send("GET", `/v1/evaluations/${first.id}`)).json.state).toBe("finished");
    const wrong = await send("POST", "/v1/evaluations", { model: "m", tasks: ["piqua"] });
    expect([wrong.status, wrong.json.error.message]).toEqual([400, expect.stringContaining("piqa")]);
    expect((await send("POST", "/v1/evaluations", { model: "nobody", tasks: ["piqa"] })).status).toBe(404);
    const missing = (await send("POST", "/v1/evaluations", { model: "m", tasks: ["lambada"] })).json;
    await expect.poll(async () => (await send("GET", `/v1/evaluations/${missing.id}`)).json.why?.code).toBe("E_EVALUATION_DATA");
  });
});
