// Fine-tuning over HTTP by OpenAI's client: rows to a model that is served, over pauses, restarts and another server on the same store; by preferences; what is refused; whose it is.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { LanguageModel } from "#generate";
import { localPath } from "#hub";
import { openStore, type Store } from "#store";
import { writeTinyLlama } from "../support/tiny-llama.ts";
import { ask, serving } from "./serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-tuning-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const base = writeTinyLlama(join(folder, "tiny.gguf"), { type: "Q8_0" });
const smollm2 = "smollm2:135m";
const hasSmollm2 = (await localPath(smollm2)) !== undefined;
let made = 0;
const newStore = () => openStore({ file: join(folder, `${made++}.db`) });

const open = (adapters: Readonly<Record<string, string>> = {}) => LanguageModel.open(base, { precision: "exact", threads: 1, adapters });
const tuningIn = (name: string) => ({ folder: join(folder, name), behind: 0 });
const served = [{ kind: "chat", name: "tiny", open: () => open(), tune: { reference: base, open } } as const];
const start = (store: Store, name = "tuned", more: object = {}) => serving(undefined, { store, served, tuning: tuningIn(name), ...more });
const clientOf = (address: string, apiKey = "none") => new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries: 0 });

const row = (answer = "It is red.") => ({
  messages: [
    { role: "user", content: "Colour?" },
    { role: "assistant", content: answer },
  ],
});
async function leave(client: OpenAI, rows: readonly object[], purpose: "fine-tune" | "batch" = "fine-tune"): Promise<string> {
  const text = rows.map((each) => JSON.stringify(each)).join("\n");
  return (await client.files.create({ file: await toFile(Buffer.from(text), "rows.jsonl"), purpose })).id;
}
async function ended(client: OpenAI, id: string): Promise<OpenAI.FineTuning.FineTuningJob> {
  await expect.poll(async () => (await client.fineTuning.jobs.retrieve(id)).status, { timeout: 240_000 }).toMatch(/succeeded|failed|cancelled/);
  return client.fineTuning.jobs.retrieve(id);
}
const supervised = (hyperparameters: object) => ({ type: "supervised", supervised: { hyperparameters } }) as const;
const quick = supervised({ n_epochs: 50, batch_size: 1, learning_rate_multiplier: 100 });
const long = supervised({ n_epochs: 50, batch_size: 1, learning_rate_multiplier: 1 });
const many = Array.from({ length: 600 }, (_, i) => row(`It is red, said the ink of stone ${i}, and was right.`));

describe("fine-tuning over HTTP", { timeout: 600_000 }, () => {
  it("makes of rows a model that answers what it learnt, served at once, and after a restart; taken away by its name", async () => {
    await using store = await newStore();
    let name = "";
    {
      await using s = await start(store, "first");
      await using beside = await start(store, "first"); // another replica: either of them may take the job
      const client = clientOf(s.address);
      const training = await leave(
        client,
        Array.from({ length: 8 }, () => row()),
      );
      const job = await client.fineTuning.jobs.create({
        model: "tiny",
        training_file: training,
        validation_file: training,
        method: quick,
        suffix: "ink",
        seed: 3,
        metadata: { a: "b" },
      });
      expect(job).toMatchObject({
        object: "fine_tuning.job",
        model: "tiny",
        training_file: training,
        seed: 3,
        metadata: { a: "b" },
        fine_tuned_model: null,
        error: null,
      });
      expect(job.hyperparameters).toEqual({ n_epochs: 50, batch_size: 1, learning_rate_multiplier: 100 });
      const done = await ended(client, job.id);
      expect([done.status, done.error]).toEqual(["succeeded", null]);
      name = done.fine_tuned_model ?? "";
      expect(name).toMatch(/^ft:tiny:ink:[0-9a-f]{8}$/);
      expect(done.trained_tokens).toBeGreaterThan(0);
      for (const each of [client, clientOf(beside.address)]) {
        const messages = [{ role: "user", content: "Colour?" } as const];
        const answer = await each.chat.completions.create({ model: name, messages, max_tokens: 12, temperature: 0 });
        expect(answer.choices[0].message.content).toBe("It is red.");
        expect((await each.models.list()).data.map(({ id }) => id)).toContain(name);
      }
      const listed = (await client.models.list()).data as unknown as { id: string; inkstone: object }[];
      expect(listed.find(({ id }) => id === name)?.inkstone).toMatchObject({ kind: "chat", parent: "tiny" });
      expect((await ask(s.port, "GET", "/v1/adapters")).json.data).toEqual([{ model: "tiny", adapters: [name], active: "" }]);

      const events = [];
      for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 7 })) events.push(event);
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      expect(events[0].message).toBe(`Done: ${name} is served.`);
      const steps = events
        .filter((event) => (event.data as { train_loss?: number }).train_loss !== undefined)
        .map((event) => (event.data as { step: number }).step);
      expect(steps).toEqual([...steps].sort((a, b) => b - a));
      const [checkpoint] = (await client.fineTuning.jobs.checkpoints.list(job.id)).data;
      expect(checkpoint).toMatchObject({ fine_tuned_model_checkpoint: name, fine_tuning_job_id: job.id, object: "fine_tuning.job.checkpoint" });
      expect(checkpoint.metrics.full_valid_loss).toBeLessThan(1);
      const metrics = await (await client.files.content(done.result_files[0])).text();
      expect(metrics.split("\n")[0]).toBe("step,train_loss,valid_loss");
      expect((await client.fineTuning.jobs.list()).data.map(({ id }) => id)).toEqual([job.id]);
    }
    await using again = await start(store, "first");
    const client = clientOf(again.address);
    const answer = await client.completions.create({ model: name, prompt: "the", max_tokens: 2 });
    expect(answer.model).toBe(name);
    expect((await ask(again.port, "GET", "/v1/adapters")).json.data).toEqual([{ model: "tiny", adapters: [name], active: "" }]);
    expect((await ask(again.port, "GET", "/api/ps")).json.models.map(({ name: one }: { name: string }) => one)).toEqual(["tiny"]); // one engine for both
    expect(readdirSync(join(folder, "first")).length).toBe(1);
    await using beside = await start(store, "first");
    expect((await clientOf(beside.address).models.list()).data.map(({ id }) => id)).toEqual(["tiny", name]);
    expect(await client.models.delete(name)).toMatchObject({ id: name, deleted: true });
    await expect.poll(async () => (await clientOf(beside.address).models.list()).data.map(({ id }) => id), { timeout: 5000 }).not.toContain(name);
    expect(readdirSync(join(folder, "first"))).toEqual([]);
    await expect(client.chat.completions.create({ model: name, messages: [{ role: "user", content: "x" }] })).rejects.toMatchObject({ status: 404 });
  });

  it("learns preferences in OpenAI's rows", async () => {
    await using store = await newStore();
    await using s = await start(store);
    const client = clientOf(s.address);
    const assistant = (content: string) => [{ role: "assistant", content }];
    const pair = {
      input: { messages: [{ role: "user", content: "Colour?" }], tools: [] },
      preferred_output: assistant("red"),
      non_preferred_output: assistant("blue"),
    };
    const training_file = await leave(
      client,
      Array.from({ length: 6 }, () => pair),
    );
    const method = { type: "dpo", dpo: { hyperparameters: { beta: 0.2, batch_size: 2 } } } as const;
    const { id } = await client.fineTuning.jobs.create({ model: "tiny", training_file, method });
    const done = await ended(client, id);
    expect([done.status, done.error]).toEqual(["succeeded", null]);
    expect(done.method).toEqual({ type: "dpo", dpo: { hyperparameters: { n_epochs: 1, batch_size: 2, learning_rate_multiplier: 1, beta: 0.2 } } });
  });

  it("stops while it is paused, goes on where it stopped, also on another server after the first has gone", async () => {
    await using store = await newStore();
    const one = await start(store, "shared");
    const client = clientOf(one.address);
    const { id } = await client.fineTuning.jobs.create({ model: "tiny", training_file: await leave(client, many), method: long });
    const lastStep = async (of: OpenAI) => {
      const { data } = await of.fineTuning.jobs.listEvents(id, { limit: 100 });
      return Math.max(-1, ...data.map((event) => (event.data as { step?: number }).step ?? -1));
    };
    await expect.poll(() => lastStep(client), { timeout: 240_000 }).toBeGreaterThan(3);
    expect((await client.fineTuning.jobs.pause(id)).status).toBe("paused");
    const job = id.replace("ftjob-", "");
    await expect.poll(() => existsSync(join(folder, "shared", job, ".lock")), { timeout: 120_000 }).toBe(false);
    const at = await lastStep(client);
    expect((await client.fineTuning.jobs.resume(id)).status).toBe("queued");
    await expect.poll(() => lastStep(client), { timeout: 240_000 }).toBeGreaterThan(at);
    await one.server.stop({ now: true });
    await using two = await start(store, "shared");
    const other = clientOf(two.address);
    const then = await lastStep(other);
    await expect.poll(() => lastStep(other), { timeout: 240_000 }).toBeGreaterThan(then);
    const steps = (await store.jobs.parts(`job_${job}`)).flatMap(({ body }) => {
      const { data } = body as { data?: { step: number; train_loss?: number } };
      return data?.train_loss === undefined ? [] : [data.step];
    });
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect((await other.fineTuning.jobs.cancel(id)).status).toBe("cancelled");
    await expect.poll(() => existsSync(join(folder, "shared", job)), { timeout: 120_000 }).toBe(false);
    expect((await other.fineTuning.jobs.cancel(id)).status).toBe("cancelled");
  });

  it("refuses what is wrong with its request, and fails by name where rows are wrong", async () => {
    await using store = await newStore();
    await using s = await start(store, "wrong", { limits: { tunings: 2 } });
    const client = clientOf(s.address);
    const good = await leave(client, [row(), row()]);
    const create = (more: object) => client.fineTuning.jobs.create({ model: "tiny", training_file: good, ...more });
    await expect(create({ model: "gpt-4o" })).rejects.toMatchObject({ status: 404, param: "model" });
    await expect(create({ training_file: "file-none" })).rejects.toMatchObject({ status: 404 });
    await expect(create({ training_file: await leave(client, [row()], "batch") })).rejects.toMatchObject({ status: 400, param: "training_file" });
    await expect(create({ method: supervised({ n_epochs: 0 }) })).rejects.toMatchObject({ status: 400 });
    await expect(create({ method: supervised({ epochs: 1 }) })).rejects.toMatchObject({ status: 400 });
    await expect(create({ integrations: [{ type: "wandb", wandb: { project: "x" } }] })).rejects.toMatchObject({ status: 400 });
    await expect(create({ suffix: "../up" })).rejects.toMatchObject({ status: 400, param: "suffix" });
    await expect(client.fineTuning.jobs.retrieve("ftjob-none")).rejects.toMatchObject({ status: 404 });
    const failure = async (rows: readonly object[], more: object = {}) => {
      const { id } = await create({ training_file: await leave(client, rows), ...more });
      const { status, error, finished_at } = await ended(client, id);
      expect([status, finished_at === null]).toEqual(["failed", false]);
      return error;
    };
    expect(await failure([{ nothing: 1 }])).toMatchObject({ code: "E_FINETUNE_DATA" });
    expect(await failure([row(), { ...row(), tools: [{ type: "function" }] }])).toMatchObject({
      param: "training_file",
      message: expect.stringContaining("line 2"),
    });
    expect(await failure([{ messages: [{ role: "assistant", content: "x", weight: 0 }] }])).toMatchObject({
      message: expect.stringContaining("weight"),
    });
    expect(await failure([row()], { method: { type: "dpo" } })).toMatchObject({ code: "E_FINETUNE_DATA" });
    expect(readdirSync(join(folder, "wrong"))).toEqual([]);
    await create({ method: long, training_file: await leave(client, many) });
    await create({ method: long });
    await expect(create({})).rejects.toMatchObject({ status: 429 });
    await using bare = await serving(undefined, { store });
    expect((await ask(bare.port, "GET", "/v1/fine_tuning/jobs")).json).toMatchObject({ object: "list", data: [] });
    const wanted = JSON.stringify({ model: "fake", training_file: "file-none" });
    const refused = await ask(bare.port, "POST", "/v1/fine_tuning/jobs", { body: wanted, headers: { "content-type": "application/json" } });
    expect(refused.json.error.code).toBe("E_SERVED_NONE");
  });

  it("is its key's alone: jobs, and the model that came of one", async () => {
    await using store = await newStore();
    const [ada, bob] = [await store.keys.create("ada"), await store.keys.create("bob")];
    await using s = await start(store, "keys", { keys: true });
    const [hers, his] = [clientOf(s.address, ada.secret), clientOf(s.address, bob.secret)];
    const { id } = await hers.fineTuning.jobs.create({
      model: "tiny",
      training_file: await leave(hers, [row(), row()]),
      method: supervised({ n_epochs: 1 }),
    });
    const { fine_tuned_model: name } = await ended(hers, id);
    const messages = [{ role: "user", content: "Colour?" } as const];
    const say = (client: OpenAI) => client.chat.completions.create({ model: name ?? "", messages, max_tokens: 1 });
    expect((await say(hers)).choices).toHaveLength(1);
    // Nor by another way: as an adapter of the model, in a list, for everybody.
    const adapted = (client: OpenAI) => client.chat.completions.create({ model: "tiny", messages, max_tokens: 1, ...{ adapter: name } });
    expect((await adapted(hers)).choices).toHaveLength(1);
    await expect(adapted(his)).rejects.toMatchObject({ status: 404, message: expect.not.stringContaining("Available: ft:") });
    const as = (key: string, method: string, path: string, body?: object) =>
      ask(s.port, method, path, {
        headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
        body: body && JSON.stringify(body),
      });
    const adaptersFor = async (key: string) => (await as(key, "GET", "/v1/adapters")).json.data[0].adapters;
    expect([await adaptersFor(ada.secret), await adaptersFor(bob.secret)]).toEqual([[name], []]);
    expect((await as(ada.secret, "POST", "/v1/adapters/use", { model: "tiny", adapter: name })).json.error.code).toBe("E_ADAPTER");
    expect((await as(bob.secret, "DELETE", `/v1/adapters/${name}?model=tiny`)).json.error.code).toBe("E_ADAPTER_UNKNOWN");
    await expect(say(his)).rejects.toMatchObject({ status: 403 });
    expect((await his.models.list()).data.map((one) => one.id)).toEqual(["tiny"]);
    expect((await his.fineTuning.jobs.list()).data).toEqual([]);
    await expect(his.fineTuning.jobs.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(his.fineTuning.jobs.cancel(id)).rejects.toMatchObject({ status: 404 });
    await expect(his.fineTuning.jobs.listEvents(id)).rejects.toMatchObject({ status: 404 });
    await expect(his.models.delete(name ?? "")).rejects.toMatchObject({ status: 404 });
  });
});

// A real model, a few rows, a few steps.
it.runIf(process.env.INKSTONE_TEST_LARGE === "1" && hasSmollm2)(
  "tunes SmolLM2 by OpenAI's client: the loss falls, and the model answers under its new name",
  { timeout: 400_000 },
  async () => {
    await using store = await newStore();
    const openReal = (adapters: Readonly<Record<string, string>> = {}) => LanguageModel.open(smollm2, { adapters });
    await using s = await serving(undefined, {
      store,
      served: [{ kind: "chat", name: smollm2, open: () => openReal(), tune: { reference: smollm2, open: openReal } }],
      tuning: { folder: join(folder, "real"), behind: 0 },
    });
    const client = clientOf(s.address);
    const training_file = await leave(
      client,
      Array.from({ length: 4 }, () => row("It is the red of cinnabar.")),
    );
    const method = supervised({ n_epochs: 4, batch_size: 1, learning_rate_multiplier: 10 });
    const { id } = await client.fineTuning.jobs.create({ model: smollm2, training_file, validation_file: training_file, method });
    await expect
      .poll(async () => (await client.fineTuning.jobs.retrieve(id)).status, { timeout: 300_000, interval: 500 })
      .toMatch(/succeeded|failed/);
    const { status, error, fine_tuned_model } = await client.fineTuning.jobs.retrieve(id);
    expect([status, error]).toEqual(["succeeded", null]);
    const looks = (await client.fineTuning.jobs.listEvents(id, { limit: 100 })).data.flatMap(
      ({ data }) => (data as { valid_loss?: number }).valid_loss ?? [],
    );
    expect(looks[0]).toBeLessThan((looks.at(-1) ?? 0) / 2);
    const messages = [{ role: "user", content: "Colour?" } as const];
    const { choices } = await client.chat.completions.create({ model: fine_tuned_model ?? "", messages, max_tokens: 12, temperature: 0 });
    expect(choices[0].message.content).toBe("It is the red of cinnabar.");
  },
);
