// The chat route in OpenAI's shape, whole and as a stream.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeGenerator } from "./fake-generator.ts";
import { ask, chat, events, raw, right, serving } from "./serving.ts";

describe("POST /v1/chat/completions", () => {
  it("answers in OpenAI's shape", async () => {
    const generator = new FakeGenerator();
    await using s = await serving(generator);
    const { status, json } = await chat(s.port, {
      ...right,
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.1,
      repetition_penalty: 1.1,
      seed: 3,
      stop: "END",
      n: 1,
      user: "u",
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      object: "chat.completion",
      model: "smollm2:135m",
      seed: 3,
      choices: [{ index: 0, message: { role: "assistant", content: "Hello, world" }, finish_reason: "stop" }],
    });
    expect(json.usage).toEqual({ prompt_tokens: 5, completion_tokens: 3, total_tokens: 8, prompt_tokens_details: { cached_tokens: 2 } });
    const { signal, ...options } = generator.calls[0].options;
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(options).toEqual({ maxTokens: 9, temperature: 0.5, topP: 0.9, topK: 40, minP: 0.1, repetitionPenalty: 1.1, seed: 3, stop: ["END"] });
  });

  it("joins text parts, takes null for what is left out, and max_completion_tokens for max_tokens", async () => {
    const generator = new FakeGenerator();
    await using s = await serving(generator);
    const content = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ];
    const { status } = await chat(s.port, {
      ...right,
      messages: [{ role: "user", content }],
      stop: null,
      seed: null,
      temperature: null,
      max_completion_tokens: 4,
    });
    expect(status).toBe(200);
    expect(generator.calls[0].prompt).toEqual([{ role: "user", content: "ab" }]);
    expect(generator.calls[0].options.maxTokens).toBe(4);
    expect(generator.calls[0].options).not.toHaveProperty("seed");
  });

  it("streams events that end with the finish reason and [DONE]", async () => {
    await using s = await serving(new FakeGenerator());
    const { status, headers, text } = await chat(s.port, { ...right, stream: true });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    const list = events(text);
    expect(list.at(-1)).toBe("[DONE]");
    const chunks = list.slice(0, -1).map((one) => JSON.parse(one));
    expect(new Set(chunks.map((one) => one.id)).size).toBe(1);
    expect(chunks[0].choices[0].delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.map((one) => one.choices[0].delta.content ?? "").join("")).toBe("Hello, world");
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
    expect(chunks.every((one) => !("usage" in one))).toBe(true);
  });

  it("adds one usage event when it is asked for", async () => {
    await using s = await serving(new FakeGenerator());
    const { text } = await chat(s.port, { ...right, stream: true, stream_options: { include_usage: true } });
    const chunks = events(text)
      .slice(0, -1)
      .map((one) => JSON.parse(one));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 } });
    expect(chunks.slice(0, -1).every((one) => one.usage === null)).toBe(true);
  });

  it("takes an adapter by its name, as Ollama's and Anthropic's routes do", async () => {
    const generator = new FakeGenerator();
    await using s = await serving(generator);
    const post = (path: string, body: object) =>
      ask(s.port, "POST", path, { headers: { "content-type": "application/json" }, body: JSON.stringify({ ...right, ...body }) });
    expect((await chat(s.port, { ...right, adapter: "desk" })).status).toBe(200);
    expect((await post("/api/chat", { options: { adapter: "desk" }, stream: false })).status).toBe(200);
    expect((await post("/v1/messages", { max_tokens: 4, adapter: "desk" })).status).toBe(200);
    expect((await post("/v1/messages", { max_tokens: 4 })).status).toBe(200);
    expect(generator.calls.map(({ options }) => options.adapter)).toEqual(["desk", "desk", "desk", undefined]);
  });

  it("W05: keeps model text inside one event, whatever it holds", async () => {
    const pieces = ["\n\ndata: [DONE]\n\n", "a\r\nb", "\u{1F600}", "\u2028"];
    await using s = await serving(new FakeGenerator({ pieces }));
    const { text } = await chat(s.port, { ...right, stream: true });
    const list = events(text);
    expect(list.filter((one) => one === "[DONE]")).toHaveLength(1);
    const said = list.slice(0, -1).map((one) => JSON.parse(one).choices[0].delta.content ?? "");
    expect(said.join("")).toBe(pieces.join(""));
  });

  it("W03: a stream over HTTP/1.0 is not chunked and ends with the connection", async () => {
    await using s = await serving(new FakeGenerator());
    const body = JSON.stringify({ ...right, stream: true });
    const text = await raw(
      s.port,
      `POST /v1/chat/completions HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });
});

describe("models, limits, health", () => {
  it("lists the served model and describes it by name", async () => {
    await using s = await serving(new FakeGenerator());
    const list = await ask(s.port, "GET", "/v1/models");
    expect(list.json).toMatchObject({
      object: "list",
      data: [{ id: "smollm2:135m", object: "model", owned_by: "inkstone", inkstone: { executor: "reference", contextLength: 2048 } }],
    });
    expect((await ask(s.port, "GET", "/v1/models/smollm2:135m")).json.id).toBe("smollm2:135m");
    expect((await ask(s.port, "GET", "/v1/models/smollm2%3A135m")).json.id).toBe("smollm2:135m");
    expect((await ask(s.port, "GET", "/v1/models/other")).json.error).toMatchObject({ code: "model_not_found", param: "model" });
  });

  it("publishes its limits, its health and whether it is ready", async () => {
    await using s = await serving(new FakeGenerator());
    expect((await ask(s.port, "GET", "/v1/limits")).json).toMatchObject({ bodyBytes: 4 << 20, waiting: 64, contextLength: 2048 });
    expect((await ask(s.port, "GET", "/health")).json).toMatchObject({ status: "ok", executor: "reference" });
    expect((await ask(s.port, "GET", "/ready")).status).toBe(200);
  });

  it("serves a plain page in both languages while the page is not built", async () => {
    await using s = await serving(new FakeGenerator());
    const { status, headers, text } = await ask(s.port, "GET", "/");
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/html/);
    expect(text).toMatch(/npm start/);
    expect(text).toMatch(/尚未构建/);
  });
});

describe("the page", () => {
  it("serves the built files and nothing beside them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inkstone-page-"));
    await mkdir(join(folder, "page", "assets"), { recursive: true });
    await writeFile(join(folder, "secret.txt"), "secret");
    await writeFile(join(folder, "page", "index.html"), "<!doctype html>the page");
    await writeFile(join(folder, "page", "assets", "index-abc.js"), "export {}");
    await using s = await serving(new FakeGenerator(), { page: join(folder, "page") });
    const page = await ask(s.port, "GET", "/");
    expect([page.status, page.text, page.headers["cache-control"]]).toEqual([200, "<!doctype html>the page", "no-cache"]);
    const again = await ask(s.port, "GET", "/", { headers: { "if-none-match": String(page.headers.etag) } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const script = await ask(s.port, "GET", "/assets/index-abc.js");
    expect(script.headers).toMatchObject({
      "content-type": expect.stringMatching(/javascript/),
      "cache-control": expect.stringMatching(/immutable/),
      "x-content-type-options": "nosniff",
    });
    for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/", "/assets/none.js", "/secret.txt"]) {
      const { status, text } = await ask(s.port, "GET", path);
      expect([status >= 400 && status < 500, text.includes('"secret"')]).toEqual([true, false]);
    }
    await rm(folder, { recursive: true });
  });
});
