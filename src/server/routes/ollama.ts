// Ollama's shapes: /api/chat, generate, embed (and embeddings, as it was). Streams are lines of JSON.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { GenerateOptions, GenerateResult, Message, ToolCall } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { keepAliveMs, keepAliveSchema } from "../generation/keep-alive.ts";
import { only } from "../generation/neutral.ts";
import { ollamaCall, ollamaMessages, ollamaShown } from "../generation/ollama-messages.ts";
import { formatOf, type OllamaFormat, ollamaFormat } from "../generation/response-format.ts";
import { Seat } from "../generation/seat.ts";
import { chatToolFields, chatTools } from "../generation/tools.ts";
import { type OneAsked, wholeAnswer, writtenAnswer } from "../generation/written.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ErrorShape } from "../http/send-error.ts";
import { sendStream } from "../http/sse.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";
import { addOllamaLists, ollamaName } from "./ollama-lists.ts";

const tags = ["Ollama"];
const shape: ErrorShape = ({ body: { error } }) => ({ error: `${error.message} ${error.hint}` });
const config = { errors: shape };
const lineHeaders = { "content-type": "application/x-ndjson; charset=utf-8", "cache-control": "no-store" } as const;
const line = (value: object) => `${JSON.stringify(value)}\n`;

function optionFields(limits: ServerLimits) {
  const stop = z.string().min(1).max(limits.stopCharacters);
  return z.strictObject({
    temperature: z.number().min(0).max(100).nullish(),
    top_k: z.int().min(0).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    min_p: z.number().min(0).max(1).nullish(),
    repeat_penalty: z.number().min(0.01).max(100).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    seed: z.int().min(-1).nullish(),
    num_predict: z.int().min(-2).nullish(),
    stop: z.union([stop, z.array(stop).max(limits.stopStrings)]).nullish(),
    adapter: z.string().max(256).nullish(), // ours: one of the model's adapters; "" for none
    // What the operator decides when the server is started; clients send it by habit.
    num_ctx: z.int().min(1).nullish(),
    num_thread: z.int().min(0).nullish(),
    num_gpu: z.int().nullish(),
    num_batch: z.int().min(1).nullish(),
    main_gpu: z.int().nullish(),
    low_vram: z.boolean().nullish(),
    numa: z.boolean().nullish(),
    use_mmap: z.boolean().nullish(),
    use_mlock: z.boolean().nullish(),
    num_keep: z.int().nullish(),
    repeat_last_n: z.int().min(-1).nullish(),
    mirostat: only(0),
    tfs_z: only(1),
    typical_p: only(1),
  });
}

function commonFields(limits: ServerLimits) {
  return {
    model: z.string().min(1).max(4096),
    stream: z.boolean().nullish(),
    options: optionFields(limits).nullish(),
    keep_alive: keepAliveSchema,
    format: ollamaFormat,
    think: z.boolean().nullish(),
    logprobs: only(false),
    top_logprobs: only(0),
  };
}

type Common = { options?: z.output<ReturnType<typeof optionFields>> | null; format?: OllamaFormat | null; think?: boolean | null };

function optionsOf({ options: given, format, think }: Common, defaults: SamplingDefaults): GenerateOptions {
  const options = given ?? {};
  const greedy = options.top_p === 0;
  const all = {
    temperature: options.temperature ?? defaults.temperature,
    topK: greedy ? 1 : options.top_k,
    topP: greedy ? undefined : (options.top_p ?? (options.temperature == null ? defaults.topP : undefined)),
    minP: options.min_p,
    repetitionPenalty: options.repeat_penalty,
    repetitionWindow: options.repeat_last_n === -1 ? undefined : options.repeat_last_n,
    presencePenalty: options.presence_penalty,
    frequencyPenalty: options.frequency_penalty,
    seed: options.seed === -1 ? undefined : options.seed,
    maxTokens: options.num_predict != null && options.num_predict > 0 ? options.num_predict : undefined,
    adapter: options.adapter,
    stop: typeof options.stop === "string" ? [options.stop] : options.stop,
    responseFormat: formatOf(format),
    thinking: think,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null)) as GenerateOptions;
}

/** Adds the routes. */
export function addOllamaRoutes(app: FastifyInstance, context: ServerContext): void {
  addAnswers(app, context);
  addEmbed(app, context);
  addOllamaLists(app, context, { config, tags });
}

const thinking = (thought: string) => (thought === "" ? {} : { thinking: thought });

interface Answering {
  readonly model: string;
  readonly stream: boolean;
  readonly keepAliveMs: number | undefined;
  readonly asked: OneAsked;
  /** A piece of text, or the rest of the last line. */
  readonly say: (text: string, calls?: readonly ToolCall[], thought?: string) => object;
}

function addAnswers(app: FastifyInstance, context: ServerContext): void {
  const { limits, sampling } = context;
  const message = z.strictObject({
    role: z.enum(["system", "user", "assistant", "tool"]),
    content: z.string().nullish(),
    images: only([]),
    tool_calls: z.array(ollamaCall).max(128).nullish(),
    tool_name: z.string().max(64).nullish(),
    tool_call_id: z.string().max(200).nullish(),
    thinking: z.string().nullish(), // what was thought before an earlier answer is no part of the next prompt
  });
  const { tools } = chatToolFields;
  const chat = z.strictObject({ ...commonFields(limits), messages: z.array(message).max(limits.messages), tools });
  const generate = z.strictObject({
    ...commonFields(limits),
    prompt: z.string().nullish(),
    system: z.string().nullish(),
    raw: z.boolean().nullish(),
    template: only(""),
    suffix: only(""),
    images: only([]),
    context: only([]),
  });
  app.post("/api/chat", { config, schema: { summary: "An answer to a chat", tags, body: jsonSchema(chat) } }, async (request, reply) => {
    const read = checked(chat, request.body);
    const messages = ollamaMessages(read.messages);
    const say = (content: string, calls: readonly ToolCall[] = [], thought = "") => ({
      message: { role: "assistant", content, ...thinking(thought), ...(calls.length === 0 ? {} : { tool_calls: calls.map(ollamaShown) }) },
    });
    if (messages.length === 0) return loadOnly(context, read, request, reply, say(""));
    const asked = { prompt: messages, options: { ...optionsOf(read, sampling), ...chatTools({ tools: read.tools }) } };
    return answer(context, { model: read.model, stream: read.stream ?? true, keepAliveMs: keepAliveMs(read.keep_alive), asked, say }, request, reply);
  });
  app.post("/api/generate", { config, schema: { summary: "An answer to a prompt", tags, body: jsonSchema(generate) } }, async (request, reply) => {
    const read = checked(generate, request.body);
    const say = (response: string, _calls: readonly ToolCall[] = [], thought = "") => ({ response, ...thinking(thought) });
    if (!read.prompt) return loadOnly(context, read, request, reply, say(""));
    const first: Message[] = read.system ? [{ role: "system", content: read.system }] : [];
    const prompt = read.raw ? read.prompt : [...first, { role: "user" as const, content: read.prompt }];
    const asked = { prompt, options: optionsOf(read, sampling) };
    return answer(context, { model: read.model, stream: read.stream ?? true, keepAliveMs: keepAliveMs(read.keep_alive), asked, say }, request, reply);
  });
}

// Nothing is asked: the model is loaded, or with keep_alive 0 unloaded.
async function loadOnly(
  context: ServerContext,
  { model, keep_alive }: { model: string; keep_alive?: z.output<typeof keepAliveSchema> },
  request: FastifyRequest,
  reply: FastifyReply,
  empty: object,
): Promise<object> {
  const keep = keepAliveMs(keep_alive);
  const name = ollamaName(model, context);
  context.access.model(request, name);
  if (keep === 0) await context.served.unload(name);
  else await new Seat(context, "chat", request, reply, { model: name, keepAliveMs: keep }).whole(async () => undefined);
  return { model, created_at: new Date().toISOString(), ...empty, done: true, done_reason: keep === 0 ? "unload" : "load" };
}

async function answer(context: ServerContext, wish: Answering, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { model, stream, asked, say } = wish;
  const began = performance.now();
  const seat = new Seat(context, "chat", request, reply, { model: ollamaName(model, context), keepAliveMs: wish.keepAliveMs });
  const head = () => ({ model, created_at: new Date().toISOString() });
  const end = (result: GenerateResult, text: string, calls?: readonly ToolCall[], thought?: string) => ({
    ...head(),
    ...say(text, calls, thought),
    done: true,
    ...durations(result, began),
  });
  if (!stream) {
    const result = await wholeAnswer(seat, asked);
    return end(result, result.text, result.toolCalls, result.thought);
  }
  async function* lines(): AsyncGenerator<string> {
    const pieces = writtenAnswer(seat, asked);
    let next = await pieces.next();
    for (; !next.done; next = await pieces.next()) {
      const { text, thought } = next.value;
      if (text !== "" || thought !== "") yield line({ ...head(), ...say(text, [], thought), done: false });
    }
    if (next.value.toolCalls !== undefined) yield line({ ...head(), ...say("", next.value.toolCalls), done: false });
    yield line(end(next.value, ""));
  }
  const language = languageFor(request.headers["accept-language"]);
  const tell = (error: unknown) => line(shape(envelope(error, language)));
  return sendStream(reply, { call: seat.call, events: lines(), tell, limits: context.limits, headers: lineHeaders, filler: undefined });
}

// Nanoseconds.
function durations({ finishReason, promptTokens, completionTokens, timings }: GenerateResult, began: number): object {
  const whole = Math.round(performance.now() - began);
  const first = Math.min(whole, Math.round(timings.firstTokenMs));
  return {
    done_reason: finishReason === "tool_calls" ? "stop" : finishReason,
    total_duration: whole * 1e6,
    load_duration: 0,
    prompt_eval_count: promptTokens,
    prompt_eval_duration: first * 1e6,
    eval_count: completionTokens,
    eval_duration: (whole - first) * 1e6,
  };
}

function addEmbed(app: FastifyInstance, context: ServerContext): void {
  const text = z.string().min(1).max(context.limits.inputCharacters);
  const body = z.strictObject({
    model: z.string().min(1).max(4096),
    input: z.union([text, z.array(text).min(1).max(context.limits.inputs)]),
    truncate: only(true, false),
    dimensions: z.int().min(1).nullish(),
    keep_alive: keepAliveSchema,
    options: optionFields(context.limits).nullish(),
  });
  const old = z.strictObject({
    model: z.string().min(1).max(4096),
    prompt: text,
    keep_alive: keepAliveSchema,
    options: optionFields(context.limits).nullish(),
  });
  app.post(
    "/api/embeddings",
    { config, schema: { summary: "A vector of a text, as it was", tags, body: jsonSchema(old) } },
    async (request, reply) => {
      const { model, prompt, keep_alive } = checked(old, request.body);
      const seat = new Seat(context, "embeddings", request, reply, { model: ollamaName(model, context), keepAliveMs: keepAliveMs(keep_alive) });
      return seat.whole(async (embedder, signal) => {
        const { vectors, tokens } = await embedder.embed([prompt], { signal });
        await seat.count(tokens, 0);
        return { embedding: Array.from(vectors[0]) };
      });
    },
  );
  app.post("/api/embed", { config, schema: { summary: "Vectors of texts", tags, body: jsonSchema(body) } }, async (request, reply) => {
    const { model, input, dimensions, keep_alive } = checked(body, request.body);
    const seat = new Seat(context, "embeddings", request, reply, { model: ollamaName(model, context), keepAliveMs: keepAliveMs(keep_alive) });
    return seat.whole(async (embedder, signal) => {
      const { vectors, tokens } = await embedder.embed(typeof input === "string" ? [input] : input, { dimensions: dimensions ?? undefined, signal });
      await seat.count(tokens, 0);
      return { model, embeddings: vectors.map((vector) => Array.from(vector)), prompt_eval_count: tokens };
    });
  });
}
