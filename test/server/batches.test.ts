// Files and batches: through OpenAI's client, over a restart, by two servers on one store, and what is refused.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { openStore } from "#store";
import { FakeGenerator, gate } from "./fake-generator.ts";
import { ask, serving } from "./serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-batches-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const newStore = () => openStore({ file: join(folder, `${made++}.db`) });

const url = "/v1/chat/completions";
const request = (i: number, more: object = {}) => ({
  custom_id: `r${i}`,
  method: "POST",
  url,
  body: { model: "smollm2:135m", messages: [{ role: "user", content: `Hello ${i}` }], ...more },
});
const jsonl = (lines: readonly object[]) => lines.map((line) => JSON.stringify(line)).join("\n");
const clientOf = (address: string, apiKey = "none") => new OpenAI({ baseURL: `${address}/v1`, apiKey, maxRetries: 0 });

async function begin(client: OpenAI, lines: readonly object[]): Promise<string> {
  const file = await client.files.create({ file: await toFile(Buffer.from(jsonl(lines)), "in.jsonl"), purpose: "batch" });
  return (await client.batches.create({ input_file_id: file.id, endpoint: url, completion_window: "24h", metadata: { a: "b" } })).id;
}

async function ended(client: OpenAI, id: string): Promise<OpenAI.Batches.Batch> {
  await expect.poll(async () => (await client.batches.retrieve(id)).status).toMatch(/completed|failed|cancelled/);
  return client.batches.retrieve(id);
}

const linesOf = async (client: OpenAI, id: string | null | undefined): Promise<{ custom_id: string; response: { status_code: number } }[]> =>
  id == null
    ? []
    : (await (await client.files.content(id)).text())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));

describe("files", () => {
  it("are left, listed, read and deleted by the client", async () => {
    await using store = await newStore();
    await using s = await serving(new FakeGenerator(), { store });
    const client = clientOf(s.address);
    const text = jsonl([request(1)]);
    const file = await client.files.create({ file: await toFile(Buffer.from(text), "in.jsonl"), purpose: "batch" });
    expect(file).toMatchObject({ object: "file", filename: "in.jsonl", bytes: text.length, purpose: "batch" });
    expect(await (await client.files.content(file.id)).text()).toBe(text);
    expect((await client.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
    expect((await client.files.retrieve(file.id)).id).toBe(file.id);
    expect((await client.files.delete(file.id)).deleted).toBe(true);
    await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
  });

  it("are refused by what is wrong with them, and without a store", async () => {
    await using store = await newStore();
    await using s = await serving(new FakeGenerator(), { store, limits: { tableBytes: 10_000, files: 1 } });
    const client = clientOf(s.address);
    const send = async (bytes: Buffer, purpose = "batch") => client.files.create({ file: await toFile(bytes, "a"), purpose: purpose as "batch" });
    await expect(send(Buffer.from("{}"), "vision")).rejects.toMatchObject({ status: 400, param: "purpose" });
    await expect(send(Buffer.from([0xff, 0xfe]))).rejects.toMatchObject({ status: 400, param: "file" });
    await expect(send(Buffer.alloc(20_000, 0x20))).rejects.toMatchObject({ status: 413 });
    await send(Buffer.from("{}"));
    await expect(send(Buffer.from("{}"))).rejects.toMatchObject({ status: 507 });
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    expect((await ask(s.port, "POST", "/v1/files", { headers, body: "--y\r\n" })).status).toBe(400);
    await using bare = await serving(new FakeGenerator());
    expect((await ask(bare.port, "GET", "/v1/files")).json.error.code).toBe("E_DATABASE_NEEDED");
  });
});

describe("batches", () => {
  it("answer every line, good and bad, and tell of both", async () => {
    await using store = await newStore();
    await using s = await serving(new FakeGenerator(), { store });
    const client = clientOf(s.address);
    const id = await begin(client, [request(1), request(2, { temperature: 9 }), request(3)]);
    const batch = await ended(client, id);
    expect(batch).toMatchObject({ status: "completed", request_counts: { total: 3, completed: 2, failed: 1 }, metadata: { a: "b" } });
    expect((await linesOf(client, batch.output_file_id)).map(({ custom_id }) => custom_id).sort()).toEqual(["r1", "r3"]);
    expect(await linesOf(client, batch.error_file_id)).toMatchObject([
      { custom_id: "r2", response: { status_code: 400, body: { error: { param: "temperature" } } } },
    ]);
    expect((await client.batches.list()).data.map((one) => one.id)).toEqual([id]);
  });

  it("fail as a whole where a line is no request, with its number", async () => {
    await using store = await newStore();
    await using s = await serving(new FakeGenerator(), { store });
    const client = clientOf(s.address);
    const bad = [
      request(1),
      request(1),
      { ...request(2), url: "/v1/embeddings" },
      { ...request(3), body: { stream: true } },
      { ...request(4), method: "GET" },
    ];
    const batch = await ended(client, await begin(client, bad));
    expect(batch.status).toBe("failed");
    expect(batch.errors?.data?.map(({ line, code }) => [line, code])).toEqual([
      [2, "duplicate_custom_id"],
      [3, "mismatched_url"],
      [4, "invalid_body"],
      [5, "invalid_method"],
    ]);
    await expect(client.batches.create({ input_file_id: "file-none", endpoint: url, completion_window: "24h" })).rejects.toMatchObject({
      status: 404,
    });
    await expect(client.batches.retrieve("batch_none")).rejects.toMatchObject({ status: 404 });
  });

  it("go on after a restart with what is not answered yet, and answer nothing twice", async () => {
    await using store = await newStore();
    const first = new FakeGenerator();
    const half = gate();
    first.script = { before: async () => void (first.calls.length > 4 && (await half.opened)) };
    const lines = Array.from({ length: 12 }, (_, i) => request(i));
    const one = await serving(first, { store, graceMs: 0 });
    const id = await begin(clientOf(one.address), lines);
    await expect.poll(() => first.calls.length).toBeGreaterThan(4);
    const stopped = one.server.stop({ now: true });
    half.open();
    await stopped;
    const kept = (await store.jobs.parts(id.replace("batch_", "job_"))).length;
    expect(kept).toBeGreaterThan(0);
    const second = new FakeGenerator();
    await using two = await serving(second, { store });
    const batch = await ended(clientOf(two.address), id);
    expect(batch.request_counts).toEqual({ total: 12, completed: 12, failed: 0 });
    expect(second.calls.length).toBe(12 - kept);
    expect(new Set((await linesOf(clientOf(two.address), batch.output_file_id)).map(({ custom_id }) => custom_id)).size).toBe(12);
  });

  it("are done once by two servers on one store", async () => {
    await using store = await newStore();
    const generators = [new FakeGenerator(), new FakeGenerator()];
    await using one = await serving(generators[0], { store });
    await using two = await serving(generators[1], { store });
    const client = clientOf(one.address);
    const ids = await Promise.all([0, 1, 2, 3].map((i) => begin(client, [request(i), request(i + 10)])));
    for (const id of ids) expect((await ended(clientOf(two.address), id)).status).toBe("completed");
    expect(generators[0].calls.length + generators[1].calls.length).toBe(8);
  });

  it("end when they are cancelled", async () => {
    await using store = await newStore();
    const generator = new FakeGenerator();
    const held = gate();
    generator.script = { before: () => held.opened };
    await using s = await serving(generator, { store });
    const client = clientOf(s.address);
    const id = await begin(client, [request(1), request(2), request(3), request(4)]);
    await expect.poll(() => generator.calls.length).toBeGreaterThan(0);
    expect((await client.batches.cancel(id)).status).toBe("cancelled");
    held.open();
    expect((await client.batches.retrieve(id)).status).toBe("cancelled");
  });

  it("are their key's alone, with what it opens", async () => {
    await using store = await newStore();
    const [ada, bob] = await Promise.all(["ada", "bob"].map((name) => store.keys.create(name, name === "bob" ? { models: ["other"] } : {})));
    const generator = new FakeGenerator();
    await using s = await serving(generator, { store, keys: true });
    const id = await begin(clientOf(s.address, ada.secret), [request(1)]);
    expect((await ended(clientOf(s.address, ada.secret), id)).request_counts?.completed).toBe(1);
    expect(generator.calls[0].options.key).toBe(ada.key.id);
    await expect(clientOf(s.address, bob.secret).batches.retrieve(id)).rejects.toMatchObject({ status: 404 });
    const refused = await ended(clientOf(s.address, bob.secret), await begin(clientOf(s.address, bob.secret), [request(2)]));
    expect(refused.request_counts).toEqual({ total: 1, completed: 0, failed: 1 });
  });
});
