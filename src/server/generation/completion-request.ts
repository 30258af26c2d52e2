// The body of POST /v1/completions: texts that are continued as they stand. Knows no HTTP.
import { z } from "zod";
import type { GenerateOptions } from "../../generate/index.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ServerLimits } from "../limits.ts";
import type { SamplingDefaults } from "../sampling-defaults.ts";
import { neutralChatFields, only } from "./neutral.ts";
import { bodyFormat, chatFormat, formFields } from "./response-format.ts";
import { samplingFields, samplingOptions } from "./sampling-fields.ts";

/** A request that has passed every check. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompts: readonly string[];
  readonly options: GenerateOptions;
  readonly n: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly echo: boolean;
  readonly user?: string;
}

const MOST_PROMPTS = 64;
/** OpenAI's default. */
const USUAL_TOKENS = 16;

function makeSchema(limits: ServerLimits) {
  return z.strictObject({
    model: z.string().min(1).max(4096),
    prompt: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(MOST_PROMPTS)]),
    ...samplingFields(limits),
    logprobs: z.int().min(0).max(20).nullish(),
    echo: z.boolean().nullish(),
    best_of: only(1),
    suffix: only(""),
    response_format: chatFormat,
    ...formFields,
    ...neutralChatFields,
  });
}

const schemas = new WeakMap<ServerLimits, ReturnType<typeof makeSchema>>();

function schemaOf(limits: ServerLimits): ReturnType<typeof makeSchema> {
  const schema = schemas.get(limits) ?? makeSchema(limits);
  schemas.set(limits, schema);
  return schema;
}

/** The body as JSON Schema. */
export const completionBody = (limits: ServerLimits): object => jsonSchema(schemaOf(limits));

/** Checks a parsed body. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readCompletionRequest(body: unknown, limits: ServerLimits, defaults: SamplingDefaults): CompletionRequest {
  const read = checked(schemaOf(limits), body);
  const options = samplingOptions({ ...read, max_tokens: read.max_tokens ?? USUAL_TOKENS }, defaults);
  const responseFormat = bodyFormat(read);
  return {
    model: read.model,
    prompts: typeof read.prompt === "string" ? [read.prompt] : read.prompt,
    options: {
      ...options,
      ...(read.logprobs == null ? {} : { logprobs: read.logprobs }),
      ...(responseFormat === undefined ? {} : { responseFormat }),
    },
    n: read.n ?? 1,
    stream: read.stream ?? false,
    includeUsage: read.stream_options?.include_usage ?? false,
    echo: read.echo ?? false,
    user: read.user ?? undefined,
  };
}
