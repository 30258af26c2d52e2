// Anthropic's and Ollama's official clients, against a running server.
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, served } from "./served.ts";

let s: Served;
beforeAll(async () => {
  s = await served();
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
});

describe("Anthropic", () => {
  const client = () => new Anthropic({ baseURL: s.address, apiKey: "none", maxRetries: 0 });
  const usual = { model: "tiny", max_tokens: 12, temperature: 0, messages: [{ role: "user" as const, content: "Hello you" }] };

  it("answers, with the reason and the usage", async () => {
    const message = await client().messages.create({ ...usual, system: "Be brief.", metadata: { user_id: "u" } });
    expect(message).toMatchObject({
      type: "message",
      role: "assistant",
      stop_reason: "max_tokens",
      content: [{ type: "text" }],
      usage: { output_tokens: 12 },
    });
  });

  it("streams the same text, and takes its own message back", async () => {
    const whole = await client().messages.create(usual);
    const final = await client().messages.stream(usual).finalMessage();
    expect(final.content[0]).toMatchObject({ type: "text", text: (whole.content[0] as { text: string }).text });
    expect(final.stop_reason).toBe("max_tokens");
    const next = await client().messages.create({
      ...usual,
      messages: [
        ...usual.messages,
        { role: "assistant", content: "yes" },
        { role: "user", content: [{ type: "text", text: "and", cache_control: { type: "ephemeral" } }] },
      ],
    });
    expect(next.usage.cache_read_input_tokens! + next.usage.input_tokens).toBeGreaterThan(0);
  });

  it("counts the tokens of a chat without answering it", async () => {
    const { input_tokens } = await client().messages.countTokens({ model: "tiny", messages: usual.messages });
    expect(input_tokens).toBe((await s.model.render(usual.messages)).ids.length);
  });

  it("errors are of its own classes", async () => {
    await expect(client().messages.create({ ...usual, model: "claude" })).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    await expect(client().messages.create({ ...usual, thinking: { type: "enabled", budget_tokens: 2000 } })).rejects.toMatchObject({
      status: 400,
      error: { type: "error", error: { type: "invalid_request_error" } },
    });
  });
});

describe("Ollama", () => {
  const client = () => new Ollama({ host: s.address });
  const options = { temperature: 0, num_predict: 10, num_ctx: 4096 };
  const messages = [{ role: "user", content: "Hello you" }];

  it("chat and generate, whole and as streams", async () => {
    const whole = await client().chat({ model: "tiny", messages, options, keep_alive: "5m", think: false });
    expect(whole).toMatchObject({ done: true, done_reason: "length", eval_count: 10 });
    let text = "";
    for await (const part of await client().chat({ model: "tiny:latest", messages, options, stream: true })) text += part.message.content;
    expect(text).toBe(whole.message.content);
    const generated = await client().generate({ model: "tiny", prompt: "Hello you", options });
    let streamed = "";
    for await (const part of await client().generate({ model: "tiny", prompt: "Hello you", options, stream: true })) streamed += part.response;
    expect([streamed, generated.response]).toEqual([whole.message.content, whole.message.content]);
    const raw = await client().generate({ model: "tiny", prompt: "Hello you", raw: true, options });
    expect(raw.response).toBe((await s.model.generate("Hello you", { maxTokens: 10 })).text);
  });

  it("embed, list, show, ps, version", async () => {
    expect((await client().embed({ model: "vectors", input: ["ab", "c"] })).embeddings).toHaveLength(2);
    expect((await client().list()).models.map(({ name }) => name)).toEqual(["tiny", "vectors", "ranks"]);
    expect((await client().show({ model: "tiny" })).model_info).toMatchObject({ "general.architecture": "llama" });
    expect((await client().ps()).models.map(({ name }) => name)).toContain("tiny");
    expect((await client().version()).version).toMatch(/^\d/);
  });

  it("format: JSON, or a schema that is kept to", async () => {
    const format = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false };
    const long = { temperature: 0, num_predict: 300 };
    const { message } = await client().chat({ model: "tiny", messages, options: long, format });
    expect(Object.keys(JSON.parse(message.content))).toEqual(["ok"]);
    expect((await client().generate({ model: "tiny", prompt: "Hello", options: long, format: "json" })).response).toMatch(/^\{/);
    await expect(client().chat({ model: "tiny", messages, format: { not: {} } })).rejects.toThrow(/schema.not/);
  });

  it("an error is a sentence", async () => {
    await expect(client().chat({ model: "other", messages })).rejects.toThrow(/"other" is not served here/);
    await expect(client().chat({ model: "tiny", messages, options: { mirostat: 2 } })).rejects.toThrow(/mirostat/);
  });
});
