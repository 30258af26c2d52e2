// One turn of OpenAI's responses: what the model reads, and what is told of its answer, whole or as events. Knows no routes.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { GenerateResult, Message, ToolCall, ToolCallDelta } from "../../generate/index.ts";
import { event } from "../http/sse.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";
import { only } from "./neutral.ts";
import { formatOf, responseTextFormat, type TextFormat } from "./response-format.ts";
import type { Seat } from "./seat.ts";
import { type ResponseToolBody, responseToolFields, responseTools } from "./tools.ts";
import { type OneAsked, type WrittenResult, writtenAnswer } from "./written.ts";

const part = z.strictObject({
  type: z.enum(["input_text", "output_text", "text"]),
  text: z.string(),
  annotations: only([]),
  logprobs: only([]),
});
const ids = { id: z.string().max(200).nullish(), status: z.string().max(50).nullish() };
const message = z.strictObject({
  type: z.literal("message").nullish(),
  ...ids,
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.union([z.string(), z.array(part).min(1).max(256)]),
  phase: z.string().nullish(),
});
const called = z.strictObject({
  type: z.literal("function_call"),
  ...ids,
  call_id: z.string().min(1).max(200),
  name: z.string().min(1).max(64),
  arguments: z.string(),
  parsed_arguments: z.unknown().optional(),
});
const answered = z.strictObject({
  type: z.literal("function_call_output"),
  ...ids,
  call_id: z.string().min(1).max(200),
  output: z.union([z.string(), z.array(part).min(1).max(256)]),
});
// What was thought before an earlier answer is no part of the next prompt: clients send it back, and it is left out.
const thought = z.strictObject({
  type: z.literal("reasoning"),
  ...ids,
  summary: z.array(z.unknown()).max(256).nullish(),
  content: z.array(z.unknown()).max(256).nullish(),
  encrypted_content: z.string().nullish(),
});
/** A text, or parts of one. */
export type ResponseContent = string | readonly { readonly text: string }[];

/** An item of the input. One without a type is a message; of the others the type says which. */
export type ResponseItem =
  | { readonly type: "function_call"; readonly call_id: string; readonly name: string; readonly arguments: string }
  | { readonly type: "function_call_output"; readonly call_id: string; readonly output: ResponseContent }
  | { readonly type: "reasoning" }
  | {
      readonly type?: "message" | null;
      readonly role: "system" | "developer" | "user" | "assistant";
      readonly content: ResponseContent;
    };

const item: z.ZodType<ResponseItem> = z.union([called, answered, thought, message]);

/** The body of POST /v1/responses, as far as it asks for something. */
export interface ResponseBody extends ResponseToolBody {
  readonly model: string;
  readonly input: string | readonly ResponseItem[];
  readonly instructions?: string | null;
  readonly previous_response_id?: string | null;
  readonly max_output_tokens?: number | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly stream?: boolean | null;
  readonly store?: boolean | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly user?: string | null;
  readonly text?: { readonly format?: TextFormat | null } | null;
  readonly reasoning?: { readonly effort?: unknown } | null;
}

/** Its schema. */
export function responseBody(limits: ServerLimits): z.ZodType<ResponseBody> {
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
    ...responseToolFields,
    max_tool_calls: only(),
    truncation: only("disabled"),
    background: only(false),
    include: only([], ["reasoning.encrypted_content"]), // of reasoning, where there is any: there is none to include
    reasoning: z.strictObject({ effort: only("none"), summary: z.enum(["auto", "concise", "detailed"]).nullish() }).nullish(),
    conversation: only(),
    prompt: only(),
    client_metadata: z.record(z.string().max(64), z.string().max(2048)).nullish(),
    service_tier: only("auto", "default"),
    safety_identifier: z.string().max(512).nullish(),
    prompt_cache_key: z.string().max(512).nullish(),
    top_logprobs: only(0),
    stream_options: only({}, { include_obfuscation: false }),
  });
}

const textOf = (content: ResponseContent) => (typeof content === "string" ? content : content.map(({ text }) => text).join(""));

// Calls that stand side by side are one message of the assistant.
function messagesOf(input: ResponseBody["input"]): Message[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  const all: Message[] = [];
  for (const one of input) {
    if (one.type === "function_call") {
      const call = { id: one.call_id, name: one.name, arguments: one.arguments === "" ? "{}" : one.arguments };
      const last = all.at(-1);
      if (last?.role === "assistant") all[all.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
      else all.push({ role: "assistant", content: "", toolCalls: [call] });
    } else if (one.type === "function_call_output") all.push({ role: "tool", content: textOf(one.output), toolCallId: one.call_id });
    else if (one.type !== "reasoning") all.push({ role: one.role === "developer" ? "system" : one.role, content: textOf(one.content) });
  }
  return all;
}

const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;

/** One turn: what the model reads, and what is told of its answer. */
export class ResponseTurn {
  readonly id: string = newId("resp");
  readonly asked: OneAsked;
  /** The conversation up to here; instructions are of one turn only. */
  readonly messages: readonly Message[];
  readonly #item = newId("msg");
  readonly #created = Math.floor(Date.now() / 1000);
  readonly #body: ResponseBody;

  constructor(body: ResponseBody, before: readonly Message[], defaults: SamplingDefaults) {
    const { input, instructions, temperature, top_p, max_output_tokens } = body;
    this.#body = body;
    this.messages = [...before, ...messagesOf(input)];
    const greedy = top_p === 0;
    const all = {
      maxTokens: max_output_tokens ?? undefined,
      temperature: temperature ?? defaults.temperature,
      topP: greedy ? undefined : (top_p ?? (temperature == null ? defaults.topP : undefined)),
      topK: greedy ? 1 : undefined,
      responseFormat: formatOf(body.text?.format),
      thinking: body.reasoning?.effort === "none" ? false : undefined,
      ...responseTools(body),
    };
    const first: Message[] = instructions == null ? [] : [{ role: "system", content: instructions }];
    this.asked = {
      prompt: [...first, ...this.messages],
      options: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    };
  }

  /** The conversation with its answer; a call that was cut is not a part of it. */
  answered({ text, toolCalls = [], finishReason }: GenerateResult): Message[] {
    const whole = finishReason === "length" ? toolCalls.slice(0, -1) : toolCalls;
    return [...this.messages, { role: "assistant", content: text, ...(whole.length === 0 ? {} : { toolCalls: whole }) }];
  }

  /** The response; `undefined`: as it is before its answer. */
  response(result: WrittenResult | undefined): object {
    const body = this.#body;
    const cut = result?.finishReason === "length";
    return {
      id: this.id,
      object: "response",
      created_at: this.#created,
      status: result === undefined ? "in_progress" : cut ? "incomplete" : "completed",
      background: false,
      error: null,
      incomplete_details: cut ? { reason: "max_output_tokens" } : null,
      instructions: body.instructions ?? null,
      max_output_tokens: body.max_output_tokens ?? null,
      model: body.model,
      output: result === undefined ? [] : this.#output(result),
      parallel_tool_calls: body.parallel_tool_calls ?? true,
      previous_response_id: body.previous_response_id ?? null,
      store: body.store ?? true,
      temperature: body.temperature ?? null,
      text: { format: body.text?.format ?? { type: "text" } },
      tool_choice: body.tool_choice ?? "auto",
      tools: body.tools ?? [],
      top_p: body.top_p ?? null,
      truncation: "disabled",
      metadata: body.metadata ?? {},
      usage: result === undefined ? null : usageOf(result),
    };
  }

  #output({ text, thought, toolCalls = [], finishReason }: WrittenResult): object[] {
    const status = finishReason === "length" ? "incomplete" : "completed";
    const message = toolCalls.length > 0 && text.trim() === "" ? [] : [this.#message(text, status)];
    const thoughts = thought === "" ? [] : [thoughtItem(this.#item, thought)];
    return [...thoughts, ...message, ...toolCalls.map((call) => callItem(call, status))];
  }

  #message(text: string, status: string): object {
    const content = status === "in_progress" ? [] : [partOf(text)];
    return { type: "message", id: this.#item, status, role: "assistant", content };
  }

  /** The events of its answer. `finish` makes and keeps the response. */
  async *events(seat: Seat<"chat">, finish: (result: WrittenResult) => Promise<object>): AsyncGenerator<string> {
    let number = 0;
    const say: Say = (type, more) => event({ type, sequence_number: number++, ...more }, type);
    const pieces = writtenAnswer(seat, this.asked);
    let next = await pieces.next();
    yield say("response.created", { response: this.response(undefined) });
    yield say("response.in_progress", { response: this.response(undefined) });
    const items = new Items(say, this.#item, (text, status) => this.#message(text, status));
    for (; !next.done; next = await pieces.next()) yield* items.take(next.value, next.value.toolCalls ?? []);
    const cut = next.value.finishReason === "length";
    if (items.isEmpty) yield* items.beginText();
    yield* items.end(next.value, cut ? "incomplete" : "completed");
    yield say(cut ? "response.incomplete" : "response.completed", { response: await finish(next.value) });
  }
}

type Say = (type: string, more: object) => string;

const partOf = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
const thoughtItem = (id: string, thought: string): object => ({
  type: "reasoning",
  id: id.replace(/^msg_/, "rs_"),
  summary: [],
  content: thought === "" ? [] : [{ type: "reasoning_text", text: thought }],
});
const callItem = ({ id, name, arguments: given }: ToolCall, status: string): object => ({
  type: "function_call",
  id: `fc_${id}`,
  call_id: id,
  name,
  arguments: given,
  status,
});

/** Items of an answer as they come: a thought, a text, then calls, one after another. */
class Items {
  readonly #say: Say;
  readonly #id: string;
  readonly #message: (text: string, status: string) => object;
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  /** Blanks before anything else: calls may follow that make them nothing. */
  #blank = "";
  #thought = "";
  #thoughtEnded = false;
  #text: string | undefined;

  constructor(say: Say, id: string, message: (text: string, status: string) => object) {
    this.#say = say;
    this.#id = id;
    this.#message = message;
  }

  get isEmpty(): boolean {
    return this.#text === undefined && this.#calls.length === 0;
  }

  get #place(): { item_id: string; output_index: number; content_index: number } {
    return { item_id: this.#id, output_index: this.#first, content_index: 0 };
  }

  // Where the text stands, or where there is none, the first call: behind a thought.
  get #first(): number {
    return this.#thought === "" ? 0 : 1;
  }

  *#think(thought: string): Generator<string> {
    const begun = thoughtItem(this.#id, "") as { id: string };
    if (this.#thought === "") yield this.#say("response.output_item.added", { output_index: 0, item: begun });
    this.#thought += thought;
    yield this.#say("response.reasoning_text.delta", { item_id: begun.id, output_index: 0, content_index: 0, delta: thought });
  }

  *#endThought(): Generator<string> {
    if (this.#thought === "" || this.#thoughtEnded) return;
    this.#thoughtEnded = true;
    const item = thoughtItem(this.#id, this.#thought) as { id: string };
    yield this.#say("response.reasoning_text.done", { item_id: item.id, output_index: 0, content_index: 0, text: this.#thought });
    yield this.#say("response.output_item.done", { output_index: 0, item });
  }

  *beginText(): Generator<string> {
    yield* this.#endThought();
    this.#text = "";
    yield this.#say("response.output_item.added", { output_index: this.#first, item: this.#message("", "in_progress") });
    yield this.#say("response.content_part.added", { ...this.#place, part: partOf("") });
  }

  *take({ thought, text }: { readonly thought: string; readonly text: string }, calls: readonly ToolCallDelta[]): Generator<string> {
    if (thought !== "") yield* this.#think(thought);
    if (this.#calls.length === 0 && text !== "") {
      if (this.#text === undefined && text.trim() === "") this.#blank += text;
      else {
        const whole = this.#text === undefined ? this.#blank + text : text;
        if (this.#text === undefined) yield* this.beginText();
        this.#text += whole;
        yield this.#say("response.output_text.delta", { ...this.#place, delta: whole, logprobs: [] });
      }
    }
    for (const { index, id = "", name = "", arguments: more } of calls) {
      const place = { item_id: `fc_${this.#calls[index]?.id ?? id}`, output_index: this.#first + index + (this.#text === undefined ? 0 : 1) };
      yield* this.#endThought();
      if (this.#calls[index] === undefined) {
        this.#calls[index] = { id, name, arguments: "" };
        const begun = callItem({ id, name, arguments: "" }, "in_progress");
        yield this.#say("response.output_item.added", { output_index: place.output_index, item: begun });
      }
      this.#calls[index].arguments += more;
      if (more !== "") yield this.#say("response.function_call_arguments.delta", { ...place, delta: more });
    }
  }

  *end({ text }: GenerateResult, status: string): Generator<string> {
    yield* this.#endThought();
    const first = this.#first + (this.#text === undefined ? 0 : 1);
    if (this.#text !== undefined) {
      yield this.#say("response.output_text.done", { ...this.#place, text, logprobs: [] });
      yield this.#say("response.content_part.done", { ...this.#place, part: partOf(text) });
      yield this.#say("response.output_item.done", { output_index: this.#first, item: this.#message(text, status) });
    }
    for (const [i, call] of this.#calls.entries()) {
      const place = { item_id: `fc_${call.id}`, output_index: first + i };
      yield this.#say("response.function_call_arguments.done", { ...place, name: call.name, arguments: call.arguments });
      yield this.#say("response.output_item.done", { output_index: first + i, item: callItem(call, status) });
    }
  }
}

const usageOf = ({ promptTokens, cachedPromptTokens, completionTokens }: GenerateResult) => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: cachedPromptTokens },
  output_tokens: completionTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens + completionTokens,
});
