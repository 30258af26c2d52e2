// /v1/responses: OpenAI's newer shape, text only; responses are kept in memory, the latest ones, so that a conversation can go on by its id.
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import type { GenerateResult, Message } from "../../generate/index.ts";
import type { ServerContext } from "../context.ts";
import { only } from "../generation/neutral.ts";
import { formatOf, responseTextFormat } from "../generation/response-format.ts";
import { Seat } from "../generation/seat.ts";
import { type OneAsked, wholeAnswer, writtenAnswer } from "../generation/written.ts";
import { envelope, languageFor } from "../http/errors.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import { event, sendStream } from "../http/sse.ts";
import type { ServerLimits } from "../limits.ts";

/** Responses that are kept, of all owners together; the oldest makes room. */
const MOST_KEPT = 1000;

const part = z.strictObject({
  type: z.enum(["input_text", "output_text", "text"]),
  text: z.string(),
  annotations: only([]),
  logprobs: only([]),
});
const item = z.strictObject({
  type: z.literal("message").nullish(),
  id: z.string().max(200).nullish(),
  status: z.string().max(50).nullish(),
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.union([z.string(), z.array(part).min(1).max(256)]),
});

function makeSchema(limits: ServerLimits) {
  return z.strictObject({
    model: z.string().min(1).max(4096),
    input: z.union([z.string().min(1), z.array(item).min(1).max(limits.messages)]),
    instructions: z.string().nullish(),
    previous_response_id: z.string().max(200).nullish(),
    max_output_tokens: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    stream: z.boolean().nullish(),
    store: z.boolean().nullish(),
    metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
    user: z.string().max(512).nullish(),
    text: z.strictObject({ format: responseTextFormat, verbosity: only("medium") }).nullish(),
    tools: only([]),
    tool_choice: only("none", "auto"),
    parallel_tool_calls: z.boolean().nullish(),
    truncation: only("disabled"),
    background: only(false),
    include: only([]),
    reasoning: only({}, { effort: "none" }),
    service_tier: only("auto", "default"),
    safety_identifier: z.string().max(512).nullish(),
    prompt_cache_key: z.string().max(512).nullish(),
    top_logprobs: only(0),
    stream_options: only({}, { include_obfuscation: false }),
  });
}

type Body = z.output<ReturnType<typeof makeSchema>>;

interface Kept {
  readonly owner: string;
  readonly messages: readonly Message[];
  readonly response: object;
}

/** Adds the routes. */
export function addResponseRoutes(app: FastifyInstance, context: ServerContext): void {
  const { limits, access } = context;
  const body = makeSchema(limits);
  const kept = new Map<string, Kept>();
  const tags = ["OpenAI"];
  const find = (id: string, owner: string): Kept => {
    const found = kept.get(id);
    if (found === undefined || found.owner !== owner) throw new InkstoneError("E_RESPONSE", { id: id.slice(0, 200) });
    return found;
  };
  const keep = (id: string, one: Kept): void => {
    kept.set(id, one);
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
  };
  app.post(
    "/v1/responses",
    { schema: { summary: "An answer, kept so that the conversation can go on", tags, body: jsonSchema(body) } },
    async (request, reply) => {
      const read = checked(body, request.body);
      const owner = access.owner(request);
      const before = read.previous_response_id == null ? [] : find(read.previous_response_id, owner).messages;
      const turn = new Turn(read, before, context.sampling);
      const seat = new Seat(context, "chat", request, reply, { model: read.model, user: read.user ?? undefined });
      const finish = (result: GenerateResult): object => {
        const response = turn.response(result);
        if (read.store !== false) keep(turn.id, { owner, messages: [...turn.messages, { role: "assistant", content: result.text }], response });
        return response;
      };
      if (!read.stream) return finish(await wholeAnswer(seat, turn.asked));
      const language = languageFor(request.headers["accept-language"]);
      const tell = (error: unknown) => {
        const { error: told } = envelope(error, language).body;
        return event({ type: "error", code: told.code, message: told.message, param: told.param, sequence_number: 0 }, "error");
      };
      return sendStream(reply, { call: seat.call, events: turn.events(seat, finish), tell, limits });
    },
  );
  type One = { Params: { id: string } };
  app.get<One>(
    "/v1/responses/:id",
    { schema: { summary: "A response that is kept", tags } },
    async (request) => find(request.params.id, access.owner(request)).response,
  );
  app.delete<One>("/v1/responses/:id", { schema: { summary: "Forgets a response", tags } }, async (request) => {
    const { id } = request.params;
    find(id, access.owner(request));
    kept.delete(id);
    return { id, object: "response", deleted: true };
  });
}

const textOf = (content: z.output<typeof item>["content"]) => (typeof content === "string" ? content : content.map(({ text }) => text).join(""));

/** One turn: what the model reads, and what is told of its answer. */
class Turn {
  readonly id: string = `resp_${randomUUID().replaceAll("-", "")}`;
  readonly #item = `msg_${randomUUID().replaceAll("-", "")}`;
  readonly #created = Math.floor(Date.now() / 1000);
  readonly #body: Body;
  readonly asked: OneAsked;
  /** The conversation up to here; instructions are of one turn only. */
  readonly messages: readonly Message[];

  constructor(body: Body, before: readonly Message[], defaults: ServerContext["sampling"]) {
    const { input, instructions, temperature, top_p, max_output_tokens } = body;
    const given: Message[] =
      typeof input === "string"
        ? [{ role: "user", content: input }]
        : input.map(({ role, content }) => ({ role: role === "developer" ? "system" : role, content: textOf(content) }));
    this.#body = body;
    this.messages = [...before, ...given];
    const greedy = top_p === 0;
    const all = {
      maxTokens: max_output_tokens ?? undefined,
      temperature: temperature ?? defaults.temperature,
      topP: greedy ? undefined : (top_p ?? (temperature == null ? defaults.topP : undefined)),
      topK: greedy ? 1 : undefined,
      responseFormat: formatOf(body.text?.format),
    };
    const first: Message[] = instructions == null ? [] : [{ role: "system", content: instructions }];
    this.asked = {
      prompt: [...first, ...this.messages],
      options: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    };
  }

  response(result: GenerateResult | undefined): object {
    const { model, instructions, previous_response_id, temperature, top_p, max_output_tokens, metadata, store, parallel_tool_calls } = this.#body;
    const cut = result?.finishReason === "length";
    return {
      id: this.id,
      object: "response",
      created_at: this.#created,
      status: result === undefined ? "in_progress" : cut ? "incomplete" : "completed",
      background: false,
      error: null,
      incomplete_details: cut ? { reason: "max_output_tokens" } : null,
      instructions: instructions ?? null,
      max_output_tokens: max_output_tokens ?? null,
      model,
      output: result === undefined ? [] : [this.#message(result.text, cut ? "incomplete" : "completed")],
      parallel_tool_calls: parallel_tool_calls ?? true,
      previous_response_id: previous_response_id ?? null,
      store: store ?? true,
      temperature: temperature ?? null,
      text: { format: this.#body.text?.format ?? { type: "text" } },
      tool_choice: "auto",
      tools: [],
      top_p: top_p ?? null,
      truncation: "disabled",
      metadata: metadata ?? {},
      usage: result === undefined ? null : usageOf(result),
    };
  }

  #message(text: string, status: string): object {
    return { type: "message", id: this.#item, status, role: "assistant", content: [{ type: "output_text", text, annotations: [], logprobs: [] }] };
  }

  async *events(seat: Seat<"chat">, finish: (result: GenerateResult) => object): AsyncGenerator<string> {
    let number = 0;
    const say = (type: string, more: object) => event({ type, sequence_number: number++, ...more }, type);
    const place = { item_id: this.#item, output_index: 0, content_index: 0 };
    const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
    const pieces = writtenAnswer(seat, this.asked);
    let next = await pieces.next();
    yield say("response.created", { response: this.response(undefined) });
    yield say("response.in_progress", { response: this.response(undefined) });
    yield say("response.output_item.added", {
      output_index: 0,
      item: { type: "message", id: this.#item, status: "in_progress", role: "assistant", content: [] },
    });
    yield say("response.content_part.added", { ...place, part: part("") });
    for (; !next.done; next = await pieces.next()) yield say("response.output_text.delta", { ...place, delta: next.value, logprobs: [] });
    const result = next.value;
    yield say("response.output_text.done", { ...place, text: result.text, logprobs: [] });
    yield say("response.content_part.done", { ...place, part: part(result.text) });
    const cut = result.finishReason === "length";
    yield say("response.output_item.done", { output_index: 0, item: this.#message(result.text, cut ? "incomplete" : "completed") });
    yield say(cut ? "response.incomplete" : "response.completed", { response: finish(result) });
  }
}

const usageOf = ({ promptTokens, cachedPromptTokens, completionTokens }: GenerateResult) => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: cachedPromptTokens },
  output_tokens: completionTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens + completionTokens,
});
