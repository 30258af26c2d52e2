// What clients ask of a model before they use it: llama-server's /props and /slots, Ollama's lists, whether it thinks; and what a browser asks before it calls.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LanguageModel } from "inkstone";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { text, u32 } from "../../support/gguf-writer.ts";
import { writeTinyLlama } from "../../support/tiny-llama.ts";
import { ask, type Serving, serving } from "../serving.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-props-"));
// As Qwen3's: nothing said is its own way, and "false" puts an empty thought before the answer.
const template =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}" +
  "{% if enable_thinking is defined and not enable_thinking %}{{ '<think>\n\n</think>\n\n' }}{% endif %}";
const always = "{% for m in messages %}{{ m.content }}{% endfor %}{{ '<think>\n' }}";
const files = {
  tiny: writeTinyLlama(join(folder, "tiny.gguf"), { metadata: { "general.file_type": u32(3) } }),
  thinker: writeTinyLlama(join(folder, "thinker.gguf"), { metadata: { "tokenizer.chat_template": text(template) } }),
  always: writeTinyLlama(join(folder, "always.gguf"), { metadata: { "tokenizer.chat_template": text(always) } }),
};
let model: LanguageModel;
let s: Serving;
beforeAll(async () => {
  model = await LanguageModel.open(files.tiny, { precision: "exact", threads: 1 });
  const open = (path: string) => LanguageModel.open(path, { precision: "exact", threads: 1 });
  const file = { bytes: statSync(files.thinker).size, sha256: "ab".repeat(32) };
  s = await serving(model, {
    served: [
      { kind: "chat", name: "thinker", open: () => open(files.thinker), file },
      { kind: "chat", name: "always", open: () => open(files.always) },
    ],
    limits: { concurrent: 3 },
  });
});
afterAll(async () => {
  await s[Symbol.asyncDispose]();
  await model.close();
  rmSync(folder, { recursive: true });
});

const get = async (path: string) => JSON.parse((await ask(s.port, "GET", path)).text);
const post = (path: string, body: object) =>
  ask(s.port, "POST", path, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const messages = [{ role: "user" as const, content: "Hello" }];

describe("llama-server's words for a model", () => {
  it("its template, marks, context and places; one that nobody has used is opened for it", async () => {
    const first = await get("/props");
    expect(first).toMatchObject({ total_slots: 3, model_alias: "tiny", modalities: { vision: false }, bos_token: expect.any(String) });
    expect(first.default_generation_settings.n_ctx).toBe(model.information.contextLength);
    expect(first.chat_template).toBe(model.information.chatTemplate);
    expect(JSON.stringify(first)).not.toContain(folder);
    expect((await get("/props?model=thinker")).chat_template).toBe(template);
  });

  it("places of one that nothing asks are free, and all of them are counted", async () => {
    const slots = await get("/slots");
    expect(slots).toEqual([0, 1, 2].map((id) => ({ id, n_ctx: model.information.contextLength, speculative: false, is_processing: false })));
  });

  it("place by place is taken while answers are written", async () => {
    const left = new AbortController();
    const client = new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "-" });
    const stream = await client.chat.completions.create({ model: "tiny", messages, stream: true, max_tokens: 400 }, { signal: left.signal });
    for await (const _chunk of stream) {
      expect((await get("/slots")).map((slot: { is_processing: boolean }) => slot.is_processing)).toEqual([true, false, false]);
      left.abort();
      break;
    }
  });

  it("an unknown model and an unknown word are told", async () => {
    expect((await ask(s.port, "GET", "/props?model=none")).json.error.code).toBe("model_not_found");
    expect((await ask(s.port, "GET", "/slots?modell=tiny")).json.error).toMatchObject({
      code: "E_FIELD_UNKNOWN",
      hint: expect.stringContaining('"model"'),
    });
  });

  it("whether it lives, under /v1 too", async () => {
    expect(await get("/v1/health")).toMatchObject({ status: "ok" });
  });
});

describe("Ollama's lists, by its own client", () => {
  it("say bytes, digest, how matrices are kept, and what a model can do", async () => {
    const client = new Ollama({ host: s.address });
    const { models } = await client.list();
    const of = (name: string) => models.find((one) => one.name === name);
    expect(of("tiny")).toMatchObject({
      size: model.information.bytes,
      details: { quantization_level: "Q4_1", parameter_size: expect.stringMatching(/^\d+\.\d\dK$/) },
    });
    expect(of("thinker")).toMatchObject({ size: statSync(files.thinker).size, digest: "ab".repeat(32) });
    await client.chat({ model: "thinker", messages, options: { num_predict: 1 } });
    const shown = await client.show({ model: "thinker" });
    expect(shown).toMatchObject({
      template,
      capabilities: ["completion", "tools", "thinking"],
      model_info: { "llama.context_length": expect.any(Number) },
    });
    expect((await client.show({ model: "tiny" })).capabilities).toEqual(["completion", "tools"]);
    const { models: open } = await client.ps();
    expect(open.find(({ name }) => name === "thinker")).toMatchObject({ context_length: expect.any(Number), size: statSync(files.thinker).size });
  });
});

describe("whether a model thinks before it answers", () => {
  const prompt = async (more: object) => {
    const { json } = await post("/apply-template", { model: "thinker", messages, ...more });
    return json.prompt ?? json.error;
  };
  it.each<[string, object]>([
    ["Qwen's enable_thinking", { enable_thinking: false }],
    ["vLLM's chat_template_kwargs", { chat_template_kwargs: { enable_thinking: false } }],
    ["their other name", { chat_template_kwargs: { thinking: false } }],
    ["OpenAI's reasoning_effort", { reasoning_effort: "none" }],
  ])("is told to its template: %s", async (_name, more) => {
    expect(await prompt(more)).toContain("</think>");
    expect(await prompt({})).not.toContain("</think>");
    expect(await prompt({ enable_thinking: true })).toBe(await prompt({}));
  });

  it("changes what is answered, in every family's words", async () => {
    const usage = async (path: string, body: object) => {
      const { json, text: told } = await post(path, { model: "thinker", ...body });
      const tokens = json?.usage?.prompt_tokens ?? json?.usage?.input_tokens ?? json?.prompt_eval_count ?? json?.input_tokens;
      expect(tokens, told).toBeGreaterThan(0);
      return tokens as number;
    };
    const short = { messages, max_tokens: 1 };
    const plain = await usage("/v1/chat/completions", short);
    const without = await usage("/v1/chat/completions", { ...short, chat_template_kwargs: { enable_thinking: false } });
    expect(without).toBeGreaterThan(plain);
    expect(await usage("/v1/chat/completions", { ...short, enable_thinking: true })).toBe(plain);
    expect(await usage("/api/chat", { messages, stream: false, think: false, options: { num_predict: 1 } })).toBe(without);
    expect(await usage("/api/chat", { messages, stream: false, think: true, options: { num_predict: 1 } })).toBe(plain);
    expect(await usage("/v1/messages/count_tokens", { messages, thinking: { type: "disabled" } })).toBe(without);
    expect(await usage("/v1/responses", { input: "Hello", max_output_tokens: 1, reasoning: { effort: "none" } })).toBe(without);
  });

  it("is refused where the template cannot be told, and where two fields contradict each other", async () => {
    const error = async (body: object) => (await post("/v1/chat/completions", { messages, max_tokens: 1, ...body })).json.error;
    expect(await error({ model: "tiny", enable_thinking: true })).toMatchObject({ code: "E_OPTION", param: "thinking" });
    expect(await error({ model: "tiny", enable_thinking: false })).toBeUndefined(); // it does not think anyway
    expect(await error({ model: "always", chat_template_kwargs: { enable_thinking: false } })).toMatchObject({ code: "E_OPTION" });
    expect(await error({ model: "always", enable_thinking: true })).toBeUndefined();
    expect(await error({ model: "thinker", enable_thinking: true, reasoning_effort: "none" })).toMatchObject({ param: "reasoning_effort" });
    expect(await error({ model: "thinker", chat_template_kwargs: { chat_template: "{{ x }}" } })).toMatchObject({
      code: "E_FIELD_UNKNOWN",
      param: "chat_template_kwargs.chat_template",
    });
    expect(await error({ model: "thinker", reasoning_effort: "high" })).toMatchObject({ param: "reasoning_effort" });
    expect((await error({ model: "thinker", think: false })).hint).toContain('"enable_thinking"');
    await expect(model.generate("Hello", { thinking: true })).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("what was thought before is left out of the next prompt", async () => {
    const turn = (more: object) => [...messages, { role: "assistant", content: "yes", ...more }, { role: "user", content: "again" }];
    const count = async (more: object) =>
      (await post("/v1/chat/completions", { model: "tiny", max_tokens: 1, messages: turn(more) })).json.usage.prompt_tokens;
    expect(await count({ reasoning_content: "a long thought" })).toBe(await count({}));
  });
});
