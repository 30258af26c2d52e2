// The official OpenAI client and LangChain's, against a running server.
import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Served, served } from "./served.ts";

let s: Served;
let client: OpenAI;
beforeAll(async () => {
  s = await served();
  client = new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "sk-none", maxRetries: 0 });
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
});

const messages = [{ role: "user" as const, content: "Hello you" }];
const usual = { model: "tiny", messages, max_tokens: 20, temperature: 0 };

describe("chat", () => {
  it("answers, streams the same, and takes its own message back in the next turn", async () => {
    const whole = await client.chat.completions.create(usual);
    const final = await client.chat.completions.stream(usual).finalMessage();
    expect(final.content).toBe(whole.choices[0].message.content);
    for (const said of [final, whole.choices[0].message]) {
      const next = await client.chat.completions.create({ ...usual, messages: [...messages, said, { role: "user", content: "and" }] });
      expect(next.choices[0].message.role).toBe("assistant");
    }
  });

  it("n, logprobs with the likeliest, logit_bias, penalties", async () => {
    const { choices, usage } = await client.chat.completions.create({ ...usual, temperature: 1.5, seed: 1, n: 3, logprobs: true, top_logprobs: 2 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(choices.map(({ message }) => message.content)).size).toBe(3);
    expect(choices[0].logprobs?.content?.[0]).toMatchObject({ token: expect.any(String), logprob: expect.any(Number), bytes: expect.any(Array) });
    expect(choices[0].logprobs?.content?.[0].top_logprobs).toHaveLength(2);
    expect(usage?.completion_tokens).toBe(choices.reduce((sum, { logprobs }) => sum + (logprobs?.content?.length ?? 0), 0));
    const biased = await client.chat.completions.create({
      ...usual,
      max_tokens: 2,
      logit_bias: { "50": 100 },
      frequency_penalty: 0.1,
      presence_penalty: 0.1,
    });
    expect(biased.choices[0].message.content).toBe(await s.model.detokenize([50, 50]));
  });

  it("a stream of several answers gives each of them as it is whole", async () => {
    const body = { ...usual, temperature: 1.5, seed: 1, n: 2 };
    const whole = await client.chat.completions.create(body);
    const texts = ["", ""];
    for await (const { choices } of await client.chat.completions.create({ ...body, stream: true }))
      for (const { index, delta } of choices) texts[index] += delta.content ?? "";
    expect(texts).toEqual(whole.choices.map(({ message }) => message.content));
  });

  it("takes every field that asks nothing", async () => {
    const neutral = {
      audio: null,
      function_call: "none",
      functions: null,
      logit_bias: null,
      metadata: { a: "b" },
      modalities: ["text"],
      parallel_tool_calls: true,
      prediction: null,
      prompt_cache_key: "k",
      reasoning_effort: null,
      safety_identifier: "x",
      service_tier: "auto",
      store: false,
      tool_choice: "none",
      tools: [],
      top_logprobs: null,
      verbosity: null,
      web_search_options: null,
      n: 1,
      seed: -1,
      top_k: -1,
      frequency_penalty: 0,
      response_format: { type: "text" },
    };
    const said = {
      role: "assistant",
      content: null,
      refusal: null,
      parsed: null,
      tool_calls: [],
      function_call: null,
      audio: null,
      annotations: [],
      reasoning_content: null,
    };
    const all = [
      { role: "developer", content: "Be brief.", name: "boss" },
      ...messages,
      said,
      { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] },
    ];
    const { choices } = await client.chat.completions.create({ ...usual, ...neutral, messages: all } as never);
    expect(choices).toHaveLength(1);
    expect((await client.chat.completions.create({ ...usual, max_tokens: -1, top_p: 0, repeat_penalty: 1.1 } as never)).choices).toHaveLength(1);
  });

  it("what would have to be ignored is an error of the client's own class, with the field", async () => {
    for (const [field, value] of [
      ["store", true],
      ["reasoning_effort", "high"],
      ["prediction", { type: "content", content: "x" }],
      ["audio", { voice: "x" }],
    ] as const)
      await expect(client.chat.completions.create({ ...usual, [field]: value } as never)).rejects.toMatchObject({ status: 400, param: field });
    await expect(client.chat.completions.create({ ...usual, model: "gpt-4" })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("aborting a stream frees the engine", async () => {
    for (let i = 0; i < 10; i++) {
      const stream = await client.chat.completions.create({ ...usual, max_tokens: 400, stream: true });
      for await (const _ of stream) break;
    }
    expect((await client.chat.completions.create(usual)).choices).toHaveLength(1);
  });
});

describe("the other routes", () => {
  it("completions: several prompts, echo, a stream", async () => {
    const body = { model: "tiny", prompt: ["Hello", "and the"], max_tokens: 5, temperature: 0, echo: true, logprobs: 1 };
    const { choices } = await client.completions.create(body);
    expect(choices.map(({ text }) => text.startsWith("Hello") || text.startsWith("and the"))).toEqual([true, true]);
    expect(choices[0].logprobs?.token_logprobs?.length).toBe(5);
    let text = "";
    for await (const chunk of await client.completions.create({ ...body, prompt: "Hello", stream: true })) text += chunk.choices[0]?.text ?? "";
    expect(text).toBe(choices[0].text);
  });

  it("responses: kept, gone on with by id, streamed, forgotten", async () => {
    const first = await client.responses.create({ model: "tiny", input: "Hello you", temperature: 0, max_output_tokens: 8 });
    expect([first.status, first.output_text.length > 0, first.usage?.output_tokens]).toEqual(["incomplete", true, 8]);
    const second = await client.responses.create({
      model: "tiny",
      input: "and",
      previous_response_id: first.id,
      instructions: "Be brief.",
      temperature: 0,
      max_output_tokens: 8,
    });
    expect(second.usage!.input_tokens).toBeGreaterThan(first.usage!.input_tokens);
    expect((await client.responses.retrieve(second.id)).output_text).toBe(second.output_text);
    const stream = client.responses.stream({ model: "tiny", input: "Hello you", temperature: 0, max_output_tokens: 8 });
    const types: string[] = [];
    for await (const one of stream) types.push(one.type);
    expect((await stream.finalResponse()).output_text).toBe(first.output_text);
    expect([types[0], types.at(-1)]).toEqual(["response.created", "response.incomplete"]);
    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it("embeddings: as numbers and as the client's usual base64, cut to dimensions", async () => {
    const plain = await client.embeddings.create({ model: "vectors", input: ["ab", "c"], encoding_format: "float" });
    const packed = await client.embeddings.create({ model: "vectors", input: ["ab", "c"], encoding_format: "base64" });
    const usualWay = await client.embeddings.create({ model: "vectors", input: ["ab", "c"] });
    expect(usualWay.data.map(({ embedding }) => Array.from(embedding))).toEqual(plain.data.map(({ embedding }) => embedding));
    expect(packed.data[0].embedding).toBe(Buffer.from(Float32Array.from(plain.data[0].embedding).buffer).toString("base64"));
    expect((await client.embeddings.create({ model: "vectors", input: "ab", dimensions: 2 })).data[0].embedding).toHaveLength(2);
    for (const input of [[], "", ["a", ""]])
      await expect(client.embeddings.create({ model: "vectors", input })).rejects.toMatchObject({ status: 400 });
    await expect(client.embeddings.create({ model: "tiny", input: "x" })).rejects.toMatchObject({ status: 400, code: "E_SERVED_KIND" });
  });

  it("moderations: 501 by name where none is served", async () => {
    await expect(client.moderations.create({ input: "x" })).rejects.toMatchObject({ status: 501, code: "E_SERVED_NONE" });
  });

  it("models lists all kinds", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(["tiny", "calling", "caller", "vectors", "ranks"]);
    expect((await client.models.retrieve("vectors")).id).toBe("vectors");
  });

  it("rerank in Jina's and Cohere's shape", async () => {
    const ask = async (path: string, body: object) =>
      (await fetch(`${s.address}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
    const body = { model: "ranks", query: "ink", documents: ["water", { text: "black ink" }, "oil"], top_n: 2, return_documents: true };
    const { results } = (await ask("/v1/rerank", body)) as { results: object[] };
    expect(results).toEqual([
      { index: 1, relevance_score: 1, document: { text: "black ink" } },
      { index: 0, relevance_score: 0, document: { text: "water" } },
    ]);
    expect(((await ask("/v2/rerank", { model: "ranks", query: "ink", documents: ["a"] })) as { results: object[] }).results).toEqual([
      { index: 0, relevance_score: 0 },
    ]);
  });

  it("tokens there and back, and a chat as the model reads it", async () => {
    const ask = async (path: string, body: object) =>
      (await (
        await fetch(`${s.address}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
      ).json()) as { tokens: number[]; content: string; prompt: string };
    const { tokens } = await ask("/tokenize", { content: "Hello you" });
    expect((await ask("/detokenize", { tokens })).content).toBe("Hello you");
    expect((await ask("/apply-template", { messages })).prompt).toContain("Hello you");
  });
});

describe("LangChain", () => {
  it("ChatOpenAI answers and streams", async () => {
    const chat = new ChatOpenAI({
      model: "tiny",
      apiKey: "none",
      temperature: 0,
      maxTokens: 8,
      maxRetries: 0,
      configuration: { baseURL: `${s.address}/v1` },
    });
    const whole = await chat.invoke("Hello you");
    let text = "";
    for await (const chunk of await chat.stream("Hello you")) text += chunk.content;
    expect([text, whole.usage_metadata?.output_tokens]).toEqual([whole.content, 8]);
  });
});

describe("output in a given form", () => {
  const Person = z.object({ name: z.string().max(8), age: z.int().min(0).max(120), likes: z.array(z.enum(["tea", "coffee"])).max(2) });

  it("parses what it asked for by zod, in chats and responses, whole and streamed", async () => {
    const chat = await client.chat.completions.parse({ ...usual, max_tokens: 400, response_format: zodResponseFormat(Person, "person") });
    expect(Person.parse(chat.choices[0].message.parsed)).toEqual(chat.choices[0].message.parsed);
    const streamed = await client.chat.completions
      .stream({ ...usual, max_tokens: 400, response_format: zodResponseFormat(Person, "person") })
      .finalChatCompletion();
    expect(streamed.choices[0].message.parsed).toEqual(chat.choices[0].message.parsed);
    const response = await client.responses.parse({
      model: "tiny",
      input: "Hello you",
      temperature: 0,
      max_output_tokens: 400,
      text: { format: zodTextFormat(Person, "person") },
    });
    expect(response.output_parsed).toEqual(chat.choices[0].message.parsed);
    expect(response.text?.format?.type).toBe("json_schema");
  });

  it("gives a JSON object, and refuses a schema by the keyword that cannot be enforced", async () => {
    const { choices } = await client.chat.completions.create({
      ...usual,
      max_tokens: 400,
      seed: 1,
      temperature: 1,
      response_format: { type: "json_object" },
    });
    expect(choices[0].message.content).toMatch(/^\{/);
    const schema = { type: "array", uniqueItems: true };
    await expect(
      client.chat.completions.create({ ...usual, response_format: { type: "json_schema", json_schema: { name: "a", schema } } }),
    ).rejects.toMatchObject({ status: 400, param: "response_format", message: expect.stringContaining("schema.uniqueItems") });
  });
});

describe("tools", () => {
  const parameters = { type: "object", properties: { city: { type: "string", maxLength: 5 } }, required: ["city"], additionalProperties: false };
  const tools = [{ type: "function" as const, function: { name: "weather", description: "Of a city", parameters } }];
  const named = { type: "function" as const, function: { name: "weather" } };

  it("calls in chats, whole and streamed, and their answers go back", async () => {
    const body = { ...usual, model: "calling", max_tokens: 300, tools, tool_choice: named };
    const { choices } = await client.chat.completions.create(body);
    const [call] = choices[0].message.tool_calls ?? [];
    expect([choices[0].finish_reason, choices[0].message.content]).toEqual(["tool_calls", null]);
    if (call?.type !== "function") throw new Error("no call");
    expect(Object.keys(JSON.parse(call.function.arguments))).toEqual(["city"]);
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    expect(streamed.choices[0].message.tool_calls?.[0]).toMatchObject({ function: call.function });
    const next = await client.chat.completions.create({
      ...body,
      tool_choice: "none",
      messages: [...messages, choices[0].message, { role: "tool", tool_call_id: call.id, content: "dry" }],
      max_tokens: 5,
    });
    expect(next.choices[0].finish_reason).toBe("length");
  });

  it("the client's own loop of tools runs", async () => {
    let asked: unknown;
    const weather = (given: unknown): string => {
      asked = given;
      return "dry";
    };
    const runner = client.chat.completions.runTools(
      {
        ...usual,
        model: "calling",
        max_tokens: 200,
        tool_choice: named,
        tools: [
          {
            type: "function",
            function: { name: "weather", parameters, parse: JSON.parse, function: weather, description: "" },
          },
        ],
      },
      { maxChatCompletions: 1 },
    );
    await runner.done().catch(() => undefined);
    expect(Object.keys(asked as object)).toEqual(["city"]);
  });

  it("calls in responses, whole, streamed and in a conversation that goes on", async () => {
    const body = {
      model: "calling",
      input: "Hello you",
      temperature: 0,
      max_output_tokens: 300,
      tools: [{ type: "function" as const, name: "weather", parameters, strict: true }],
      tool_choice: "required" as const,
      parallel_tool_calls: false,
    };
    const response = await client.responses.create(body);
    const [call] = response.output;
    if (call?.type !== "function_call") throw new Error("no call");
    expect(Object.keys(JSON.parse(call.arguments))).toEqual(["city"]);
    const final = await client.responses.stream(body).finalResponse();
    expect(final.output[0]).toMatchObject({ type: "function_call", name: "weather", arguments: call.arguments });
    const next = await client.responses.create({
      ...body,
      tool_choice: "none",
      max_output_tokens: 4,
      previous_response_id: response.id,
      input: [{ type: "function_call_output", call_id: call.call_id, output: "dry" }],
    });
    expect(next.incomplete_details?.reason).toBe("max_output_tokens");
  });

  it("refuses a tool by the place of what is wrong", async () => {
    const twice = [...tools, ...tools];
    await expect(client.chat.completions.create({ ...usual, tools: twice })).rejects.toMatchObject({ status: 400, param: "tools" });
  });
});
