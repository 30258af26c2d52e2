// What clients of other local servers send as they send it: forms of the answer in vLLM's and llama-server's words, Ollama's older shapes, Anthropic's blocks of thought.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../serving.ts";
import { type Served, served } from "./served.ts";

let s: Served;
beforeAll(async () => {
  s = await served();
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
});

const post = (path: string, body: object) =>
  ask(Number(new URL(s.address).port), "POST", path, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const messages = [{ role: "user", content: "Hello" }];
const chat = (more: object) => post("/v1/chat/completions", { model: "tiny", messages, max_tokens: 40, ...more });
const said = async (more: object): Promise<string> => {
  const { json, text } = await chat(more);
  expect(json.choices, text).toBeDefined();
  return json.choices[0].message.content;
};
const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false };

describe("the form of an answer", () => {
  it.each<[string, object]>([
    ["OpenAI's json_schema", { response_format: { type: "json_schema", json_schema: { name: "a", schema } } }],
    ["a schema beside the type", { response_format: { type: "json_schema", schema } }],
    ["json_object with a schema", { response_format: { type: "json_object", schema } }],
    ["llama-server's json_schema", { json_schema: schema }],
    ["vLLM's guided_json", { guided_json: schema }],
    ["vLLM's structured_outputs", { structured_outputs: { json: schema } }],
  ])("is a schema: %s", async (_name, more) => {
    expect(JSON.parse(await said(more))).toEqual({ ok: expect.any(Boolean) });
  });

  it("is a regular expression, a grammar, or one of some texts, whatever signs they have", async () => {
    expect(await said({ response_format: { type: "regex", pattern: "[a-c]{3}-\\d" } })).toMatch(/^[a-c]{3}-\d$/);
    expect(await said({ guided_regex: "\\d{4}" })).toMatch(/^\d{4}$/);
    expect(await said({ structured_outputs: { regex: "\\d{4}" } })).toMatch(/^\d{4}$/);
    expect(["yes", "no"]).toContain(await said({ response_format: { type: "lark", grammar: 'start: "yes" | "no"' } }));
    const choices = ["+1 (one)", "a|b", "c\\d", "[x]", "你好。", "-/{2}"];
    for (const choice of choices) expect(await said({ guided_choice: [choice] })).toBe(choice);
    expect(choices).toContain(await said({ structured_outputs: { choice: choices } }));
    const { json } = await post("/v1/completions", { model: "tiny", prompt: "The year", response_format: { type: "regex", pattern: " \\d{4}" } });
    expect(json.choices[0].text).toMatch(/^ \d{4}$/);
    const response = await post("/v1/responses", { model: "tiny", input: "x", text: { format: { type: "regex", pattern: "\\d{4}" } } });
    expect(response.json.output.at(-1).content[0].text).toMatch(/^\d{4}$/);
  });

  it("is said once, and in a language that is read here", async () => {
    const refused = async (more: object) => {
      const { status, json } = await chat(more);
      expect(status).toBe(400);
      return json.error as { param: string; message: string };
    };
    expect(await refused({ guided_regex: "a", response_format: { type: "json_object" } })).toMatchObject({ param: "guided_regex" });
    expect(await refused({ structured_outputs: { regex: "a", choice: ["a"] } })).toMatchObject({ param: "structured_outputs" });
    expect((await refused({ grammar: 'root ::= "a"' })).message).toMatch(/lark/);
    expect(await refused({ response_format: { type: "json_schema" } })).toMatchObject({ param: "response_format.json_schema" });
    expect(await refused({ response_format: { type: "regex", pattern: "(?<=x)*" } })).toMatchObject({ param: "response_format" });
    expect((await refused({ response_format: { type: "yaml" } })).message).toContain('"text" or "json_object" or "json_schema" or "regex" or "lark"');
    expect(await said({ guided_regex: "a", response_format: { type: "text" } })).toBe("a");
  });
});

it("a penalty for the last tokens only is another answer than one for all, and none for the last 0", async () => {
  const greedy = { temperature: 0, max_tokens: 40 };
  const plain = await said(greedy);
  const all = await said({ ...greedy, repeat_penalty: 3 });
  expect(await said({ ...greedy, repeat_penalty: 3, repeat_last_n: 0 })).toBe(plain);
  expect(await said({ ...greedy, repeat_penalty: 3, repeat_last_n: -1 })).toBe(all);
  expect(await said({ ...greedy, repeat_penalty: 3, repeat_last_n: 4096 })).toBe(all);
  expect(await said({ ...greedy, repeat_penalty: 3, repeat_last_n: 2 })).not.toBe(all);
  const options = { temperature: 0, num_predict: 40, repeat_penalty: 3, repeat_last_n: 2 };
  const ollama = await post("/api/chat", { model: "tiny", messages, stream: false, options });
  expect(ollama.json.message.content).toBe(await said({ ...greedy, repeat_penalty: 3, repeat_last_n: 2 }));
});

it("Ollama: a vector in the older shape, a model by its older field, and a digest that its client can cut", async () => {
  const { embedding } = (await post("/api/embeddings", { model: "vectors", prompt: "ab" })).json;
  expect(embedding).toEqual((await post("/api/embed", { model: "vectors", input: "ab" })).json.embeddings[0]);
  expect((await post("/api/show", { name: "tiny" })).json.model_info).toMatchObject({ "general.architecture": "llama" });
  expect(await post("/api/show", {})).toMatchObject({ status: 400, json: { error: expect.stringContaining('"model"') } });
  const { models } = (await ask(Number(new URL(s.address).port), "GET", "/api/tags")).json as { models: { digest: string }[] };
  for (const { digest } of models) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(models.map(({ digest }) => digest)).size).toBe(models.length);
});

it("a model of another kind is told for what it is served, and ids of tokens that texts are wanted", async () => {
  const wrong = await post("/v1/embeddings", { model: "tiny", input: "x" });
  expect(wrong.status).toBe(400);
  expect(wrong.json.error.message).toBe('The model "tiny" is served for chats, not for vectors.');
  expect(wrong.json.error.hint).toBe("For vectors: vectors.");
  expect((await chat({ model: "ranks" })).json.error).toMatchObject({ code: "E_SERVED_KIND", param: "model" });
  for (const input of [
    [1, 2],
    [[1, 2], [3]],
  ]) {
    const { json } = await post("/v1/embeddings", { model: "vectors", input });
    expect(json.error).toMatchObject({ param: "input", message: expect.stringContaining("check_embedding_ctx_length") });
  }
});

it("Anthropic: thoughts of earlier answers are left out of the prompt, thinking may be adaptive, an answer may have a form", async () => {
  const asked = { model: "tiny", max_tokens: 8, temperature: 0 };
  const turn = (content: unknown) => [...messages, { role: "assistant", content }, { role: "user", content: "again" }];
  const thought = { type: "thinking", thinking: "hm", signature: "s" };
  const answers = [];
  for (const content of ["yes", [thought, { type: "redacted_thinking", data: "x" }, { type: "text", text: "yes" }]])
    answers.push((await post("/v1/messages", { ...asked, thinking: { type: "adaptive" }, messages: turn(content) })).json.content);
  expect(answers[1]).toEqual(answers[0]);
  const { json } = await post("/v1/messages", { ...asked, max_tokens: 40, messages, output_config: { format: { type: "json_schema", schema } } });
  expect(JSON.parse(json.content[0].text)).toEqual({ ok: expect.any(Boolean) });
  const strange = await post("/v1/messages", { ...asked, messages: [{ role: "user", content: [{ type: "image", source: {} }] }] });
  expect(strange.json.error.message).toContain('"text" or "tool_use" or "tool_result"');
  expect(await post("/v1/messages", { ...asked, messages, thinking: { type: "enabled", budget_tokens: 1024 } })).toMatchObject({ status: 400 });
});

describe("what agents send along is taken where it changes no answer", () => {
  const turn = { model: "tiny", max_tokens: 4, temperature: 0, messages };
  const text = async (path: string, body: object) => {
    const { json, text: told } = await post(path, body);
    const said = json.content?.[0].text ?? json.output?.at(-1).content[0].text ?? json.choices?.[0].message.content ?? json.message?.content;
    expect(said, told).toBeTypeOf("string");
    return said as string;
  };

  it("Anthropic: how long a cache is to keep, thoughts to be cleared where there are none, how arguments are streamed", async () => {
    const hint = { type: "ephemeral", ttl: "1h", scope: "global" };
    const plain = await text("/v1/messages", { ...turn, system: "Be short." });
    expect(await text("/v1/messages?beta=true", { ...turn, system: [{ type: "text", text: "Be short.", cache_control: hint }] })).toBe(plain);
    const edits = [{ type: "clear_thinking_20251015", keep: "all" }];
    expect(await text("/v1/messages", { ...turn, system: "Be short.", context_management: { edits } })).toBe(plain);
    const tool = { name: "now", input_schema: { type: "object" }, eager_input_streaming: true, defer_loading: false, input_examples: [] };
    const { json } = await post("/v1/messages/count_tokens", { model: "calling", messages, tools: [tool] });
    expect(json.input_tokens).toBeGreaterThan(0);
    expect((await post("/v1/messages", { ...turn, tools: [{ ...tool, defer_loading: true }] })).json.error.message).toContain("defer_loading");
    const uses = [{ type: "clear_tool_uses_20250919" }];
    expect((await post("/v1/messages", { ...turn, context_management: { edits: uses } })).status).toBe(400);
  });

  it("responses: reasoning of earlier turns, and asking for that of this one where there is none", async () => {
    const input = (...between: object[]) => [
      { role: "user", content: "Hello" },
      ...between,
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "yes", annotations: [] }] },
      { role: "user", content: "again" },
    ];
    const asked = { model: "tiny", max_output_tokens: 4, temperature: 0, store: false };
    const plain = await text("/v1/responses", { ...asked, input: input() });
    const thought = { type: "reasoning", id: "rs_1", summary: [], content: null, encrypted_content: null };
    const more = { include: ["reasoning.encrypted_content"], reasoning: { effort: null, summary: "auto" }, client_metadata: { a: "b" } };
    expect(await text("/v1/responses", { ...asked, ...more, input: input(thought) })).toBe(plain);
    expect((await post("/v1/responses", { ...asked, input: "x", reasoning: { effort: "high" } })).json.error.param).toBe("reasoning.effort");
  });

  it("chats: an assistant's message without parts beside its calls; Ollama: how its own engine would be loaded", async () => {
    const calls = [{ id: "c1", type: "function", function: { name: "now", arguments: "{}" } }];
    const turns = (content: unknown) => [
      ...messages,
      { role: "assistant", content, tool_calls: calls },
      { role: "tool", tool_call_id: "c1", content: "12" },
    ];
    expect(await text("/v1/chat/completions", { ...turn, messages: turns([]) })).toBe(
      await text("/v1/chat/completions", { ...turn, messages: turns(null) }),
    );
    expect((await chat({ messages: [{ role: "user", content: [] }] })).json.error.param).toBe("messages[0].content");
    const options = { temperature: 0, num_predict: 4 };
    const loaded = { ...options, main_gpu: 0, use_mmap: true, low_vram: false, numa: false };
    const ollama = (given: object) => text("/api/chat", { model: "tiny", messages, stream: false, options: given });
    expect(await ollama(loaded)).toBe(await ollama(options));
  });
});
