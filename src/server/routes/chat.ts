// POST /v1/chat/completions: OpenAI's shape, whole or as server-sent events.
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { GenerateResult, StreamPiece } from "../../generate/index.ts";
import { type Call, endingError } from "../calls.ts";
import { type ChatRequest, readChatRequest } from "../chat-request.ts";
import type { ServerContext } from "../context.ts";
import { envelope, languageFor } from "../errors.ts";
import { done, event, eventStream, streamHeaders } from "../sse.ts";
import { refuseOtherModel } from "./models.ts";

/** Adds the route. */
export function addChatRoute(app: FastifyInstance, context: ServerContext): void {
  app.post("/v1/chat/completions", async (request, reply) => {
    const chat = readChatRequest(request.body, context.limits);
    refuseOtherModel(chat.model, context);
    const call = context.calls.begin(reply);
    const leave = await context.turnstile.enter(call.signal).catch((error: unknown) => {
      throw endingError(call) ?? error;
    });
    try {
      if (!chat.stream) return await whole(chat, call, context);
      return await streamed(chat, call, leave, request, reply, context);
    } catch (error) {
      throw endingError(call) ?? error;
    } finally {
      if (!chat.stream || !reply.sent) leave();
    }
  });
}

async function whole({ messages, options }: ChatRequest, call: Call, context: ServerContext): Promise<object> {
  const result = await context.generator.generate(messages, { ...options, signal: call.signal });
  if (result.finishReason === "cancelled") throw endingError(call) ?? new InkstoneError("E_CANCELLED", { what: "chat" });
  const choice = { index: 0, message: { role: "assistant", content: result.text }, logprobs: null, finish_reason: result.finishReason };
  return { ...head("chat.completion", context), choices: [choice], usage: usageOf(result), seed: result.seed, timings: timingsOf(result) };
}

function head(object: string, { generator }: ServerContext): { id: string; object: string; created: number; model: string } {
  return { id: `chatcmpl-${randomUUID().replaceAll("-", "")}`, object, created: Math.floor(Date.now() / 1000), model: generator.information.name };
}

function usageOf({ promptTokens, completionTokens, cachedPromptTokens }: GenerateResult): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens },
  };
}

function timingsOf({ timings }: GenerateResult): object {
  const { firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond } = timings;
  return { first_token_ms: firstTokenMs, prefill_tokens_per_second: prefillTokensPerSecond, decode_tokens_per_second: decodeTokensPerSecond };
}

// The first piece is awaited before any header: an error until then is an ordinary JSON answer.
async function streamed(
  chat: ChatRequest,
  call: Call,
  leave: () => void,
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
): Promise<FastifyReply> {
  const pieces = context.generator.stream(chat.messages, { ...chat.options, signal: call.signal })[Symbol.asyncIterator]();
  const first = await pieces.next();
  const language = languageFor(request.headers["accept-language"]);
  const events = eventsOf({ chat, first, pieces, call, leave, context, tell: (error) => event(envelope(error, language).body) });
  return reply.headers(streamHeaders).send(eventStream(events, call, reply.raw, context.limits));
}

interface Streaming {
  readonly chat: ChatRequest;
  readonly first: IteratorResult<StreamPiece>;
  readonly pieces: AsyncIterator<StreamPiece>;
  readonly call: Call;
  readonly leave: () => void;
  readonly context: ServerContext;
  readonly tell: (error: unknown) => string;
}

async function* eventsOf({ chat, first, pieces, call, leave, context, tell }: Streaming): AsyncGenerator<string> {
  const start = head("chat.completion.chunk", context);
  const chunk = (delta: object, finish: string | null, more: object = {}) =>
    event({
      ...start,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(chat.includeUsage ? { usage: null } : {}),
      ...more,
    });
  try {
    yield chunk({ role: "assistant", content: "" }, null);
    let result: GenerateResult | undefined;
    for (let next = first; !next.done; next = await pieces.next()) {
      if (next.value.text !== "") yield chunk({ content: next.value.text }, null);
      result = next.value.result ?? result;
    }
    if (result === undefined || result.finishReason === "cancelled") throw endingError(call) ?? new InkstoneError("E_CANCELLED", { what: "chat" });
    yield chunk({}, result.finishReason, { seed: result.seed, timings: timingsOf(result) });
    if (chat.includeUsage) yield event({ ...start, choices: [], usage: usageOf(result) });
    yield done;
  } catch (error) {
    if (call.ending === undefined || call.ending === "stopping") yield tell(endingError(call) ?? error);
  } finally {
    leave();
    await pieces.return?.();
  }
}
