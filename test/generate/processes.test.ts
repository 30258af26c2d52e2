// Engines in processes of their own: the same answers, and a death that is one engine's only.
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { EngineHost, processTransport } from "#generate";
import { createServer } from "#server";
import { until } from "../support/until.ts";
import { failure, openTiny, tinyPath } from "./tiny.ts";

const path = tinyPath({ contextLength: 4096 });
const children = () =>
  execFileSync("ps", ["--ppid", String(process.pid), "-o", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("process-entry"))
    .map((line) => Number(line.trim().split(" ")[0]));

describe("an engine in a process", () => {
  it("answers as one in a thread does: whole, in pieces, with logprobs, cancelled, and a slow reader pauses it", async () => {
    await using there = await openTiny(path, { engine: "process" });
    await using here = await openTiny(path);
    const options = { maxTokens: 200, logprobs: 1 };
    const right = await here.generate("Hello you", options);
    const { timings: _, ...plain } = right;
    const { timings: __, ...told } = await there.generate("Hello you", { ...options, seed: right.seed });
    expect(told).toEqual(plain);
    const slow = there.stream("Hello you", { maxTokens: 200 });
    let text = ((await slow.next()).value as { text: string }).text;
    expect((await there.generate("and the sea", { maxTokens: 600 })).completionTokens).toBe(600);
    for await (const piece of slow) text += piece.text;
    expect(text).toBe(right.text);
    const stop = new AbortController();
    const cancelled = there.generate("Hello you", { maxTokens: 3000, signal: stop.signal });
    setImmediate(() => stop.abort());
    expect((await cancelled).finishReason).toBe("cancelled");
  });

  it("is gone when it is closed", async () => {
    const model = await openTiny(path, { engine: "process" });
    expect(children().length).toBeGreaterThan(0);
    await model.close();
    await until(() => expect(children()).toEqual([]));
  });

  it("that is killed ends its requests with a typed error, tells why, and leaves others alone", async () => {
    const [one, other] = [await openTiny(path, { engine: "process" }), await openTiny(path)];
    const [pid] = children();
    const answers = [
      one.generate("Hello you", { maxTokens: 4000 }),
      one
        .stream("Hello you", { maxTokens: 4000 })
        .next()
        .then(() => one.generate("x", { maxTokens: 4000 })),
    ];
    const errors = Promise.all(answers.map(failure));
    const untouched = other.generate("Hello you", { maxTokens: 400 });
    await until(async () => expect((await one.tokenize("x")).ids.length).toBe(1));
    process.kill(pid, "SIGKILL");
    for (const error of await errors) expect(error).toMatchObject({ code: "E_ENGINE_DIED" });
    expect(one.state).toMatchObject({ alive: false, why: { en: "its process was ended by SIGKILL" } });
    expect((await untouched).completionTokens).toBe(400);
    await Promise.all([one.close(), other.close()]);
  });

  it("with a file that is none: the error is the file's", async () => {
    const host = new EngineHost(processTransport());
    expect(await failure(host.call<"load">({ kind: "load", path: "/nowhere.gguf", name: "x", options: {} }))).toMatchObject({
      code: expect.stringMatching(/^E_/),
    });
    await host.close();
  });
});

describe("a server with engines in processes", () => {
  it("kill -9 of one under 8 streams: they end with an error event, those of another engine are unharmed, the next request is served by a new engine", async () => {
    const open = () => openTiny(path, { engine: "process", slots: 8 });
    const served = ["tiny", "other"].map((name) => ({ kind: "chat", name, open }) as const);
    const server = await createServer({ served, port: 0, page: "/nowhere", log: { level: "silent" }, limits: { concurrent: 8 } });
    const address = await server.listen();
    const chat = (body: object, model = "tiny") =>
      fetch(`${address}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }], ...body }),
      });
    const plain = { temperature: 0, max_tokens: 700 };
    await (await chat({ max_tokens: 1 })).text(); // the first engine is that of "tiny"
    const alone = ((await (await chat(plain, "other")).json()) as { choices: { message: { content: string } }[] }).choices[0].message.content;
    const [victim] = children().sort((a, b) => a - b);
    const streams = await Promise.all(Array.from({ length: 8 }, () => chat({ stream: true, max_tokens: 3900 })));
    const unharmed = Array.from({ length: 3 }, () => chat(plain, "other"));
    const texts = streams.map((stream) => stream.text());
    process.kill(victim, "SIGKILL");
    for (const text of await Promise.all(texts)) expect(text).toMatch(/"code":"E_ENGINE_DIED"/);
    for (const one of unharmed)
      expect(((await (await one).json()) as { choices: { message: { content: string } }[] }).choices[0].message.content).toBe(alone);
    const again = await chat({ max_tokens: 3 });
    expect([again.status, ((await again.json()) as { usage: { completion_tokens: number } }).usage.completion_tokens]).toEqual([200, 3]);
    expect(((await (await fetch(`${address}/health`)).json()) as { status: string }).status).toBe("ok");
    await server.stop({ now: true });
    await until(() => expect(children()).toEqual([]));
  });
});
