// How an answer is drawn, as the OpenAI shapes say it: the fields that chats and completions share. Knows no prompts.
import { z } from "zod";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { GenerateOptions } from "../../generate/index.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";

const MOST = 2 ** 31 - 1;

const bias = z
  .record(z.string().regex(/^\d{1,10}$/), z.number().min(-100).max(100))
  .refine((given) => Object.keys(given).length <= 1024, { params: { why: { en: "at most 1024 tokens", zh: "最多 1024 个词元" } } });

/** -1 is what clients of local servers send for "none". */
const orNone = (schema: z.ZodNumber) => z.union([schema, z.literal(-1)]).nullish();

/** What the fields of sampling give. */
export interface SamplingBody {
  readonly max_tokens?: number | null;
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly repetition_penalty?: number | null;
  readonly repeat_penalty?: number | null;
  readonly repeat_last_n?: number | null;
  readonly presence_penalty?: number | null;
  readonly frequency_penalty?: number | null;
  readonly logit_bias?: Record<string, number> | null;
  readonly seed?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly n?: number | null;
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean | null; readonly include_obfuscation?: false | null } | null;
  readonly user?: string | null;
  /** Ours: which of the model's adapters, by name; "" for none. */
  readonly adapter?: string | null;
}

/** The fields of sampling, as zod has them. */
export type SamplingFields = { readonly [Field in keyof Required<SamplingBody>]: z.ZodType<SamplingBody[Field]> };

/** The fields within these limits. */
export function samplingFields(limits: ServerLimits): SamplingFields {
  const stop = z.string().min(1).max(limits.stopCharacters);
  return {
    max_tokens: orNone(z.int().min(1).max(MOST)),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    top_k: orNone(z.int().min(0).max(MOST)),
    min_p: z.number().min(0).max(1).nullish(),
    repetition_penalty: z.number().min(0.01).max(10).nullish(),
    repeat_penalty: z.number().min(0.01).max(10).nullish(),
    repeat_last_n: orNone(z.int().min(0).max(MOST)),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    logit_bias: bias.nullish(),
    seed: orNone(z.int().min(0).max(Number.MAX_SAFE_INTEGER)),
    stop: z.union([stop, z.array(stop).max(limits.stopStrings)]).nullish(),
    n: z.int().min(1).max(limits.choices).nullish(),
    stream: z.boolean().nullish(),
    stream_options: z
      .strictObject({
        include_usage: z.boolean().nullish(),
        include_obfuscation: z.literal(false).nullish(),
        continuous_usage_stats: z.literal(false).nullish(),
      })
      .nullish(),
    user: z.string().max(512).nullish(),
    adapter: z.string().max(256).nullish(),
  };
}

const field = (name: string, why: Phrase) => new InkstoneError("E_FIELD", { field: name, why });

/** Options of a generator. Where nothing is said of the temperature, it is as local servers have it; where it is, only what is said counts. Errors: E_FIELD for two fields that contradict each other. */
export function samplingOptions(body: SamplingBody, defaults: SamplingDefaults): GenerateOptions {
  if (body.stream_options && !body.stream) throw field("stream_options", { en: "it needs stream: true", zh: "需要 stream: true" });
  const { repetition_penalty: one, repeat_penalty: other } = body;
  if (one != null && other != null && one !== other)
    throw field("repeat_penalty", { en: "it contradicts repetition_penalty", zh: "与 repetition_penalty 矛盾" });
  const none = (value: number | null | undefined) => (value === -1 ? undefined : value);
  const greedy = body.top_p === 0;
  const all = {
    maxTokens: none(body.max_tokens),
    temperature: body.temperature ?? defaults.temperature,
    topP: greedy ? undefined : (body.top_p ?? (body.temperature == null ? defaults.topP : undefined)),
    topK: greedy ? 1 : none(body.top_k),
    minP: body.min_p,
    repetitionPenalty: one ?? other,
    repetitionWindow: none(body.repeat_last_n),
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    logitBias: body.logit_bias,
    seed: none(body.seed),
    adapter: body.adapter,
    stop: typeof body.stop === "string" ? [body.stop] : body.stop,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null)) as GenerateOptions;
}
