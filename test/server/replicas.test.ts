// Two replicas of `inkstone serve` on one PostgreSQL server, behind nginx: jobs once, a revoked key nowhere, a replica that is killed loses nothing. Where the programs are there.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "#store";
import { inkstone, type Running, start } from "../cli/inkstone.ts";
import { postgresPrograms, startPostgres } from "../store/databases.ts";
import { writeTinyLlama } from "../support/tiny-llama.ts";
import { until } from "../support/until.ts";

const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
const replicas = 2;

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const trial = createServer().listen(0, "127.0.0.1", () => {
      const { port } = trial.address() as { port: number };
      trial.close(() => done(port));
    });
  });

function nginx(folder: string, port: number, behind: readonly number[]) {
  const place = (name: string) => `${name}_temp_path ${join(folder, name)};`;
  const configuration = `worker_processes 1; daemon off; master_process off; pid ${join(folder, "nginx.pid")}; error_log ${join(folder, "error.log")};
events { worker_connections 512; }
http {
  access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(place).join(" ")}
  upstream replicas { ${behind.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join(" ")} keepalive 16; }
  server {
    listen 127.0.0.1:${port}; client_max_body_size 32m;
    location / { proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  }
}`;
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration);
  return spawn("nginx", ["-c", file, "-p", folder], { stdio: "ignore" });
}

describe.runIf(postgresPrograms !== undefined && hasNginx)("two replicas behind nginx", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "inkstone-replicas-"));
  const model = writeTinyLlama(join(folder, "tiny.gguf"));
  let database: ReturnType<typeof startPostgres>;
  let balancer: ReturnType<typeof nginx>;
  let env: Record<string, string>;
  let served: Running[];
  let ports: number[];
  let front: number;
  let secret: string;

  const serve = (port: number) => start(["serve", "--model", model, "--host", "0.0.0.0", "--port", String(port), "--threads", "1"], { env });
  const clientOf = (port: number, apiKey = secret) => new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey, maxRetries: 0 });
  const newKey = async (name: string) => (await inkstone(["keys", "add", name], { env })).out.trim();

  beforeAll(async () => {
    database = startPostgres();
    env = { DATABASE_URL: database.url, INKSTONE_DATA: join(folder, "data"), INKSTONE_CONFIG: join(folder, "config.toml") };
    secret = await newKey("desk");
    ports = await Promise.all(Array.from({ length: replicas }, freePort));
    served = ports.map(serve);
    front = await freePort();
    mkdirSync(join(folder, "nginx"));
    balancer = nginx(join(folder, "nginx"), front, ports);
    for (const one of served) await until(() => expect(one.out(), one.err()).toMatch(/Page/));
  }, 120_000);
  afterAll(async () => {
    balancer?.kill("SIGKILL");
    for (const one of served ?? []) one.signal("SIGKILL");
    await Promise.all((served ?? []).map(({ done }) => done));
    database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = "/v1/chat/completions";
  const messages = [{ role: "user", content: "Hello" } as const];
  const line = (i: number, tokens: number) => ({
    custom_id: `r${i}`,
    method: "POST",
    url,
    body: { model: "tiny", messages, max_tokens: tokens, seed: i },
  });
  async function begin(count: number, tokens: number): Promise<string> {
    const text = Array.from({ length: count }, (_, i) => JSON.stringify(line(i, tokens))).join("\n");
    const file = await clientOf(front).files.create({ file: await toFile(Buffer.from(text), "in.jsonl"), purpose: "batch" });
    return (await clientOf(front).batches.create({ input_file_id: file.id, endpoint: url, completion_window: "24h" })).id;
  }
  const ended = async (client: OpenAI, id: string) => {
    await expect.poll(async () => (await client.batches.retrieve(id)).status, { timeout: 120_000, interval: 200 }).toBe("completed");
    return client.batches.retrieve(id);
  };
  const linesOf = async (client: OpenAI, file: string | null | undefined) =>
    (await (await client.files.content(file ?? "")).text())
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each) as { id: string; custom_id: string });

  it("answer and stream through it, each of them", async () => {
    for (const port of [front, front, ...ports]) {
      const whole = await clientOf(port).chat.completions.create({ model: "tiny", messages, max_tokens: 8, temperature: 0 });
      let text = "";
      const stream = await clientOf(port).chat.completions.create({ model: "tiny", messages, max_tokens: 8, temperature: 0, stream: true });
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
      expect(text).toBe(whole.choices[0].message.content);
    }
  });

  it("work off each batch once, whoever takes it", async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => begin(5, 4)));
    for (const id of ids) {
      const { request_counts, output_file_id } = await ended(clientOf(front), id);
      expect(request_counts).toEqual({ total: 5, completed: 5, failed: 0 });
      expect((await linesOf(clientOf(front), output_file_id)).map(({ custom_id }) => custom_id).sort()).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    }
  });

  it("refuse a key that was revoked on one of them, all within a second", async () => {
    const guest = await newKey("guest");
    for (const port of ports) expect((await clientOf(port, guest).models.list()).data.length).toBeGreaterThan(0);
    expect((await inkstone(["keys", "rm", "guest"], { env })).code).toBe(0);
    for (const port of ports)
      await expect
        .poll(
          () =>
            clientOf(port, guest)
              .models.list()
              .then(
                () => 200,
                (error: { status: number }) => error.status,
              ),
          { timeout: 1000 },
        )
        .toBe(401);
  });

  it("one of them killed in the middle of a batch: the other goes on, nothing is lost and nothing is there twice", async () => {
    const count = 400;
    const id = await begin(count, 60);
    const done = async () => (await clientOf(front).batches.retrieve(id)).request_counts?.completed ?? 0;
    await expect.poll(done, { timeout: 60_000, interval: 50 }).toBeGreaterThan(20);
    const direct = new pg.Client({ connectionString: database.url });
    await direct.connect();
    const job = id.replace("batch_", "job_");
    const { rows } = await direct.query<{ worker: string }>("SELECT worker FROM jobs WHERE id = $1", [job]);
    await direct.end();
    const victim = served.findIndex(({ pid }) => rows[0].worker.startsWith(`${pid}-`));
    served[victim].signal("SIGKILL");
    await served[victim].done;
    await using store = await openStore({ url: database.url });
    const before = (await store.jobs.parts(job)).map(({ body }) => (body as { line: { id: string } }).line.id);
    expect(before.length).toBeGreaterThan(20);
    expect(before.length).toBeLessThan(count);
    const rest = clientOf(ports[1 - victim]);
    const { request_counts, output_file_id } = await ended(rest, id);
    expect(request_counts).toEqual({ total: count, completed: count, failed: 0 });
    const lines = await linesOf(rest, output_file_id);
    expect(new Set(lines.map(({ custom_id }) => custom_id)).size).toBe(count);
    expect(lines.length).toBe(count);
    // What was kept before the kill was not made again.
    const ids = new Set(lines.map((each) => each.id));
    expect(before.filter((each) => !ids.has(each))).toEqual([]);
    // The balancer leaves the dead one out; then it is there again.
    expect((await clientOf(front).models.list()).data.length).toBeGreaterThan(0);
    served[victim] = serve(ports[victim]);
    await until(() => expect(served[victim].out(), served[victim].err()).toMatch(/Page/));
    expect((await clientOf(ports[victim]).batches.retrieve(id)).status).toBe("completed");
  });
});
