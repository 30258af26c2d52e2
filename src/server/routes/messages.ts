// POST /v1/messages and /v1/messages/count_tokens: Anthropic's shape, whole or as its events.
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { GenerateResult, Message, ToolCall } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { cacheHint, only } from "../generation/neutral.ts";
import { formatOf, messageFormat } from "../generation/response-format.ts";
import { Seat } from "../generation/seat.ts";
import { argumentsObject, messageToolFields, messageTools } from "../generation/tools.ts";
import { type OneAsked, type WrittenResult, wholeAnswer, writtenAnswer } from "../generation/written.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ErrorShape } from "../http/send-error.ts";
import { event, sendStream } from "../http/sse.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";
import { tokenizing } from "./tokens.ts";

const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};
const shape: ErrorShape = ({ status, body: { error } }) => ({
  type: "error",
  error: { type: types[status] ?? (status < 500 ? "invalid_request_error" : "api_error"), message: `${error.message} ${error.hint}` },
});

const cached = cacheHint;
const block = z.strictObject({ type: z.literal("text"), text: z.string(), cache_control: cached, citations: only([]) });
const called = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(64),
  input: z.record(z.string(), z.unknown()),
  cache_control: cached,
  caller: z.unknown().optional(),
});
const answered = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1).max(200),
  content: z.union([z.string(), z.array(block).max(256)]).nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cached,
});
// What was thought before an earlier answer is no part of the next prompt: clients send it back, and it is left out, as Anthropic leaves it out.
const thought = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().nullish() });
const hidden = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });
const content = z.union([
  z.string(),
  z
    .array(z.discriminatedUnion("type", [block, called, answered, thought, hidden]))
    .min(1)
    .max(256),
]);

function promptFields(limits: ServerLimits) {
  return {
    model: z.string().min(1).max(4096),
    messages: z
      .array(z.strictObject({ role: z.enum(["user", "assistant"]), content }))
      .min(1)
      .max(limits.messages),
    system: z.union([z.string(), z.array(block).max(256)]).nullish(),
    ...messageToolFields,
    thinking: only({ type: "disabled" }, { type: "adaptive" }),
    cache_control: cached,
  };
}

function makeSchema(limits: ServerLimits) {
  const stop = z.string().min(1).max(limits.stopCharacters);
  return z.strictObject({
    ...promptFields(limits),
    max_tokens: z
      .int()
      .min(1)
      .max(2 ** 31 - 1),
    temperature: z.number().min(0).max(1).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    top_k: z.int().min(0).nullish(),
    stop_sequences: z.array(stop).max(limits.stopStrings).nullish(),
    stream: z.boolean().nullish(),
    adapter: z.string().max(256).nullish(), // ours: one of the model's adapters; "" for none
    metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).nullish(),
    service_tier: only("auto", "standard_only"),
    container: only(),
    mcp_servers: only([]),
    // No thoughts are ever in a prompt here: there is nothing of them to keep or to clear.
    context_management: z
      .strictObject({ edits: z.array(z.strictObject({ type: z.literal("clear_thinking_20251015"), keep: z.unknown().optional() })).nullish() })
      .nullish(),
    output_config: z.strictObject({ effort: only("high"), format: messageFormat }).nullish(),
  });
}

type Body = z.output<ReturnType<typeof makeSchema>>;
const joined = (given: string | readonly { readonly text: string }[]) => (typeof given === "string" ? given : given.map(({ text }) => text).join(""));

// A message may hold answers of tools beside what the user says: each becomes a message of its own, the answers first.
function plain(role: "user" | "assistant", given: z.output<typeof content>): Message[] {
  if (typeof given === "string") return [{ role, content: given }];
  const answers: Message[] = [];
  const calls: ToolCall[] = [];
  let text = "";
  for (const one of given) {
    if (one.type === "text") text += one.text;
    else if (one.type === "tool_use") calls.push({ id: one.id, name: one.name, arguments: JSON.stringify(one.input) });
    else if (one.type === "tool_result") answers.push({ role: "tool", content: joined(one.content ?? ""), toolCallId: one.tool_use_id });
  }
  const rest: Message = { role, content: text, ...(calls.length === 0 ? {} : { toolCalls: calls }) };
  return text === "" && calls.length === 0 && answers.length > 0 ? answers : [...answers, rest];
}

function messagesOf({ messages, system }: Pick<Body, "messages" | "system">): Message[] {
  const first = system == null ? "" : joined(system);
  const rest = messages.flatMap(({ role, content: given }) => plain(role, given));
  return first === "" ? rest : [{ role: "system", content: first }, ...rest];
}

// "adaptive" leaves it to the model, as nothing said does.
const toldThinking = ({ thinking }: { readonly thinking?: unknown }): { readonly thinking?: boolean } =>
  (thinking as { readonly type?: string } | null | undefined)?.type === "disabled" ? { thinking: false } : {};

function askedBy(body: Body, defaults: SamplingDefaults): OneAsked {
  const { temperature, top_p, top_k, stop_sequences } = body;
  const greedy = top_p === 0;
  const all = {
    maxTokens: body.max_tokens,
    temperature: temperature ?? defaults.temperature,
    topP: greedy ? undefined : (top_p ?? (temperature == null ? defaults.topP : undefined)),
    topK: greedy ? 1 : (top_k ?? undefined),
    stop: stop_sequences ?? undefined,
    adapter: body.adapter ?? undefined,
    ...toldThinking(body),
    responseFormat: formatOf(body.output_config?.format),
    ...messageTools(body),
  };
  return { prompt: messagesOf(body), options: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) };
}

const reasons: Readonly<Record<string, string>> = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" };
const usageOf = ({ promptTokens, cachedPromptTokens, completionTokens }: GenerateResult) => ({
  input_tokens: promptTokens - cachedPromptTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cachedPromptTokens,
  output_tokens: completionTokens,
});

/** Adds the routes. */
export function addMessageRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits, sampling } = context;
  const body = makeSchema(limits);
  const count = z.strictObject(promptFields(limits));
  const tags = ["Anthropic"];
  const config = { errors: shape };
  app.post("/v1/messages", { config, schema: { summary: "An answer to a chat", tags, body: jsonSchema(body) } }, async (request, reply) => {
    const read = checked(body, request.body);
    const seat = new Seat(context, "chat", request, reply, { model: read.model, user: read.metadata?.user_id ?? undefined });
    const asked = askedBy(read, sampling);
    if (!read.stream) return messageOf(read, await wholeAnswer(seat, asked));
    const language = languageFor(request.headers["accept-language"]);
    const tell = (error: unknown) => event(shape(envelope(error, language)), "error");
    return sendStream(reply, { call: seat.call, events: eventsOf(read, seat, asked), tell, limits, filler: event({ type: "ping" }, "ping") });
  });
  app.post(
    "/v1/messages/count_tokens",
    { config, schema: { summary: "Tokens of a chat", tags, body: jsonSchema(count) } },
    async (request, reply) => {
      const read = checked(count, request.body);
      const seat = new Seat(context, "chat", request, reply, { model: read.model });
      return seat.whole(async (generator) => ({
        input_tokens: (await tokenizing(generator).render(messagesOf(read), { ...messageTools(read), ...toldThinking(read) })).ids.length,
      }));
    },
  );
}

const head = ({ model }: Body) => ({ id: `msg_${randomUUID().replaceAll("-", "")}`, type: "message", role: "assistant", model });

// Whoever asks for thinking is told what was thought; others are given the answer alone.
const toldThoughts = ({ thinking }: Body): boolean => toldThinking({ thinking }).thinking === undefined && thinking != null;

function messageOf(body: Body, result: WrittenResult): object {
  const stop = { stop_reason: reasons[result.finishReason], stop_sequence: null };
  const calls = (result.toolCalls ?? []).map((call) => ({ type: "tool_use", id: call.id, name: call.name, input: argumentsObject(call) }));
  const text = calls.length > 0 && result.text.trim() === "" ? [] : [{ type: "text", text: result.text, citations: null }];
  const thoughts = result.thought !== "" && toldThoughts(body) ? [{ type: "thinking", thinking: result.thought, signature: "" }] : [];
  return { ...head(body), content: [...thoughts, ...text, ...calls], ...stop, usage: usageOf(result) };
}

async function* eventsOf(body: Body, seat: Seat<"chat">, asked: OneAsked): AsyncGenerator<string> {
  const say = (data: { readonly type: string; readonly [more: string]: unknown }) => event(data, data.type);
  const pieces = writtenAnswer(seat, asked);
  let next = await pieces.next();
  const message = { ...head(body), content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 0, output_tokens: 0 } };
  yield say({ type: "message_start", message });
  // Blocks one after another: a text, then each call.
  let index = -1;
  let open: "text" | "thought" | number | undefined;
  const begin = (what: "text" | "thought" | number, block: object): string[] => {
    const events = open === undefined ? [] : [say({ type: "content_block_stop", index })];
    open = what;
    return [...events, say({ type: "content_block_start", index: ++index, content_block: block })];
  };
  for (; !next.done; next = await pieces.next()) {
    const { text, thought, toolCalls = [] } = next.value;
    if (thought !== "" && toldThoughts(body)) {
      if (open !== "thought") yield* begin("thought", { type: "thinking", thinking: "", signature: "" });
      yield say({ type: "content_block_delta", index, delta: { type: "thinking_delta", thinking: thought } });
    }
    if (text.trim() !== "" || (text !== "" && (open === "text" || open === undefined || open === "thought"))) {
      if (open !== "text") yield* begin("text", { type: "text", text: "" });
      yield say({ type: "content_block_delta", index, delta: { type: "text_delta", text } });
    }
    for (const { index: call, id, name, arguments: more } of toolCalls) {
      if (open !== call) yield* begin(call, { type: "tool_use", id, name, input: {} });
      if (more !== "") yield say({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: more } });
    }
  }
  if (open === undefined || open === "thought") yield* begin("text", { type: "text", text: "" });
  yield say({ type: "content_block_stop", index });
  yield say({ type: "message_delta", delta: { stop_reason: reasons[next.value.finishReason], stop_sequence: null }, usage: usageOf(next.value) });
  yield say({ type: "message_stop" });
}
