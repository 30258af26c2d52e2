// POST /v1/chat/completions: OpenAI's shape, whole or as server-sent events.
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AnswerLogprob, GenerateResult, ToolCallDelta } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { type ChatRequest, chatBody, readChatRequest } from "../generation/chat-request.ts";
import { type Asked, answerPieces, wholeAnswers } from "../generation/choices.ts";
import { Seat } from "../generation/seat.ts";
import { parted, type ThoughtReader, thoughtReaders } from "../generation/thoughts.ts";
import { shownCall } from "../generation/tools.ts";
import { sumUsage, timingsOf, type Usage } from "../generation/usage.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { done, event, sendStream } from "../http/sse.ts";

/** Adds the route. */
export function addChatRoute(app: FastifyInstance, context: ServerContext): void {
  const { limits, sampling } = context;
  const schema = { summary: "An answer to a chat", tags: ["OpenAI"], body: chatBody(limits) };
  app.post("/v1/chat/completions", { schema }, async (request, reply) => {
    const chat = readChatRequest(request.body, limits, sampling);
    const seat = new Seat(context, "chat", request, reply, { model: chat.model, user: chat.user });
    return chat.stream ? streamed(chat, seat, request, reply, context) : whole(chat, seat);
  });
}

const asked = ({ messages, options, n }: ChatRequest, seat: Seat<"chat">): Asked => ({ prompts: [messages], options: seat.owned(options), n });

function whole(chat: ChatRequest, seat: Seat<"chat">): Promise<object> {
  return seat.whole(async (generator, signal) => {
    const readers = await thoughtReaders(generator, chat.messages, chat.options);
    const results = (await wholeAnswers(generator, asked(chat, seat), signal)).map((result) => {
      const finished = seat.finished(result);
      return { ...finished, ...parted(finished.text, readers?.()) };
    });
    const usage = sumUsage(results);
    await seat.count(usage.prompt_tokens, usage.completion_tokens);
    const [first] = results;
    return { ...head("chat.completion", chat), choices: results.map(choice), usage, seed: first.seed, timings: timingsOf(first) };
  });
}

const choice = ({ text, thought, finishReason, logprobs, toolCalls }: GenerateResult & { readonly thought: string }, index: number): object => ({
  index,
  message: {
    role: "assistant",
    content: toolCalls !== undefined && text.trim() === "" ? null : text,
    refusal: null,
    ...(thought === "" ? {} : { reasoning_content: thought }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls.map(shownCall) }),
  },
  logprobs: logprobs === undefined ? null : { content: logprobs.map(shownLogprob), refusal: null },
  finish_reason: finishReason,
});

const grownCall = ({ index, id, name, arguments: more }: ToolCallDelta): object =>
  id === undefined ? { index, function: { arguments: more } } : { index, id, type: "function", function: { name, arguments: more } };

function shownLogprob({ token, logprob, bytes, top }: AnswerLogprob): object {
  return { token, logprob, bytes, top_logprobs: top.map((each) => ({ token: each.token, logprob: each.logprob, bytes: each.bytes })) };
}

const head = (object: string, { model }: ChatRequest) => ({
  id: `chatcmpl-${randomUUID().replaceAll("-", "")}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
  system_fingerprint: null,
});

function streamed(
  chat: ChatRequest,
  seat: Seat<"chat">,
  request: FastifyRequest,
  reply: FastifyReply,
  { limits }: ServerContext,
): Promise<FastifyReply> {
  const language = languageFor(request.headers["accept-language"]);
  const tell = (error: unknown) => event(envelope(error, language).body);
  return sendStream(reply, { call: seat.call, events: eventsOf(chat, seat), tell, limits });
}

async function* eventsOf(chat: ChatRequest, seat: Seat<"chat">): AsyncGenerator<string> {
  const start = head("chat.completion.chunk", chat);
  const chunk = (
    index: number,
    delta: object,
    { finish = null, logprobs, more = {} }: { finish?: string | null; logprobs?: object; more?: object } = {},
  ) =>
    event({
      ...start,
      choices: [{ index, delta, logprobs: logprobs ?? null, finish_reason: finish }],
      ...(chat.includeUsage ? { usage: null } : {}),
      ...more,
    });
  try {
    const generator = await seat.take();
    const readers = await thoughtReaders(generator, chat.messages, chat.options);
    const begun = new Map<number, ThoughtReader | undefined>();
    const results: (GenerateResult | undefined)[] = Array.from({ length: chat.n });
    for await (const { index, piece } of answerPieces(generator, asked(chat, seat), seat.call.signal)) {
      if (!begun.has(index)) {
        begun.set(index, readers?.());
        yield chunk(index, { role: "assistant", content: "" });
      }
      const logprobs = piece.logprobs?.length ? { content: piece.logprobs.map(shownLogprob), refusal: null } : undefined;
      const reader = begun.get(index);
      const { thought, text } = reader?.push(piece.text) ?? { thought: "", text: piece.text };
      // Probabilities go with the thought as long as the answer has not begun, those of its marks too.
      const ofThought = reader !== undefined && (thought !== "" || (logprobs !== undefined && !reader.isAnswering));
      if (ofThought) yield chunk(index, { reasoning_content: thought }, { logprobs });
      if (text !== "" || (logprobs !== undefined && !ofThought)) yield chunk(index, { content: text }, ofThought ? {} : { logprobs });
      if (piece.toolCalls !== undefined) yield chunk(index, { tool_calls: piece.toolCalls.map(grownCall) });
      if (piece.result === undefined) continue;
      const result = seat.finished(piece.result);
      results[index] = result;
      const rest = reader?.end() ?? { thought: "", text: "" };
      if (rest.thought !== "") yield chunk(index, { reasoning_content: rest.thought });
      if (rest.text !== "") yield chunk(index, { content: rest.text });
      yield chunk(index, {}, { finish: result.finishReason, more: { seed: result.seed, timings: timingsOf(result) } });
    }
    const usage = sumUsage(results.map((result) => seat.finished(result)));
    await seat.count(usage.prompt_tokens, usage.completion_tokens);
    if (chat.includeUsage) yield event({ ...start, choices: [], usage } satisfies { usage: Usage; choices: object[] });
    yield done;
  } finally {
    seat.leave();
  }
}
