// The body of POST /v1/chat/completions: its fields, their ranges, and what they mean to a generator. Knows no HTTP.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { InkstoneError, type Phrase } from "../core/index.ts";
import type { GenerateOptions, Message } from "../generate/index.ts";
import { checked } from "./fields.ts";
import type { ServerLimits } from "./limits.ts";

/** A request that has passed every check. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly options: GenerateOptions;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Opaque; for the operator's log only. */
  readonly user?: string;
}

const onlyText: Phrase = {
  en: 'only parts of type "text" are supported; images and other media are not fetched',
  zh: "仅支持 text 类型的内容；不会获取图片等媒体",
};

// A field that clients send though they ask nothing by it: only the value that changes nothing is taken.
function only(neutral: unknown, shown: string): z.ZodOptional<z.ZodUnknown> {
  const why: Phrase = { en: `only ${shown} is supported`, zh: `仅支持 ${shown}` };
  return z
    .unknown()
    .refine((value) => value == null || isDeepStrictEqual(value, neutral), { params: { why } })
    .optional();
}

const textPart = z.strictObject({
  type: z.string().refine((type) => type === "text", { params: { why: onlyText }, abort: true }),
  text: z.string(),
});
// Parts of another type are refused for their type, not for the fields that come with it.
const part = z.preprocess((value) => {
  const type = (value as { type?: unknown } | null)?.type;
  return typeof type === "string" && type !== "text" ? { type, text: "" } : value;
}, textPart);

const message = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.union([z.string(), z.array(part).min(1).max(256)]),
});

function bodySchema(limits: ServerLimits) {
  const stop = z.string().min(1).max(limits.stopCharacters);
  const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
  const tokens = z
    .int()
    .min(1)
    .max(2 ** 31 - 1);
  return z.strictObject({
    model: z.string().min(1).max(4096),
    messages: z.array(message).min(1).max(limits.messages),
    max_tokens: tokens.nullish(),
    max_completion_tokens: tokens.nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().gt(0).max(1).nullish(),
    top_k: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullish(),
    min_p: z.number().min(0).max(1).nullish(),
    repetition_penalty: z.number().min(0.01).max(10).nullish(),
    seed: seed.nullish(),
    stop: z.union([stop, z.array(stop).max(limits.stopStrings)]).nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_usage: z.boolean().nullish() }).nullish(),
    n: only(1, "1"),
    frequency_penalty: only(0, "0"),
    presence_penalty: only(0, "0"),
    logprobs: only(false, "false"),
    response_format: only({ type: "text" }, '{"type": "text"}'),
    user: z.string().max(512).nullish(),
  });
}

type Body = z.infer<ReturnType<typeof bodySchema>>;
const schemas = new WeakMap<ServerLimits, ReturnType<typeof bodySchema>>();

/**
 * Checks a parsed body.
 *
 * Errors: E_FIELD, E_FIELD_UNKNOWN, each with the path of the field.
 *
 * @example
 * const body = { model: "m", messages: [{ role: "user", content: "Hi" }], stop: "END", max_tokens: 9 };
 * const { options } = readChatRequest(body, defaultLimits); // { maxTokens: 9, stop: ["END"] }
 * readChatRequest({ ...body, logit_bias: {} }, defaultLimits); // throws E_FIELD_UNKNOWN
 */
export function readChatRequest(body: unknown, limits: ServerLimits): ChatRequest {
  refuseCrowd(body, limits);
  const schema = schemas.get(limits) ?? bodySchema(limits);
  schemas.set(limits, schema);
  const read: Body = checked(schema, body, Object.keys(schema.shape));
  if (read.stream_options && !read.stream) throw field("stream_options", { en: "it needs stream: true", zh: "需要 stream: true" });
  return {
    model: read.model,
    messages: read.messages.map(plain),
    options: optionsOf(read),
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

function plain({ role, content }: Body["messages"][number]): Message {
  return { role, content: typeof content === "string" ? content : content.map((one) => one.text).join("") };
}

function optionsOf(body: Body): GenerateOptions {
  const { max_tokens: old, max_completion_tokens: now } = body;
  if (old != null && now != null && old !== now)
    throw field("max_tokens", { en: "it contradicts max_completion_tokens", zh: "与 max_completion_tokens 矛盾" });
  const all = {
    maxTokens: now ?? old,
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    repetitionPenalty: body.repetition_penalty,
    seed: body.seed,
    stop: typeof body.stop === "string" ? [body.stop] : body.stop,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null)) as GenerateOptions;
}
