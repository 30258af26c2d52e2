// The API as an ordinary OpenAI client uses it, on a real engine with a tiny model: requests with the fields and headers that such clients send.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServer, type RunningServer } from "#server";
import { writeTinyLlama } from "../support/tiny-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-openai-"));
let model: LanguageModel;
let server: RunningServer;
let address: string;
beforeAll(async () => {
  model = await LanguageModel.open(writeTinyLlama(join(folder, "tiny.gguf"), { tied: false }), { precision: "exact", threads: 1 });
  server = await createServer({ generator: model, port: 0, page: "/nowhere" });
  address = await server.listen();
});
afterAll(async () => {
  await server.stop({ now: true });
  await model.close();
  rmSync(folder, { recursive: true });
});

const headers = {
  authorization: "Bearer sk-none",
  accept: "application/json",
  "content-type": "application/json",
  "user-agent": "OpenAI/JS 6.0.0",
  "x-stainless-lang": "js",
  "x-stainless-retry-count": "0",
};
const usual = { model: "tiny", messages: [{ role: "user", content: "Hello you" }], max_tokens: 40, temperature: 2, seed: 7 };

interface Completion {
  readonly choices: { readonly message: { readonly content: string }; readonly finish_reason: string }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
  readonly error: { readonly message: string; readonly param: string; readonly code: string };
}

async function create(body: object): Promise<{ status: number; json: Completion }> {
  const answer = await fetch(`${address}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, json: (await answer.json()) as Completion };
}

interface Chunk {
  readonly choices: { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
  readonly usage?: Completion["usage"] | null;
}

// Server-sent events as clients read them: as bytes come, cut anywhere.
async function* stream(body: object): AsyncGenerator<Chunk> {
  const answer = await fetch(`${address}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify({ ...body, stream: true }) });
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = text.slice(0, end).replace(/^data: /, "");
      text = text.slice(end + 2);
      if (data === "[DONE]") return;
      yield JSON.parse(data) as Chunk;
    }
  }
  throw new Error("the stream ended without [DONE]");
}

describe("chat completions", () => {
  it("says what the library says for the same options", async () => {
    const right = await model.generate([{ role: "user", content: "Hello you" }], { maxTokens: 40, temperature: 2, seed: 7 });
    const { status, json } = await create(usual);
    expect([status, json.choices[0].message.content, json.choices[0].finish_reason]).toEqual([200, right.text, right.finishReason]);
    expect([json.usage.prompt_tokens, json.usage.completion_tokens]).toEqual([right.promptTokens, right.completionTokens]);
  });

  it("a stream brings the same text, the reason in its last chunk, and the usage when asked for", async () => {
    const { json } = await create(usual);
    const chunks: Chunk[] = [];
    for await (const chunk of stream({ ...usual, stream_options: { include_usage: true } })) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(json.choices[0].message.content);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null).filter((reason) => reason !== null)).toEqual([
      json.choices[0].finish_reason,
    ]);
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: json.usage.completion_tokens });
  });

  it("takes what clients send though it changes nothing", async () => {
    const neutral = {
      n: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      logprobs: false,
      response_format: { type: "text" },
      stop: null,
      stream: false,
      stream_options: null,
      user: "someone\n\u001b[31m",
      max_completion_tokens: 40,
      top_p: 1,
    };
    const { json: plain } = await create(usual);
    const { status, json } = await create({ ...usual, ...neutral });
    expect([status, json.choices[0].message.content]).toEqual([200, plain.choices[0].message.content]);
  });

  it("the same seed says the same, another something else", async () => {
    const said = async (seed: number) => (await create({ ...usual, seed })).json.choices[0].message.content;
    expect(await said(7)).toBe(await said(7));
    expect(await said(8)).not.toBe(await said(7));
  });

  it("stop as a text or as a list ends the answer before it", async () => {
    const full = (await create(usual)).json.choices[0].message.content;
    const stop = full.slice(10, 12);
    for (const given of [stop, ["never said", stop]]) {
      const { json } = await create({ ...usual, stop: given });
      expect([json.choices[0].message.content, json.choices[0].finish_reason]).toEqual([full.slice(0, full.indexOf(stop)), "stop"]);
    }
  });

  it("top_p and temperature reach the engine", async () => {
    const greedy = (await create({ ...usual, temperature: 0 })).json.choices[0].message.content;
    expect((await create({ ...usual, temperature: 2, top_p: 1e-9 })).json.choices[0].message.content).toBe(greedy);
    expect((await create({ ...usual, temperature: 2 })).json.choices[0].message.content).not.toBe(greedy);
  });

  it("the next turn of a chat reuses what was computed", async () => {
    const first = (await create({ ...usual, temperature: 0 })).json;
    const messages = [...usual.messages, first.choices[0].message, { role: "user", content: "and the sea" }];
    const second = (await create({ ...usual, temperature: 0, messages })).json;
    expect(second.usage.prompt_tokens_details.cached_tokens).toBeGreaterThanOrEqual(first.usage.prompt_tokens);
  });

  it("H11: a prompt that does not fit is context_length_exceeded, with the three numbers", async () => {
    for (const body of [
      { ...usual, max_tokens: 5000 },
      { ...usual, messages: [{ role: "user", content: "Hello ".repeat(900) }] },
    ]) {
      const { status, json } = await create(body);
      expect([status, json.error.code, json.error.param]).toEqual([400, "context_length_exceeded", "messages"]);
      expect(json.error.message.match(/\d+/g)).toHaveLength(3);
    }
    const far = await create({ ...usual, max_tokens: 2 ** 31 - 1 });
    expect([far.status, far.json.error.param]).toEqual([400, "max_tokens"]);
  });

  it("W01: leaving a stream frees the engine for others", async () => {
    for (let i = 0; i < 12; i++) for await (const _ of stream({ ...usual, max_tokens: 400 })) break; // three times as many as there are places
    expect((await create({ ...usual, max_tokens: 2 })).status).toBe(200);
  });
});

describe("models and limits", () => {
  it("lists the model, with the fields that clients read", async () => {
    const answer = await fetch(`${address}/v1/models`, { headers });
    expect(await answer.json()).toMatchObject({
      object: "list",
      data: [{ id: "tiny", object: "model", owned_by: "inkstone", created: expect.any(Number) }],
    });
  });

  it("publishes every limit of the contract", async () => {
    expect(await (await fetch(`${address}/v1/limits`)).json()).toEqual({
      bodyBytes: 4 << 20,
      headerBytes: 16 << 10,
      headerCount: 500,
      jsonDepth: 64,
      jsonElements: 32_768,
      headersMs: 10_000,
      requestMs: 30_000,
      messages: 2048,
      stopStrings: 4,
      soundBytes: 67_108_864,
      stopCharacters: 256,
      concurrent: 4,
      waiting: 64,
      ofOneKey: 48,
      choices: 8,
      silentMs: 5_000,
      slowReaderMs: 30_000,
      streamBufferBytes: 256 << 10,
      tableBytes: 32 << 20,
      tables: 8,
      trainingLabels: 256,
      classifiers: 8,
      classifyTexts: 64,
      classifyCharacters: 20_000,
      classifyMs: 10_000,
      responses: 1000,
      tunings: 16,
      files: 1000,
      inputs: 2048,
      inputCharacters: 200_000,
      contextLength: 512,
      answers: 8,
      sampling: { temperature: 0.8, topP: 0.95 },
      template: { sourceBytes: 65_536, steps: 500_000, output: 2_097_152, depth: 400, items: 100_000 },
      schema: { bytes: 65_536, depth: 32, values: 1000, patternCharacters: 1024 },
      tools: { tools: 128, bytes: 262_144 },
    });
  });
});
