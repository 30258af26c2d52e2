// Models of another server behind the interface of this one: the same answers as at home, refusals with the other's words, retries, budgets.
import { createServer as createHttp, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { UpstreamModel } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upstreamEmbedder, upstreamReranker } from "#generate";
import { createServer } from "#server";
import { type Served, served } from "../server/clients/served.ts";
import { failure } from "./tiny.ts";

let s: Served;
beforeAll(async () => {
  s = await served();
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
});

const messages = [{ role: "user" as const, content: "Hello you" }];
const upstream = (more: object = {}) => new UpstreamModel({ url: `${s.address}/v1`, model: "tiny", ...more });

// A server that answers as it is told.
async function other(listener: RequestListener): Promise<{ url: string; end: () => void }> {
  const server = createHttp(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, end: () => server.close().closeAllConnections() };
}

describe("UpstreamModel", () => {
  it("says what the model says at home: chats and prompts, whole and in pieces, with logprobs", async () => {
    const model = upstream();
    const options = { maxTokens: 20, temperature: 1, seed: 3 };
    for (const prompt of [messages, "Hello you"]) {
      const right = await s.model.generate(prompt, options);
      const got = await model.generate(prompt, options);
      expect([got.text, got.finishReason, got.promptTokens, got.completionTokens]).toEqual([
        right.text,
        right.finishReason,
        right.promptTokens,
        right.completionTokens,
      ]);
      let text = "";
      for await (const piece of model.stream(prompt, options)) text += piece.text;
      expect(text).toBe(right.text);
    }
    const { logprobs } = await model.generate(messages, { maxTokens: 3, logprobs: 2 });
    expect(logprobs?.map(({ top }) => top.length)).toEqual([2, 2, 2]);
  });

  it("an aborted signal ends an answer with what is there", async () => {
    const stop = new AbortController();
    let result: unknown;
    for await (const piece of upstream().stream(messages, { maxTokens: 400, signal: stop.signal })) {
      stop.abort();
      result = piece.result;
    }
    expect(result).toMatchObject({ finishReason: "cancelled" });
  });

  it("a refusal carries the other server's words; options are checked before anything is sent", async () => {
    expect(await failure(upstream({ model: "gpt-4" }).generate(messages))).toMatchObject({
      code: "E_UPSTREAM",
      parameters: { status: 404, why: [expect.stringMatching(/gpt-4.*not served/)] },
    });
    expect(await failure(upstream().generate(messages, { topP: 7 }))).toMatchObject({ code: "E_OPTION" });
    expect(() => new UpstreamModel({ url: "file:///etc", model: "x" })).toThrowError(expect.objectContaining({ code: "E_OPTION" }));
  });

  it("tries again what is refused for now, and gives up with the last refusal", async () => {
    let asked = 0;
    const busy = await other((_request, response) =>
      response.writeHead(++asked < 3 ? 503 : 200).end('data: {"choices":[{"delta":{"content":"ink"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'),
    );
    expect((await new UpstreamModel({ url: busy.url, model: "m", retries: 2 }).generate(messages)).text).toBe("ink");
    asked = 0;
    expect(await failure(new UpstreamModel({ url: busy.url, model: "m", retries: 1 }).generate(messages))).toMatchObject({
      code: "E_UPSTREAM",
      parameters: { status: 503 },
    });
    busy.end();
  });

  it("no connection, silence and a stream that breaks off are told as such", async () => {
    const dead = await other(() => undefined);
    expect(await failure(new UpstreamModel({ url: dead.url, model: "m", timeoutMs: 30, retries: 0 }).generate(messages))).toMatchObject({
      code: "E_UPSTREAM_REACH",
    });
    dead.end();
    expect(await failure(new UpstreamModel({ url: dead.url, model: "m", retries: 0 }).generate(messages))).toMatchObject({
      code: "E_UPSTREAM_REACH",
    });
    const broken = await other((_request, response) => response.write('data: {"choices":[{"delta":{"content":"i"}}]}\n\n', () => response.destroy()));
    expect(await failure(new UpstreamModel({ url: broken.url, model: "m", retries: 0 }).generate(messages))).toMatchObject({
      code: "E_UPSTREAM_REACH",
    });
    broken.end();
  });

  it("stops at its budget", async () => {
    const model = upstream({ tokenBudget: 10 });
    await model.generate(messages, { maxTokens: 10 });
    expect(await failure(model.generate(messages))).toMatchObject({ code: "E_UPSTREAM_BUDGET", status: 429 });
  });

  it("is served like any other: a server in front of a server", async () => {
    const front = await createServer({ served: [{ kind: "chat", name: "upstream:tiny", open: async () => upstream() }], port: 0, page: "/nowhere" });
    const body = { model: "upstream:tiny", messages, max_tokens: 8, temperature: 0 };
    const answer = await fetch(`${await front.listen()}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0].message.content).toBe((await s.model.generate(messages, { maxTokens: 8 })).text);
    await front.stop({ now: true });
  });
});

it("vectors and rankings of another server", async () => {
  const { vectors } = await upstreamEmbedder({ url: `${s.address}/v1`, model: "vectors" }).embed(["ab", "c"]);
  expect(vectors.map((vector) => vector[0])).toEqual([2, 1]);
  const { scores } = await upstreamReranker({ url: `${s.address}/v1`, model: "ranks" }).rerank("ink", ["water", "black ink"]);
  expect(scores).toEqual([0, 1]);
});
