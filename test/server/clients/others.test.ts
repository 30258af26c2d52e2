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

  it("tool_use, whole and streamed, and tool_result goes back", async () => {
    const input_schema = {
      type: "object" as const,
      properties: { city: { type: "string", maxLength: 5 } },
      required: ["city"],
      additionalProperties: false,
    };
    const body = { ...usual, model: "calling", max_tokens: 300, tools: [{ name: "weather", description: "Of a city", input_schema }] };
    const wish = { ...body, tool_choice: { type: "tool" as const, name: "weather" } };
    const message = await client().messages.create(wish);
    const [use] = message.content;
    if (use.type !== "tool_use") throw new Error(`no call: ${JSON.stringify(message)}`);
    expect([message.stop_reason, Object.keys(use.input as object)]).toEqual(["tool_use", ["city"]]);
    const final = await client().messages.stream(wish).finalMessage();
    expect(final.content[0]).toMatchObject({ type: "tool_use", name: "weather", input: use.input });
    const answers = [{ type: "tool_result" as const, tool_use_id: use.id, content: "dry" }];
    const chat = [...usual.messages, { role: "assistant" as const, content: message.content }, { role: "user" as const, content: answers }];
    const next = await client().messages.create({ ...body, max_tokens: 4, tool_choice: { type: "none" }, messages: chat });
    expect(next.stop_reason).toBe("max_tokens");
    expect((await client().messages.countTokens({ model: "calling", messages: chat, tools: body.tools })).input_tokens).toBeGreaterThan(20);
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
    expect((await client().list()).models.map(({ name }) => name)).toEqual(["tiny", "calling", "caller", "vectors", "ranks"]);
    expect((await client().show({ model: "tiny" })).model_info).toMatchObject({ "general.architecture": "llama" });
    expect((await client().ps()).models.map(({ name }) => name)).toContain("tiny");
    expect((await client().version()).version).toMatch(/^\d/);
  });

  it("tools: calls, whole and streamed, and their answers go back", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const tools = [{ type: "function", function: { name: "weather", description: "Of a city", parameters } }];
    const asked = { model: "calling", messages, options: { ...options, seed: 1 }, tools };
    expect((await client().chat(asked)).done_reason).toBe("length");
    const call = { function: { name: "weather", arguments: { city: "Paris" } } };
    const back = [...messages, { role: "assistant", content: "", tool_calls: [call] }, { role: "tool", content: "dry", tool_name: "weather" }];
    for await (const part of await client().chat({ ...asked, messages: back, stream: true })) expect(part.message.role).toBe("assistant");
  });

  it("a call comes out, whole and streamed", async () => {
    const parameters = { type: "object", properties: { city: { type: "string", maxLength: 5 } }, required: ["city"], additionalProperties: false };
    const tools = [{ type: "function", function: { name: "weather", description: "Of a city", parameters } }];
    const asked = { model: "caller", messages, options: { temperature: 0, num_predict: 300 }, tools };
    const { message } = await client().chat(asked);
    const [{ function: called }] = message.tool_calls ?? [];
    expect([called.name, Object.keys(called.arguments), typeof called.arguments.city]).toEqual(["weather", ["city"], "string"]);
    const streamed = [];
    for await (const part of await client().chat({ ...asked, stream: true })) streamed.push(...(part.message.tool_calls ?? []));
    expect(streamed.map((one) => one.function)).toEqual([called]);
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
