// POST /v1/completions: texts continued as they stand, in OpenAI's older shape.
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { AnswerLogprob } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { answerPieces, wholeAnswers } from "../generation/choices.ts";
import { type CompletionRequest, completionBody, readCompletionRequest } from "../generation/completion-request.ts";
import { Seat } from "../generation/seat.ts";
import { sumUsage, timingsOf } from "../generation/usage.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { done, event, sendStream } from "../http/sse.ts";

/** Adds the route. */
export function addCompletionRoute(app: FastifyInstance, context: ServerContext): void {
  const { limits, sampling } = context;
  const schema = { summary: "A text continued", tags: ["OpenAI"], body: completionBody(limits) };
  app.post("/v1/completions", { schema }, async (request, reply) => {
    const wish = readCompletionRequest(request.body, limits, sampling);
    const seat = new Seat(context, "chat", request, reply, { model: wish.model, user: wish.user });
    if (!wish.stream) return whole(wish, seat);
    const language = languageFor(request.headers["accept-language"]);
    return sendStream(reply, { call: seat.call, events: eventsOf(wish, seat), tell: (error) => event(envelope(error, language).body), limits });
  });
}

const head = ({ model }: CompletionRequest) => ({
  id: `cmpl-${randomUUID().replaceAll("-", "")}`,
  object: "text_completion",
  created: Math.floor(Date.now() / 1000),
  model,
  system_fingerprint: null,
});

function whole(wish: CompletionRequest, seat: Seat<"chat">): Promise<object> {
  return seat.whole(async (generator, signal) => {
    const results = (await wholeAnswers(generator, { ...wish, options: seat.owned(wish.options) }, signal)).map((result) => seat.finished(result));
    const usage = sumUsage(results, wish.prompts.length);
    await seat.count(usage.prompt_tokens, usage.completion_tokens);
    const choices = results.map(({ text, finishReason, logprobs }, index) => ({
      index,
      text: wish.echo ? wish.prompts[Math.floor(index / wish.n)] + text : text,
      logprobs: shownLogprobs(logprobs),
      finish_reason: finishReason,
    }));
    return { ...head(wish), choices, usage, seed: results[0].seed, timings: timingsOf(results[0]) };
  });
}

function shownLogprobs(logprobs: readonly AnswerLogprob[] | undefined): object | null {
  if (logprobs === undefined) return null;
  let at = 0;
  const offsets = logprobs.map(({ token }) => {
    at += token.length;
    return at - token.length;
  });
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]))),
    text_offset: offsets,
  };
}

async function* eventsOf(wish: CompletionRequest, seat: Seat<"chat">): AsyncGenerator<string> {
  const start = head(wish);
  const chunk = (index: number, text: string, finish: string | null, logprobs: object | null = null) =>
    event({ ...start, choices: [{ index, text, logprobs, finish_reason: finish }], ...(wish.includeUsage ? { usage: null } : {}) });
  try {
    const generator = await seat.take();
    const results = [];
    const begun = new Set<number>();
    for await (const { index, piece } of answerPieces(generator, { ...wish, options: seat.owned(wish.options) }, seat.call.signal)) {
      if (wish.echo && !begun.has(index)) yield chunk(index, wish.prompts[Math.floor(index / wish.n)], null);
      begun.add(index);
      if (piece.text !== "") yield chunk(index, piece.text, null, shownLogprobs(piece.logprobs));
      if (piece.result === undefined) continue;
      results[index] = seat.finished(piece.result);
      yield chunk(index, "", piece.result.finishReason);
    }
    const usage = sumUsage(results, wish.prompts.length);
    await seat.count(usage.prompt_tokens, usage.completion_tokens);
    if (wish.includeUsage) yield event({ ...start, choices: [], usage });
    yield done;
  } finally {
    seat.leave();
  }
}
