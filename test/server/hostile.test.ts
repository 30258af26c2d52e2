// Requests that are wrong on purpose: each is refused with the field or position, and the server goes on. Numbers are those of the reliability page.
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "#store";
import { until } from "../support/until.ts";
import { FakeGenerator } from "./fake-generator.ts";
import { type Answer, ask, chat, raw, right, type Serving, serving } from "./serving.ts";

let s: Serving;
const generator = new FakeGenerator();
beforeAll(async () => {
  s = await serving(generator, { limits: { headersMs: 600, requestMs: 1200 } });
});
afterAll(async () => {
  await s.server.stop({ now: true });
});

async function expectAlive(): Promise<void> {
  expect((await ask(s.port, "GET", "/health")).status).toBe(200);
  expect((await chat(s.port, right)).status).toBe(200);
}

function expectRefused({ status, json, headers }: Answer, wanted: number, param: string | null): void {
  expect({ status, param: json?.error?.param }).toEqual({ status: wanted, param });
  expect(headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(json.error.message).not.toMatch(/0x[0-9a-f]{4}|node_modules|\n\s+at /);
  expect(json.error.hint).toBeTypeOf("string");
}

describe("H01 to H06: bodies", () => {
  it.each([
    ["{", null],
    ["", null],
    ["   ", null],
    ['{"model":"x",}', null],
    ["nonsense", null],
    ["[]", "body"],
    ['"text"', "body"],
    ["null", "body"],
    ["7", "body"],
  ])("H01 refuses %j", async (body, param) => {
    const answer = await chat(s.port, body as string);
    expectRefused(answer, 400, param);
    if (param === null) expect(answer.json.error.message).toMatch(/position \d+/);
  });

  it("H01 names the position of a syntax error", async () => {
    const { json } = await chat(s.port, '{"model": "a", "messages": oops}');
    expect(json.error).toMatchObject({ code: "E_JSON", type: "invalid_request_error" });
    expect(json.error.message).toMatch(/position 27/);
  });

  it("refuses a body that is not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expectRefused(await ask(s.port, "POST", "/v1/chat/completions", { headers: { "content-type": "application/json" }, body }), 400, null);
  });

  it.each(["text/plain", "text/xml", "application/x-www-form-urlencoded", "application/json; charset=latin1", undefined])(
    "H02 refuses the content type %s",
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
      expectRefused(await ask(s.port, "POST", "/v1/chat/completions", { headers, body: JSON.stringify(right) }), 415, null);
    },
  );

  it("H02 takes application/json with its charset", async () => {
    expect((await chat(s.port, right, { "content-type": "application/json; charset=utf-8" })).status).toBe(200);
  });

  it("H03 refuses 5 MiB by its declared length, before reading", async () => {
    const text = await raw(
      s.port,
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${5 << 20}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413/);
    expect(text).toMatch(/connection: close/i);
    expect(text).toMatch(/4194304/);
  });

  it("H03 cuts a chunked body past the limit", async () => {
    const piece = Buffer.alloc(1 << 20, 0x20);
    const chunks = Array.from({ length: 5 }, () => Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]));
    const head = Buffer.from(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    const text = await raw(s.port, Buffer.concat([head, ...chunks, Buffer.from("0\r\n\r\n")]));
    expect(text).toMatch(/^HTTP\/1\.1 413/);
    expect(text).toMatch(/connection: close/i);
  });

  it("H03 inflates nothing", async () => {
    expectRefused(await chat(s.port, right, { "content-encoding": "gzip" }), 415, null);
  });

  it("H04 refuses 100,000 brackets at once", async () => {
    const { status, json } = await chat(s.port, "[".repeat(100_000));
    expect(status).toBe(400);
    expect(json.error.message).toMatch(/deeper than 64.*position 64/);
  });

  it.each(["__proto__", "constructor", "prototype", "\\u005f_proto__"])("H05 refuses the key %s", async (key) => {
    expectRefused(await chat(s.port, `{"model":"smollm2:135m","${key}":{"polluted":1}}`), 400, null);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("H06 refuses a key that is there twice, at any depth", async () => {
    expectRefused(await chat(s.port, '{"model":"a","model":"b"}'), 400, null);
    expectRefused(await chat(s.port, '{"model":"a","messages":[{"role":"user","role":"system"}]}'), 400, null);
    expectRefused(await chat(s.port, '{"model":"a","mo\\u0064el":"b"}'), 400, null);
  });
});

describe("H07 to H12, H20, H24: fields", () => {
  const message = (more: object) => ({
    ...right,
    messages: [
      { role: "user", content: "Hi" },
      { role: "user", content: "x", ...more },
    ],
  });
  it.each<[string, object, string]>([
    ["no model", { messages: right.messages }, "model"],
    ["no messages", { model: right.model }, "messages"],
    ["empty messages", { ...right, messages: [] }, "messages"],
    ["messages as text", { ...right, messages: "hi" }, "messages"],
    ["100k messages", { ...right, messages: Array(100_000).fill(1) }, "messages"],
    ["a wrong role", message({ role: "robot" }), "messages[1].role"],
    ["number content", message({ content: 7 }), "messages[1].content"],
    ["null content", message({ content: null }), "messages[1].content"],
    ["no content parts", message({ content: [] }), "messages[1].content"],
    ["an image part", message({ content: [{ type: "image_url", image_url: { url: "http://169.254.169.254/" } }] }), "messages[1].content[0].type"],
    ["a part without text", message({ content: [{ type: "text" }] }), "messages[1].content[0].text"],
    ["an unknown field of a message", message({ id: "x" }), "messages[1].id"],
    ["a refusal that says something", message({ role: "assistant", refusal: "no" }), "messages[1].refusal"],
    ["reasoning that is no text", message({ role: "assistant", reasoning_content: 1 }), "messages[1].reasoning_content"],
    ["an unknown field", { ...right, logit_biases: {} }, "logit_biases"],
    ["a bias of a word", { ...right, logit_bias: { ink: 1 } }, "logit_bias.ink"],
    ["a bias of a million tokens", { ...right, logit_bias: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i, 1])) }, "logit_bias"],
    ["a chat template of its own (J04)", { ...right, chat_template: "{{ 7*7 }}" }, "chat_template"],
    [
      "values for the template (J04)",
      { ...right, chat_template_kwargs: { chat_template: "x", tokenize: false } },
      "chat_template_kwargs.chat_template",
    ],
    ["a store", { ...right, store: true }, "store"],
    ["best_of", { ...right, best_of: 1e9 }, "best_of"],
    ["n = 2^53", { ...right, n: 2 ** 53 }, "n"],
    ["n = 9", { ...right, n: 9 }, "n"],
    ["n as text", { ...right, n: "1" }, "n"],
    ["frequency_penalty 2.5", { ...right, frequency_penalty: 2.5 }, "frequency_penalty"],
    ["presence_penalty -3", { ...right, presence_penalty: -3 }, "presence_penalty"],
    ["logprobs as a number", { ...right, logprobs: 3 }, "logprobs"],
    ["top_logprobs without logprobs", { ...right, top_logprobs: 5 }, "top_logprobs"],
    ["top_logprobs 21", { ...right, logprobs: true, top_logprobs: 21 }, "top_logprobs"],
    ["a form that is none", { ...right, response_format: { type: "yaml" } }, "response_format.type"],
    [
      "a schema without a name",
      { ...right, response_format: { type: "json_schema", json_schema: { schema: {} } } },
      "response_format.json_schema.name",
    ],
    [
      "a schema",
      { ...right, response_format: { type: "json_schema", json_schema: { name: "a", schema: { pattern: "(?<=x)*" } } } },
      "response_format",
    ],
    ["a chat template", { ...right, chat_template: "{{ 1 }}" }, "chat_template"],
    ["arguments of a chat template", { ...right, chat_template_kwargs: { tokenize: true } }, "chat_template_kwargs.tokenize"],
    ["repetition_penalty 1e-300", { ...right, repetition_penalty: 1e-300 }, "repetition_penalty"],
    ["temperature as text", { ...right, temperature: "1" }, "temperature"],
    ["temperature -1", { ...right, temperature: -1 }, "temperature"],
    ["top_p -0.1", { ...right, top_p: -0.1 }, "top_p"],
    ["top_p 1.1", { ...right, top_p: 1.1 }, "top_p"],
    ["top_k 1.5", { ...right, top_k: 1.5 }, "top_k"],
    ["min_p 2", { ...right, min_p: 2 }, "min_p"],
    ["repetition_penalty 0", { ...right, repetition_penalty: 0 }, "repetition_penalty"],
    ["max_tokens 0", { ...right, max_tokens: 0 }, "max_tokens"],
    ["max_tokens -2", { ...right, max_tokens: -2 }, "max_tokens"],
    ["max_tokens 1e12", { ...right, max_tokens: 1e12 }, "max_tokens"],
    ["two answers to how long", { ...right, max_tokens: 1, max_completion_tokens: 2 }, "max_tokens"],
    ["stop empty", { ...right, stop: "" }, "stop"],
    ["a thousand stops", { ...right, stop: Array(1000).fill("x") }, "stop"],
    ["a stop of 1 MiB", { ...right, stop: ["ok", "x".repeat(1 << 20)] }, "stop[1]"],
    ["stop as a number", { ...right, stop: 7 }, "stop"],
    ["seed 2^63", { ...right, seed: 2 ** 63 }, "seed"],
    ["seed -2", { ...right, seed: -2 }, "seed"],
    ["stream yes", { ...right, stream: "yes" }, "stream"],
    ["stream_options without stream", { ...right, stream_options: { include_usage: true } }, "stream_options"],
    ["unknown stream option", { ...right, stream: true, stream_options: { include: 1 } }, "stream_options.include"],
  ])("refuses %s", async (_name, body, param) => {
    const before = generator.calls.length;
    expectRefused(await chat(s.port, body), 400, param);
    expect(generator.calls.length).toBe(before);
  });

  it("H08 refuses 1e309, which JSON cannot hold", async () => {
    expectRefused(await chat(s.port, JSON.stringify({ ...right, temperature: 12345 }).replace("12345", "1e309")), 400, "temperature");
  });

  it("H23, U01: an unknown model, whatever its name looks like, is told what is served; no file is looked for", async () => {
    for (const model of [
      "../../x",
      "a/../../b",
      "%2e%2e/x",
      "C:\\x",
      "\\\\s\\x",
      "a\u0000b",
      "x".repeat(300),
      "-rf",
      "/etc/passwd",
      "gpt-4",
      "模型",
    ]) {
      const answer = await chat(s.port, { ...right, model });
      expectRefused(answer, 404, "model");
      expect(answer.json.error).toMatchObject({ code: "model_not_found", hint: "Served: smollm2:135m." });
    }
  });

  it("a field of a message that is not known is told those of a message, and the one that was probably meant", async () => {
    const { json } = await chat(s.port, { ...right, messages: [{ role: "user", content: "x", contents: "y" }] });
    expect(json.error.hint).toMatch(/^Did you mean "content"\?.*Supported: role, content, name/);
    expect(json.error.hint).not.toMatch(/temperature/);
    const wrong = await chat(s.port, { ...right, messages: [{ role: "user", content: 7 }] });
    expect(wrong.json.error.message).toBe('"messages[0].content": it must be a string or a list.');
  });

  it("a field of another server is told what it is called here, and a value of a wrong kind what it may be", async () => {
    const hint = async (more: object) => (await chat(s.port, { ...right, ...more })).json.error.hint as string;
    expect(await hint({ n_predict: 3 })).toMatch(/^Here it is "max_tokens"\./);
    expect(await hint({ prompt: "x" })).toMatch(/^Here it is "messages"\./);
    expect(await hint({ num_ctx: 4096 })).toMatch(/inkstone serve --context/);
    expect(await hint({ keep_alive: "5m" })).toMatch(/\/api\/chat/);
    const why = async (more: object) => (await chat(s.port, { ...right, ...more })).json.error.message as string;
    expect(await why({ seed: "1" })).toBe('"seed": it must be a number or -1.');
    expect(await why({ tool_choice: "always" })).toBe('"tool_choice": it must be "none" or "auto" or "required" or an object.');
    expect(await why({ functions: [{ name: "a" }] })).toBe('"functions": only [] is supported; "tools" is what does this.');
  });

  it("A12: half a million empty parts cost no more than reading them, and are not collected one by one", async () => {
    const parts = `[${Array(256).fill("{}").join(",")}]`;
    const body = `{"model":"x","messages":[${Array(2048).fill(`{"role":"user","content":${parts}}`).join(",")}]}`;
    expect((await chat(s.port, body)).json.error.message).toMatch(/more than 32768 objects, lists and keys/);
    const keys = `{"model":"x",${Array.from({ length: 40_000 }, (_, i) => `"k${i}":1`).join(",")}}`;
    expect((await chat(s.port, keys)).json.error.message).toMatch(/more than 32768/);
    const long = await chat(s.port, { ...right, ["k".repeat(3_000_000)]: 1 });
    expect([long.status, long.text.length < 4000]).toEqual([400, true]);
  });

  it("speaks the language that the client prefers", async () => {
    const { json } = await chat(s.port, { ...right, top_p: -1 }, { "accept-language": "fr, zh-CN;q=0.9, en;q=0.8" });
    expect(json.error.message).toBe("“top_p”：必须不小于 0。");
    expect((await chat(s.port, { ...right, top_p: -1 }, { "accept-language": "en" })).json.error.message).toBe('"top_p": it must be at least 0.');
  });
});

describe("A04 to A09: headers", () => {
  it("A04 refuses a header block over 16 KiB and 2,001 headers", async () => {
    const long = await raw(s.port, `GET /health HTTP/1.1\r\nhost: localhost\r\nx-a: ${"a".repeat(17_000)}\r\n\r\n`);
    expect(long).toMatch(/^HTTP\/1\.1 431/);
    const many = await raw(s.port, `GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${"a:\r\n".repeat(2001)}\r\n`);
    expect(many).toMatch(/^HTTP\/1\.1 431/);
  });

  it.each([
    ["CL and TE", "content-length: 4\r\ntransfer-encoding: chunked\r\n"],
    ["chunked twice", "transfer-encoding: chunked, chunked\r\n"],
    ["a NUL", "x-a: a\u0000b\r\n"],
    ["two lengths", "content-length: 4\r\ncontent-length: 5\r\n"],
    ["obs-fold", "x-a: a\r\n b: c\r\n  folded\r\n"],
  ])("A05 refuses %s and answers once", async (_name, header) => {
    const text = await raw(
      s.port,
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n${header}\r\n0\r\n\r\n`,
    );
    expect(text.match(/^HTTP\/1\.1 \d/gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(text).not.toMatch(/^HTTP\/1\.1 200/);
  });

  it.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"])("A06 refuses the host %s", async (host) => {
    expectRefused(await ask(s.port, "GET", "/v1/models", { headers: { host } }), 403, null);
    expectRefused(await ask(s.port, "GET", "/", { headers: { host } }), 403, null);
  });

  it.each(["localhost", "127.0.0.1:1", "[::1]:8080", "LOCALHOST:3"])("A06 takes the host %s", async (host) => {
    expect((await ask(s.port, "GET", "/health", { headers: { host } })).status).toBe(200);
  });

  it.each(["https://evil.example", "null", "http://localhost.evil.example", "x"])("A07 refuses the origin %s and grants no CORS", async (origin) => {
    const answer = await chat(s.port, right, { origin });
    expectRefused(answer, 403, null);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("A07 takes its own origin, and answers no preflight", async () => {
    for (const origin of [`http://127.0.0.1:${s.port}`, "http://localhost:5173"]) expect((await chat(s.port, right, { origin })).status).toBe(200);
    const preflight = await ask(s.port, "OPTIONS", "/v1/chat/completions", {
      headers: { origin: `http://127.0.0.1:${s.port}`, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.allow).toBe("POST");
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("A09 keeps a harmless request id and replaces any other", async () => {
    expect((await ask(s.port, "GET", "/health", { headers: { "x-request-id": "job-7.a_B" } })).headers["x-request-id"]).toBe("job-7.a_B");
    for (const id of ["x".repeat(10_000), "a:80", "a b", "é"]) {
      const answer = await ask(s.port, "GET", "/health", { headers: { "x-request-id": Buffer.from(id).toString("latin1") } });
      expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("sends nosniff, a content policy and no framing with every answer", async () => {
    for (const path of ["/", "/health", "/nothing"]) {
      const { headers } = await ask(s.port, "GET", path);
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer" });
      expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    }
  });
});

describe("names and pages that are allowed", () => {
  it("a name of a proxy or a container passes when it is allowed, others do not", async () => {
    await using named = await serving(generator, { allowedHosts: ["host.docker.internal", "*.example.com"] });
    for (const host of ["host.docker.internal:11435", "models.example.com"])
      expect((await ask(named.port, "GET", "/v1/models", { headers: { host } })).status).toBe(200);
    for (const host of ["example.org", "example.com.evil.org"])
      expectRefused(await ask(named.port, "GET", "/v1/models", { headers: { host } }), 403, null);
  });

  it("a page that is allowed may ask before it calls, and may read the answer", async () => {
    await using named = await serving(generator, { allowedOrigins: ["http://localhost:3000", "app://obsidian.md"] });
    for (const origin of ["http://localhost:3000", "app://obsidian.md"]) {
      // OpenAI's client in a browser sends headers of its own: what it asks for it may send.
      const wanted = "authorization,content-type,x-stainless-os,x-stainless-retry-count";
      const preflight = await ask(named.port, "OPTIONS", "/v1/chat/completions", {
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": `${wanted}, <b>` },
      });
      expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, origin]);
      expect(preflight.headers["access-control-allow-headers"]).toBe(wanted.split(",").join(", "));
      const answer = await chat(named.port, right, { origin });
      expect([answer.status, answer.headers["access-control-allow-origin"], answer.headers["access-control-allow-credentials"]]).toEqual([
        200,
        origin,
        undefined,
      ]);
    }
    expectRefused(await chat(named.port, right, { origin: "https://evil.example" }), 403, null);
  });

  it("A06 holds off loopback, too: a name that is not its own is refused, an address is none that can be turned", async () => {
    await using store = await openStore({ file: ":memory:" });
    const { secret } = await store.keys.create("all");
    await using open = await serving(generator, { host: "0.0.0.0", store });
    const headers = { authorization: `Bearer ${secret}` };
    expectRefused(await ask(open.port, "GET", "/v1/models", { headers: { ...headers, host: "rebound.example" } }), 403, null);
    expectRefused(
      await ask(open.port, "GET", "/v1/models", { headers: { ...headers, host: "rebound.example", origin: "http://rebound.example" } }),
      403,
      null,
    );
    expect((await ask(open.port, "GET", "/v1/models", { headers: { ...headers, host: "192.168.1.7:80" } })).status).toBe(200);
  });

  it("two Host headers, or a target of another host, are refused", async () => {
    expect(await raw(s.port, "GET /v1/models HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 40[03]/,
    );
    expect(await raw(s.port, "GET http://evil.example/v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 403/,
    );
  });
});

describe("A02: paths", () => {
  it.each([
    "//v1/models",
    "/V1/models",
    "/v1/models/",
    "/v1/..%2fhealth",
    "/%2e%2e/etc/passwd",
    "/../../etc/passwd",
    "/v1/chat/completions/",
    "/assets/../../package.json",
    "/%00",
    "/%",
  ])("refuses %s", async (path) => {
    const { status, json } = await ask(s.port, "GET", path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(json.error.type).toBeTypeOf("string");
  });

  it("names the methods of an address", async () => {
    const answer = await ask(s.port, "GET", "/v1/chat/completions");
    expectRefused(answer, 405, null);
    expect(answer.headers.allow).toBe("POST");
    expectRefused(await ask(s.port, "DELETE", "/v1/models"), 405, null);
    expectRefused(await ask(s.port, "GET", "/v2/models"), 404, null);
  });

  it.each([
    ["GET", "/models", "Did you mean GET /v1/models?"],
    ["POST", "/v1/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/api/v1/chat/completions", "Did you mean POST /v1/chat/completions?"],
    ["POST", "/v1//chat/completions/", "Did you mean POST /v1/chat/completions?"],
    ["GET", "/api/tag", "Did you mean GET /api/tags?"],
    ["POST", "/v1/images/generations", "GET /v1/models and POST /v1/chat/completions are the usual ones."],
  ])("an address beside the right one is told which that is: %s %s", async (method, path, hint) => {
    expect((await ask(s.port, method, path)).json.error.hint).toBe(`${hint} GET /docs lists all.`);
  });

  it("the base address leads a browser to the description, and tells a program where to go", async () => {
    for (const path of ["/v1", "/v1/"]) {
      const { status, headers } = await ask(s.port, "GET", path, { headers: { accept: "text/html,*/*" } });
      expect([status, new URL(headers.location ?? "", `http://localhost${path}`).pathname]).toEqual([302, "/docs"]);
      expect((await ask(s.port, "GET", path)).json).toMatchObject({ object: "api", models: "/v1/models" });
    }
  });
});

describe("F26: slow requests", () => {
  it("answers 408 and closes when headers or a body do not come", async () => {
    expect(await raw(s.port, "GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow")).toMatch(/^HTTP\/1\.1 408/);
    expect(
      await raw(s.port, "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"),
    ).toMatch(/^HTTP\/1\.1 408|^$/);
  });

  it("A13: sockets of clients that do nothing and do not close are destroyed, not kept half open", async () => {
    const sent = [
      "",
      "GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow",
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
      "garbage\r\n\r\n",
    ];
    const sockets = sent.map((bytes) =>
      connect({ port: s.port, host: "127.0.0.1", allowHalfOpen: true }, function (this: Socket) {
        if (bytes !== "") this.write(bytes);
      }),
    );
    for (const socket of sockets) socket.on("error", () => undefined).resume();
    // A destroyed peer answers a write with a reset: the client's own socket then closes.
    await until(() => {
      for (const socket of sockets) if (!socket.destroyed && socket.readableEnded) socket.write("x");
      expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
    });
  });

  it("F27: a fresh request is answered beside 500 idle connections", async () => {
    const idle = await Promise.all(
      Array.from(
        { length: 500 },
        () =>
          new Promise<ReturnType<typeof connect>>((done) => {
            const socket = connect(s.port, "127.0.0.1", () => done(socket));
            socket.on("error", () => undefined);
          }),
      ),
    );
    expect((await ask(s.port, "GET", "/health")).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });
});

it("is still alive after all of this, and answers as before", async () => {
  await expectAlive();
});
