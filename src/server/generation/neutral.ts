// Fields that clients send though they ask nothing by them: taken with the values that change nothing, refused by name with any other. Knows no routes.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Phrase } from "../../core/index.ts";

/** A field of which only null and these values are taken. */
export function only(...neutral: readonly unknown[]): z.ZodOptional<z.ZodUnknown> {
  return neutralOr(undefined, neutral);
}

/** The same of a field that another one has taken the place of. */
export function replaced(by: string, ...neutral: readonly unknown[]): z.ZodOptional<z.ZodUnknown> {
  return neutralOr(by, neutral);
}

function neutralOr(by: string | undefined, neutral: readonly unknown[]): z.ZodOptional<z.ZodUnknown> {
  const shown = neutral.length === 0 ? "null" : neutral.map((value) => JSON.stringify(value)).join(", ");
  const [en, zh] = by === undefined ? ["", ""] : [`; "${by}" is what does this`, `；请改用“${by}”`];
  const why: Phrase = { en: `only ${shown} is supported${en}`, zh: `仅支持 ${shown}${zh}` };
  return z
    .unknown()
    .refine((value) => value == null || neutral.some((one) => isDeepStrictEqual(value, one)), { params: { why } })
    .optional();
}

/** Fields whose values nobody reads. */
export type NeutralFields = Readonly<Record<string, z.ZodType>>;

/** A name or label that the server need not understand. */
const label = z.string().max(512).nullish();

/** Anthropic's mark for what its cache is to keep, and for how long: it changes no answer, and what is kept here is kept anyway. */
export const cacheHint: z.ZodType<unknown> = z
  .strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).nullish(), scope: z.string().max(64).nullish() })
  .nullish();

/** Of a chat's body, by OpenAI's reference and by what local servers' clients add. */
export const neutralChatFields: NeutralFields = {
  audio: only(),
  cache_prompt: only(true),
  function_call: replaced("tool_choice", "none", "auto"),
  functions: replaced("tools", []),
  ignore_eos: only(false),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  min_tokens: only(0),
  mirostat: only(0),
  modalities: only(["text"]),
  prediction: only(),
  prompt_cache_key: label,
  prompt_cache_retention: only("in_memory", "in-memory"),
  safety_identifier: label,
  service_tier: only("auto", "default"),
  skip_special_tokens: only(true),
  store: only(false),
  tfs_z: only(1),
  typical_p: only(1),
  verbosity: only("medium"),
  web_search_options: only(),
};

/** Of a message. */
export const neutralMessageFields: NeutralFields = {
  annotations: only([]),
  audio: only(),
  function_call: only(),
  parsed: z.unknown().optional(), // the client's own reading of the content
  // What was thought before an earlier answer is no part of the next prompt: clients send it back, and it is left out, as everywhere.
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  refusal: only(""),
};

/** Of a part of a message. */
export const neutralPartFields: NeutralFields = {
  annotations: only([]),
  cache_control: cacheHint,
  prompt_cache_breakpoint: only(),
};
