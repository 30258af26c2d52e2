// Streams that end early: the client leaves, the reader sleeps, the generator fails, the server stops. No place is lost, no generation goes on for nobody.
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import type { StreamPiece } from "#generate";
import { until } from "../support/until.ts";
import { FakeGenerator, gate, untilAborted } from "./fake-generator.ts";
import { ask, chat, events, right, type Serving, serving } from "./serving.ts";

/** Opens a chat and does not wait for its end. */
function open(s: Serving, body: object): { sent: ClientRequest; answered: Promise<IncomingMessage> } {
  const sent = request({
    host: "127.0.0.1",
    port: s.port,
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json" },
    agent: false,
  });
  sent.on("error", () => undefined);
  const answered = once(sent, "response").then(([answer]) => answer as IncomingMessage);
  answered.catch(() => undefined);
  sent.end(JSON.stringify(body));
  return { sent, answered };
}

async function whole(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer) text += piece;
  return text;
}

const endless = (from: number) => ({ before: (i: number, signal?: AbortSignal) => (i < from ? Promise.resolve() : untilAborted(signal)) });

describe("W01, F22 to F24: the client leaves", () => {
  it("a stream: the generation ends and its place is free", async () => {
    const generator = new FakeGenerator(endless(1));
    await using s = await serving(generator, { limits: { concurrent: 1 } });
    const { sent, answered } = open(s, { ...right, stream: true });
    await once(await answered, "data");
    sent.destroy();
    await until(() => expect(generator.running).toBe(0));
    expect(generator.produced).toBe(1);
    generator.script = {};
    expect((await chat(s.port, right)).status).toBe(200);
  });

  it("a stream, before its first event: its place is free", async () => {
    const { open: release, opened } = gate();
    // As the engine does it: a cancelled answer is an answer, with what is there.
    class Cancelled extends FakeGenerator {
      override async *stream(...asked: Parameters<FakeGenerator["stream"]>): AsyncGenerator<StreamPiece> {
        if (this.calls.length > 0) return yield* super.stream(...asked);
        this.calls.push({ prompt: "", options: {} });
        await opened;
        const result = await new FakeGenerator().generate("");
        yield { text: "", tokenIds: [], result: { ...result, finishReason: "cancelled" } };
      }
    }
    await using s = await serving(new Cancelled(), { limits: { concurrent: 1 } });
    const { sent } = open(s, { ...right, stream: true });
    const health = async () => (await ask(s.port, "GET", "/health")).json;
    await until(async () => expect((await health()).open).toBe(1));
    sent.destroy();
    await until(async () => expect((await health()).open).toBe(0));
    release();
    const next = await chat(s.port, right);
    expect(next.json.choices[0].finish_reason).toBe("stop");
  });

  it("a whole answer: the generation ends too", async () => {
    const generator = new FakeGenerator(endless(0));
    await using s = await serving(generator, { limits: { concurrent: 1 } });
    const { sent } = open(s, right);
    await until(() => expect(generator.running).toBe(1));
    sent.destroy();
    await until(() => expect(generator.running).toBe(0));
    generator.script = {};
    expect((await chat(s.port, right)).status).toBe(200);
  });

  it("one that is still waiting never starts", async () => {
    const generator = new FakeGenerator(endless(0));
    await using s = await serving(generator, { limits: { concurrent: 1 } });
    const first = open(s, right);
    await until(() => expect(generator.running).toBe(1));
    const second = open(s, right);
    await until(async () => expect((await ask(s.port, "GET", "/health")).json.waiting).toBe(1));
    second.sent.destroy();
    await until(async () => expect((await ask(s.port, "GET", "/health")).json.waiting).toBe(0));
    first.sent.destroy();
    await until(() => expect(generator.running).toBe(0));
    expect(generator.calls).toHaveLength(1);
  });

  const leavers = process.env.INKSTONE_TEST_LARGE === "1" ? 500 : 50;
  it(`QH5: ${leavers} clients that leave, in streams, whole answers and the line: no place leaks, who waited never begins`, async () => {
    const generator = new FakeGenerator(endless(1));
    await using s = await serving(generator, { limits: { concurrent: 2 } });
    for (let i = 0; i < leavers; i++) {
      const { sent, answered } = open(s, { ...right, stream: i % 2 === 0 });
      if (i % 2 === 0) await once(await answered, "data");
      else await until(() => expect(generator.running).toBeGreaterThan(0));
      sent.destroy();
      await until(() => expect(generator.running).toBe(0));
    }
    // Two hold the places; whoever waits behind them and leaves is never answered.
    const held = [open(s, { ...right, stream: true }), open(s, { ...right, stream: true })];
    for (const { answered } of held) await once(await answered, "data");
    const begun = generator.calls.length;
    for (let i = 0; i < leavers / 5; i++) {
      const { sent } = open(s, right);
      await until(async () => expect((await ask(s.port, "GET", "/health")).json.waiting).toBe(1));
      sent.destroy();
      await until(async () => expect((await ask(s.port, "GET", "/health")).json.waiting).toBe(0));
    }
    for (const { sent } of held) sent.destroy();
    await until(() => expect(generator.running).toBe(0));
    expect(generator.calls.length).toBe(begun);
    await until(() => expect(generator.running).toBe(0));
    generator.script = {};
    await Promise.all([chat(s.port, right), chat(s.port, right), chat(s.port, right)]);
    expect(await ask(s.port, "GET", "/health").then(({ json }) => [json.open, json.waiting])).toEqual([0, 0]);
  });
});

describe("the queue", () => {
  it("answers so many side by side, lets so many wait, and refuses the rest with Retry-After", async () => {
    const { open: release, opened } = gate();
    const generator = new FakeGenerator({ before: () => opened });
    await using s = await serving(generator, { limits: { concurrent: 2, waiting: 3 } });
    const answers = Array.from({ length: 5 }, () => chat(s.port, right));
    await until(async () => expect((await ask(s.port, "GET", "/health")).json.waiting).toBe(3));
    const refused = await chat(s.port, right);
    expect(refused.status).toBe(429);
    expect(refused.headers["retry-after"]).toBe("5");
    expect(refused.json.error.message).toMatch(/3 requests are waiting.*limit is 3/);
    release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(generator.mostRunning).toBe(2);
  });
});

describe("W04: the generator fails", () => {
  it("before the first token: an ordinary JSON answer", async () => {
    const before = async () => {
      throw new InkstoneError("E_FIELD", { field: "messages", why: { en: "too long", zh: "过长" } });
    };
    await using s = await serving(new FakeGenerator({ before }));
    const { status, json, headers } = await chat(s.port, { ...right, stream: true });
    expect([status, json.error.param]).toEqual([400, "messages"]);
    expect(headers["content-type"]).toMatch(/^application\/json/);
  });

  it("after it: an error event, then the end, and no [DONE]", async () => {
    const before = async (i: number) => {
      if (i === 2) throw new InkstoneError("E_NATIVE_PANIC", { kernel: "linear" });
    };
    await using s = await serving(new FakeGenerator({ before }));
    const { status, text } = await chat(s.port, { ...right, stream: true });
    expect(status).toBe(200);
    const list = events(text);
    expect(list).not.toContain("[DONE]");
    expect(JSON.parse(list.at(-1)!).error).toMatchObject({ code: "E_NATIVE_PANIC", type: "internal_error" });
  });

  it("with something unknown: 500, and nothing of the inside is told", async () => {
    const before = async () => {
      throw new TypeError("secret /private/path 0xdeadbeef");
    };
    await using s = await serving(new FakeGenerator({ before }));
    const { status, text } = await chat(s.port, right);
    expect(status).toBe(500);
    expect(text).not.toMatch(/secret|root|0xdead/);
  });
});

describe("W02, F25: the reader sleeps", () => {
  /** A socket that asks for a stream and reads nothing. */
  function sleeper(s: Serving): Promise<Socket> {
    return new Promise((done) => {
      const socket = connect(s.port, "127.0.0.1", () => {
        socket.pause();
        const body = JSON.stringify({ ...right, stream: true });
        socket.write(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
        done(socket);
      });
      socket.on("error", () => undefined);
    });
  }

  it("pauses the generation, closes the stream after its time, and frees the place", async () => {
    const pieces = Array.from({ length: 200_000 }, () => "x".repeat(1000));
    const generator = new FakeGenerator({ pieces });
    await using s = await serving(generator, { limits: { slowReaderMs: 400 } });
    const socket = await sleeper(s);
    await until(() => expect(generator.running).toBe(1));
    await until(() => expect(generator.running).toBe(0));
    expect(generator.produced).toBeLessThan(20_000); // what the kernel's buffers take, and no more
    socket.destroy();
    generator.script = {};
    expect((await chat(s.port, right)).status).toBe(200);
  });

  it("does not hold up others", async () => {
    const pieces = Array.from({ length: 50_000 }, () => "x".repeat(1000));
    const generator = new FakeGenerator({ pieces });
    await using s = await serving(generator, { limits: { concurrent: 30, slowReaderMs: 60_000 } });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => sleeper(s)));
    await until(() => expect(generator.running).toBe(20));
    generator.script = {};
    expect(events((await chat(s.port, { ...right, stream: true })).text).at(-1)).toBe("[DONE]");
    for (const socket of sockets) socket.destroy();
    await until(() => expect(generator.running).toBe(0));
  });
});

describe("F16 to F18: the server stops", () => {
  it("idle: at once", async () => {
    const s = await serving(new FakeGenerator());
    expect(await s.server.stop()).toBe(true);
    await expect(ask(s.port, "GET", "/health")).rejects.toThrow();
  });

  it("with live streams: not ready, no new work, the streams finish", async () => {
    const { open: release, opened } = gate();
    const generator = new FakeGenerator({ before: (i) => (i === 0 ? Promise.resolve() : opened) });
    const s = await serving(generator, { limits: { concurrent: 50 } });
    const streams = Array.from({ length: 50 }, () => open(s, { ...right, stream: true }));
    const answers = await Promise.all(streams.map(({ answered }) => answered));
    const texts = answers.map(whole);
    const stopped = s.server.stop();
    expect((await ask(s.port, "GET", "/ready")).status).toBe(503);
    const late = await chat(s.port, right);
    expect([late.status, late.headers["retry-after"], late.headers.connection]).toEqual([503, "5", "close"]);
    release();
    for (const text of await Promise.all(texts)) expect(events(text).at(-1)).toBe("[DONE]");
    expect(await stopped).toBe(true);
  });

  it("when the grace is over: each cut stream gets an error event", async () => {
    const generator = new FakeGenerator(endless(1));
    const s = await serving(generator, { graceMs: 50 });
    const answers = await Promise.all([open(s, { ...right, stream: true }).answered, open(s, { ...right, stream: true }).answered]);
    const texts = answers.map(whole);
    expect(await s.server.stop()).toBe(false);
    for (const text of await Promise.all(texts)) {
      expect(events(text)).not.toContain("[DONE]");
      expect(JSON.parse(events(text).at(-1)!).error).toMatchObject({ code: "E_STOPPING" });
    }
    expect(generator.running).toBe(0);
  });

  it.each([
    ["an idle connection", ""],
    ["half-sent headers", "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-a"],
    ["a half-sent body", "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"],
    ["a refused client that does not close", "garbage\r\n\r\n"],
  ])("A2: with %s it ends, first and second time", async (_name, bytes) => {
    const s = await serving(new FakeGenerator(), { graceMs: 60_000 });
    const socket = connect({ port: s.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    if (bytes !== "") socket.write(bytes);
    expect((await ask(s.port, "GET", "/health")).status).toBe(200); // the server has seen what came before
    expect(await s.server.stop()).toBe(true);
    expect(await s.server.stop({ now: true })).toBe(true);
    socket.destroy();
  });

  it("told twice: does not wait for the grace", async () => {
    const generator = new FakeGenerator(endless(0));
    const s = await serving(generator, { graceMs: 60_000 });
    const answer = chat(s.port, right);
    await until(() => expect(generator.running).toBe(1));
    const first = s.server.stop();
    expect(await s.server.stop({ now: true })).toBe(false);
    expect(await first).toBe(false);
    expect((await answer).status).toBe(503);
  });
});

describe("a stream that has nothing to say yet", () => {
  it("sends its headers, and comments until the first event; then everything as usual", async () => {
    const { open: release, opened } = gate();
    const generator = new FakeGenerator({ before: (i) => (i === 0 ? opened : Promise.resolve()) });
    await using s = await serving(generator, { limits: { silentMs: 20 } });
    const { answered } = open(s, { ...right, stream: true });
    const answer = await answered; // before there is any piece
    expect(answer.headers["content-type"]).toMatch(/event-stream/);
    const [first] = (await once(answer, "data")) as [Buffer];
    expect(String(first)).toBe(": \n\n");
    release();
    const list = events((await whole(answer)).replaceAll(": \n\n", ""));
    expect([JSON.parse(list[0]).choices[0].delta.role, list.at(-1)]).toEqual(["assistant", "[DONE]"]);
  });

  it("an error after that is an event", async () => {
    const { open: release, opened } = gate();
    const before = async () => {
      await opened;
      throw new InkstoneError("E_LOGITS", { position: 0 });
    };
    await using s = await serving(new FakeGenerator({ before }), { limits: { silentMs: 20 } });
    const answer = await open(s, { ...right, stream: true }).answered;
    release();
    expect(JSON.parse(events((await whole(answer)).replaceAll(": \n\n", "")).at(-1)!).error.code).toBe("E_LOGITS");
  });
});

describe("F5: a model that has ended", () => {
  it("health says so, ready refuses, and chats are told why", async () => {
    const generator = new FakeGenerator();
    await using s = await serving(generator);
    generator.state = { alive: false, why: { en: "it was killed", zh: "已被终止" } };
    expect((await ask(s.port, "GET", "/health")).json).toMatchObject({ status: "degraded", served: [{ state: "died", why: "it was killed" }] });
    expect((await ask(s.port, "GET", "/ready")).status).toBe(503);
    const { status, json } = await chat(s.port, right);
    expect([status, json.error.code]).toEqual([503, "E_ENGINE_DIED"]);
    expect(json.error.message).toMatch(/it was killed/);
  });

  it("is opened again when it can be, and the server is well again", async () => {
    const made: FakeGenerator[] = [];
    const open = async () => {
      made.push(new FakeGenerator());
      return made.at(-1) as FakeGenerator;
    };
    await using s = await serving(undefined, { served: [{ kind: "chat", name: "smollm2:135m", open }] });
    expect(made).toHaveLength(0); // nobody has wanted it
    expect((await chat(s.port, right)).status).toBe(200);
    made[0].state = { alive: false, why: ["killed"] };
    expect((await chat(s.port, right)).status).toBe(200);
    expect([made.length, made[0].closed]).toEqual([2, true]);
    expect((await ask(s.port, "GET", "/health")).json.status).toBe("ok");
  });
});

describe("errors of the engine", () => {
  it.each([
    [new InkstoneError("E_CONTEXT", { prompt: 3000, maxTokens: 10, context: 2048 }), 400, "messages", "context_length_exceeded", /3000.*10.*2048/],
    [new InkstoneError("E_OPTION", { option: "topP", value: 0, allowed: ["(0, 1]"] }), 400, "top_p", "E_OPTION", /topP/],
    [new InkstoneError("E_BUSY", { waiting: 9 }), 503, null, "E_BUSY", /9/],
  ])("%s", async (error, status, param, code, message) => {
    const before = async () => {
      throw error;
    };
    await using s = await serving(new FakeGenerator({ before }));
    for (const stream of [false, true]) {
      const answer = await chat(s.port, { ...right, stream });
      expect([answer.status, answer.json.error.param, answer.json.error.code]).toEqual([status, param, code]);
      expect(answer.json.error.message).toMatch(message);
    }
  });
});
