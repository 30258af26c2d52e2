// POST /v1/messages and /v1/messages/count_tokens: Anthropic's shape, whole or as its events.
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { GenerateResult, Message } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { only } from "../generation/neutral.ts";
import { Seat } from "../generation/seat.ts";
import { type OneAsked, wholeAnswer, writtenAnswer } from "../generation/written.ts";
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

const cached = only({ type: "ephemeral" });
const block = z.strictObject({ type: z.literal("text"), text: z.string(), cache_control: cached, citations: only([]) });
const content = z.union([z.string(), z.array(block).min(1).max(256)]);

function promptFields(limits: ServerLimits) {
  return {
    model: z.string().min(1).max(4096),
    messages: z
      .array(z.strictObject({ role: z.enum(["user", "assistant"]), content }))
      .min(1)
      .max(limits.messages),
    system: z.union([z.string(), z.array(block).max(256)]).nullish(),
    tools: only([]),
    tool_choice: only({ type: "none" }, { type: "auto" }),
    thinking: only({ type: "disabled" }),
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
    metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).nullish(),
    service_tier: only("auto", "standard_only"),
    container: only(),
    mcp_servers: only([]),
  });
}

type Body = z.output<ReturnType<typeof makeSchema>>;
const joined = (given: z.output<typeof content>) => (typeof given === "string" ? given : given.map(({ text }) => text).join(""));

function messagesOf({ messages, system }: Pick<Body, "messages" | "system">): Message[] {
  const first = system == null ? "" : joined(system);
  const rest = messages.map(({ role, content: given }) => ({ role, content: joined(given) }));
  return first === "" ? rest : [{ role: "system", content: first }, ...rest];
}

function askedBy(body: Body, defaults: SamplingDefaults): OneAsked {
  const { temperature, top_p, top_k, stop_sequences } = body;
  const greedy = top_p === 0;
  const all = {
    maxTokens: body.max_tokens,
    temperature: temperature ?? defaults.temperature,
    topP: greedy ? undefined : (top_p ?? (temperature == null ? defaults.topP : undefined)),
    topK: greedy ? 1 : (top_k ?? undefined),
    stop: stop_sequences ?? undefined,
  };
  return { prompt: messagesOf(body), options: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) };
}

const reasons: Readonly<Record<string, string>> = { stop: "end_turn", length: "max_tokens" };
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
      return seat.whole(async (generator) => ({ input_tokens: (await tokenizing(generator).render(messagesOf(read))).ids.length }));
    },
  );
}

const head = ({ model }: Body) => ({ id: `msg_${randomUUID().replaceAll("-", "")}`, type: "message", role: "assistant", model });

function messageOf(body: Body, result: GenerateResult): object {
  const stop = { stop_reason: reasons[result.finishReason], stop_sequence: null };
  return { ...head(body), content: [{ type: "text", text: result.text, citations: null }], ...stop, usage: usageOf(result) };
}

async function* eventsOf(body: Body, seat: Seat<"chat">, asked: OneAsked): AsyncGenerator<string> {
  const say = (data: { readonly type: string; readonly [more: string]: unknown }) => event(data, data.type);
  const pieces = writtenAnswer(seat, asked);
  let next = await pieces.next();
  const message = { ...head(body), content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 0, output_tokens: 0 } };
  yield say({ type: "message_start", message });
  yield say({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  for (; !next.done; next = await pieces.next())
    yield say({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: next.value } });
  yield say({ type: "content_block_stop", index: 0 });
  yield say({ type: "message_delta", delta: { stop_reason: reasons[next.value.finishReason], stop_sequence: null }, usage: usageOf(next.value) });
  yield say({ type: "message_stop" });
}
