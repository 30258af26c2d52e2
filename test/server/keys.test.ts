// Keys: who is let in, to what, how often; what is told to whom who is not.
import { describe, expect, it } from "vitest";
import { createServer } from "#server";
import { openStore, type Store } from "#store";
import { FakeGenerator } from "./fake-generator.ts";
import { ask, chat, right, type Serving, serving } from "./serving.ts";

const withKey = (secret: string) => ({ authorization: `Bearer ${secret}` });

async function guarded(store: Store): Promise<Serving> {
  return serving(new FakeGenerator(), { store, keys: true });
}

describe("an address of the network", () => {
  it("is not served without a key", async () => {
    await using store = await openStore({ file: ":memory:" });
    for (const given of [undefined, store])
      await expect(createServer({ generator: new FakeGenerator(), host: "0.0.0.0", port: 0, store: given })).rejects.toMatchObject({
        code: "E_KEYS_NEEDED",
      });
  });
});

describe("A01, A02: without the key", () => {
  it("no key, a wrong one, two, one in the address: the same 401 with WWW-Authenticate", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret } = await store.keys.create("one");
    await using s = await guarded(store);
    const answers = [
      await ask(s.port, "GET", "/v1/models"),
      await ask(s.port, "GET", "/v1/models", { headers: withKey("ik-wrong") }),
      await ask(s.port, "GET", "/v1/models", { headers: { authorization: "Bearer " } }),
      await ask(s.port, "GET", "/v1/models", { headers: { authorization: `Basic ${secret}` } }),
      await ask(s.port, "GET", "/v1/models", { headers: { ...withKey(secret), "x-api-key": "other" } }),
      await ask(s.port, "GET", `/v1/models?key=${secret}`),
    ];
    for (const { status, text, headers } of answers) expect([status, headers["www-authenticate"], text]).toEqual([401, "Bearer", answers[0].text]);
    for (const headers of [withKey(secret), { "x-api-key": secret }]) expect((await ask(s.port, "GET", "/v1/models", { headers })).status).toBe(200);
  });

  it("QH2: no route but health, readiness and the files of the page answers, whatever the method and the spelling", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret } = await store.keys.create("one");
    await using s = await guarded(store);
    const { json } = await ask(s.port, "GET", "/openapi.json", { headers: withKey(secret) });
    const paths = [
      ...Object.keys(json.paths).map((path) => path.replace(/\{.*?\}/g, "x")),
      "/openapi.json",
      "/docs",
      "/v1/models/smollm2:135m",
      "/v1/classifiers",
    ].filter((path) => !["/health", "/v1/health", "/ready"].includes(path));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths)
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        for (const spelled of [
          path,
          `${path}/`,
          `/${path}`,
          path.toUpperCase(),
          path.replace("/", "/%2e%2e/"),
          path.replace(/(?<=.)\/(?=[^/]*$)/, "%2f"),
        ])
          expect([401, 404, 405, 400], `${method} ${spelled}`).toContain((await ask(s.port, method, spelled)).status);
    for (const path of ["/health", "/v1/health", "/ready", "/"]) expect((await ask(s.port, "GET", path)).status).toBe(200);
  });

  it("A11: an address that tries key after key is slowed down", async () => {
    await using store = await openStore({ file: ":memory:" });
    await store.keys.create("one");
    await using s = await guarded(store);
    const statuses = [];
    for (let i = 0; i < 120; i++) statuses.push((await ask(s.port, "GET", "/v1/models", { headers: withKey(`ik-${i}`) })).status);
    expect(statuses.slice(0, 90).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(110)).toContain(429);
  });
});

describe("a key", () => {
  it("A10: that is revoked is refused within a second, by every server of the store", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret, key } = await store.keys.create("one");
    await store.keys.create("other");
    await using s = await guarded(store);
    expect((await ask(s.port, "GET", "/v1/models", { headers: withKey(secret) })).status).toBe(200);
    await store.keys.revoke(key.id);
    const began = performance.now();
    let status = 200;
    while (status === 200 && performance.now() - began < 5000) status = (await ask(s.port, "GET", "/v1/models", { headers: withKey(secret) })).status;
    expect([status, performance.now() - began < 1000]).toEqual([401, true]);
  });

  it("opens its routes and its models only", async () => {
    await using store = await openStore({ file: ":memory:" });
    const routes = (await store.keys.create("routes", { routes: ["/v1/models"] })).secret;
    const models = (await store.keys.create("models", { models: ["other"] })).secret;
    await using s = await guarded(store);
    expect((await ask(s.port, "GET", "/v1/models", { headers: withKey(routes) })).status).toBe(200);
    expect((await chat(s.port, right, withKey(routes))).json.error).toMatchObject({ code: "E_KEY_ROUTE", type: "permission_error" });
    expect((await chat(s.port, right, withKey(models))).json.error).toMatchObject({ code: "E_KEY_MODEL" });
    expect((await ask(s.port, "GET", "/v1/models", { headers: withKey(models) })).json.data).toEqual([]);
  });

  it("has its requests a minute and its tokens a day", async () => {
    await using store = await openStore({ file: ":memory:" });
    const rate = (await store.keys.create("rate", { requestsPerMinute: 2 })).secret;
    const budget = (await store.keys.create("budget", { tokensPerDay: 10 })).secret;
    await using s = await guarded(store);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await chat(s.port, right, withKey(rate))).status);
    expect(statuses).toEqual([200, 200, 429]);
    const wait = Number((await chat(s.port, right, withKey(rate))).headers["retry-after"]);
    expect(wait).toBeGreaterThan(20); // two a minute: the next one in thirty seconds, less what has passed
    expect(wait).toBeLessThanOrEqual(30);
    const spent = [];
    for (let i = 0; i < 3; i++) spent.push((await chat(s.port, right, withKey(budget))).json.error?.code ?? "ok"); // 8 tokens each
    expect(spent).toEqual(["ok", "ok", "E_KEY_TOKENS"]);
    expect(Number((await chat(s.port, right, withKey(budget))).headers["retry-after"])).toBeGreaterThan(0);
    const open = await ask(s.port, "GET", "/metrics");
    expect(open.status).toBe(401); // counters are the operator's
  });

  it("shows itself in no log, and neither does any text", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret } = await store.keys.create("one");
    const lines: string[] = [];
    const log = { level: "info" as const, stream: { write: (line: string) => lines.push(line) } };
    await using s = await serving(new FakeGenerator({ pieces: ["quiet ink"] }), { store, keys: true, log });
    await chat(s.port, { ...right, messages: [{ role: "user", content: "my secret" }], user: "ada\n\u001b[31m" }, withKey(secret));
    expect(lines.join("")).not.toMatch(/my secret|quiet ink/);
    expect(lines.join("")).not.toContain(secret);
    const told = JSON.parse(lines.at(-1) as string);
    expect(told).toMatchObject({ route: "/v1/chat/completions", status: 200, model: "smollm2:135m", promptTokens: 5, completionTokens: 1 });
    expect((lines.at(-1) as string).trimEnd()).not.toMatch(/\p{Cc}/u); // H22: one line, escaped
  });
});

it("metrics count by route, not by address, and tell what is open", async () => {
  await using s = await serving(new FakeGenerator());
  await chat(s.port, right);
  await ask(s.port, "GET", "/nowhere/1");
  const { text } = await ask(s.port, "GET", "/metrics");
  expect(text).toMatch(/inkstone_requests_total\{route="\/v1\/chat\/completions",method="POST",status="200"\} 1/);
  expect(text).toMatch(/inkstone_tokens_total\{model="smollm2:135m",kind="completion"\} 3/);
  expect(text).not.toMatch(/nowhere/);
  expect(text).toMatch(/inkstone_calls_open 0/);
});
