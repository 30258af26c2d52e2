// The body of POST /v1/chat/completions: its fields, their ranges, and what they mean to a generator. Knows no HTTP.
import { z } from "zod";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { GenerateOptions, Message } from "../../generate/index.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";
import { neutralChatFields, neutralMessageFields, neutralPartFields } from "./neutral.ts";
import { bodyFormat, chatFormat, formFields } from "./response-format.ts";
import { samplingFields, samplingOptions } from "./sampling-fields.ts";
import { thinkingFields, thinkingOf } from "./thinking.ts";
import { callsOf, chatToolFields, chatTools, sentCall } from "./tools.ts";

/** Calls of one message. */
const MOST_CALLS = 128;

/** A request that has passed every check. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly options: GenerateOptions;
  /** How many answers. */
  readonly n: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Opaque; for the operator's log only. */
  readonly user?: string;
}

const onlyText: Phrase = {
  en: 'only parts of type "text" are supported; images and other media are not fetched',
  zh: "仅支持 text 类型的内容；不会获取图片等媒体",
};

const textPart = z.strictObject({
  type: z.string().refine((type) => type === "text", { params: { why: onlyText }, abort: true }),
  text: z.string(),
  ...neutralPartFields,
});
// Parts of another type are refused for their type, not for the fields that come with it.
const part = z.preprocess((value) => {
  const type = (value as { type?: unknown } | null)?.type;
  return typeof type === "string" && type !== "text" ? { type, text: "" } : value;
}, textPart);

const content = z.union([z.string(), z.array(part).max(256)]);
const toolOnly: Phrase = { en: "messages of tools have one, others none", zh: "只有 tool 消息才有且必须有此字段" };
const assistantOnly: Phrase = { en: "only an assistant's has any", zh: "只有 assistant 消息才有" };
const noParts: Phrase = { en: "only an assistant's may have no parts", zh: "仅 assistant 消息可以没有内容部分" };
const noContent: Phrase = { en: "only an assistant's may be null", zh: "仅 assistant 消息可为 null" };
const message = z
  .strictObject({
    role: z.enum(["system", "developer", "user", "assistant", "tool"]),
    content: content.nullish(),
    name: z.string().max(256).nullish(),
    tool_calls: z.array(sentCall).max(MOST_CALLS).nullish(),
    tool_call_id: z.string().min(1).max(200).nullish(),
    ...neutralMessageFields,
  })
  .superRefine((value, context) => {
    if ((value.role === "tool") !== (value.tool_call_id != null))
      context.addIssue({ code: "custom", path: ["tool_call_id"], params: { why: toolOnly }, input: null });
    if (value.role !== "assistant" && (value.tool_calls ?? []).length > 0)
      context.addIssue({ code: "custom", path: ["tool_calls"], params: { why: assistantOnly }, input: null });
    if (Array.isArray(value.content) && value.content.length === 0 && value.role !== "assistant")
      context.addIssue({ code: "custom", path: ["content"], params: { why: noParts }, input: [] });
    if (value.content != null || value.role === "assistant") return;
    if (value.content === undefined) context.addIssue({ code: "invalid_type", expected: "string", path: ["content"], input: undefined });
    else context.addIssue({ code: "custom", path: ["content"], params: { why: noContent }, input: null });
  });

function makeSchema(limits: ServerLimits) {
  const fields = samplingFields(limits);
  return z.strictObject({
    model: z.string().min(1).max(4096),
    messages: z.array(message).min(1).max(limits.messages),
    max_completion_tokens: fields.max_tokens,
    ...fields,
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    response_format: chatFormat,
    ...formFields,
    ...chatToolFields,
    ...thinkingFields,
    ...neutralChatFields,
  });
}

type Schema = ReturnType<typeof makeSchema>;
const schemas = new WeakMap<ServerLimits, Schema>();

function schemaOf(limits: ServerLimits): Schema {
  const schema = schemas.get(limits) ?? makeSchema(limits);
  schemas.set(limits, schema);
  return schema;
}

/** The body as JSON Schema. */
export const chatBody = (limits: ServerLimits): object => jsonSchema(schemaOf(limits));

/**
 * Checks a parsed body.
 *
 * Errors: E_FIELD, E_FIELD_UNKNOWN, each with the path of the field.
 *
 * @example
 * const body = { model: "m", messages: [{ role: "user", content: "Hi" }], stop: "END", max_tokens: 9 };
 * const { options } = readChatRequest(body, defaultLimits, { temperature: 1, topP: 1 }); // { maxTokens: 9, temperature: 1, topP: 1, stop: ["END"] }
 * readChatRequest({ ...body, best_off: 2 }, defaultLimits); // throws E_FIELD_UNKNOWN
 */
export function readChatRequest(body: unknown, limits: ServerLimits, defaults: SamplingDefaults = { temperature: 0, topP: 1 }): ChatRequest {
  refuseCrowd(body, limits);
  const read = checked(schemaOf(limits), body);
  const { max_tokens: old, max_completion_tokens: now } = read;
  if (old != null && now != null && old !== now)
    throw field("max_tokens", { en: "it contradicts max_completion_tokens", zh: "与 max_completion_tokens 矛盾" });
  if (read.top_logprobs && !read.logprobs) throw field("top_logprobs", { en: "it needs logprobs: true", zh: "需要 logprobs: true" });
  const responseFormat = bodyFormat(read);
  const options = samplingOptions({ ...read, max_tokens: now ?? old }, defaults);
  return {
    model: read.model,
    messages: read.messages.map(plain),
    options: {
      ...options,
      ...(read.logprobs ? { logprobs: read.top_logprobs ?? 0 } : {}),
      ...thinkingOf(read),
      ...chatTools(read),
      ...(responseFormat === undefined ? {} : { responseFormat }),
    },
    n: read.n ?? 1,
    stream: read.stream ?? false,
    includeUsage: read.stream_options?.include_usage ?? false,
    user: read.user ?? undefined,
  };
}

// Before every element is looked at.
function refuseCrowd(body: unknown, limits: ServerLimits): void {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw field("body", { en: "it must be an object", zh: "必须是对象" });
  const { messages } = body as { messages?: unknown };
  if (Array.isArray(messages) && messages.length > limits.messages)
    throw field("messages", { en: `it must have at most ${limits.messages} elements`, zh: `元素个数必须不大于 ${limits.messages}` });
}

const field = (name: string, why: Phrase) => new InkstoneError("E_FIELD", { field: name, why });

type Sent = z.output<typeof message>;

function plain({ role, content: sent, name, tool_calls: calls, tool_call_id: called }: Sent): Message {
  const text = typeof sent === "string" ? sent : (sent ?? []).map((one) => one.text).join("");
  const plainMessage = {
    role: role === "developer" ? ("system" as const) : role,
    content: text,
    ...callsOf(calls),
    ...(called == null ? {} : { toolCallId: called }),
  };
  return name == null ? plainMessage : { ...plainMessage, name };
}
