// What an answer is to look like, as each of the shapes says it. Whether a schema can be enforced is the generator's to say. Knows no routes.
import { z } from "zod";
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { grammarOf, type JsonSchema, type ResponseFormat } from "../../generate/index.ts";

const jsonSchema: z.ZodType<JsonSchema> = z.union([z.record(z.string(), z.unknown()), z.boolean()]);
const named = {
  name: z.string().min(1).max(64),
  description: z.string().max(4096).nullish(),
  schema: jsonSchema,
  strict: z.boolean().nullish(),
};

const pattern = z.string().min(1).max(65_536);
/** A regular expression or a grammar in llguidance's Lark: ours. */
const ours = [z.strictObject({ type: z.literal("regex"), pattern }), z.strictObject({ type: z.literal("lark"), grammar: pattern })] as const;
const needed: Phrase = { en: "it needs json_schema: { name, schema }", zh: "需要 json_schema: { name, schema }" };

/** `response_format` of OpenAI's chats. Local servers' clients also write the schema beside the type: of `json_schema`, and of `json_object`, which it then narrows. */
export const chatFormat: z.ZodType<ChatFormat | null | undefined> = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text") }),
    z.strictObject({ type: z.literal("json_object"), schema: jsonSchema.nullish() }),
    z
      .strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject(named).optional(), schema: jsonSchema.optional() })
      .refine((given) => (given.json_schema === undefined) !== (given.schema === undefined), { path: ["json_schema"], params: { why: needed } }),
    ...ours,
  ])
  .nullish();

/** As `chatFormat` reads it. */
export type ChatFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object"; readonly schema?: JsonSchema | null }
  | { readonly type: "json_schema"; readonly json_schema?: { readonly name: string; readonly schema: JsonSchema }; readonly schema?: JsonSchema }
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "lark"; readonly grammar: string };

/** `text.format` of OpenAI's responses: the same without the inner object. */
export const responseTextFormat: z.ZodType<TextFormat | null | undefined> = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text") }),
    z.strictObject({ type: z.literal("json_object") }),
    z.strictObject({ type: z.literal("json_schema"), ...named }),
    ...ours,
  ])
  .nullish();

/** As `responseTextFormat` reads it. */
export type TextFormat =
  | { readonly type: "text" | "json_object" }
  | { readonly type: "json_schema"; readonly name: string; readonly schema: JsonSchema }
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "lark"; readonly grammar: string };

/** `output_config.format` of Anthropic's messages: a schema without a name. */
export const messageFormat: z.ZodType<ChatFormat | null | undefined> = z
  .strictObject({ type: z.literal("json_schema"), schema: jsonSchema })
  .nullish();

/** `format` of Ollama: "json", or a schema. */
export const ollamaFormat: z.ZodType<OllamaFormat | null | undefined> = z.union([z.enum(["", "json"]), z.record(z.string(), z.unknown())]).nullish();

/** As `ollamaFormat` reads it. */
export type OllamaFormat = "" | "json" | Readonly<Record<string, unknown>>;

/** Any of the three as a generator takes it; undefined: free text. Errors: E_RESPONSE_FORMAT for a schema that cannot be enforced. */
export function formatOf(given: ChatFormat | TextFormat | OllamaFormat | null | undefined): ResponseFormat | undefined {
  const format = plainFormat(given);
  grammarOf(format);
  return format;
}

function plainFormat(given: ChatFormat | TextFormat | OllamaFormat | null | undefined): ResponseFormat | undefined {
  if (given == null || given === "") return undefined;
  if (given === "json") return { type: "json_object" };
  if (given.type === "text") return undefined;
  if (given.type === "regex" || given.type === "lark") return given as ResponseFormat;
  if (given.type !== "json_object" && given.type !== "json_schema") return { type: "json_schema", schema: given as JsonSchema };
  const { schema } = ("json_schema" in given && given.json_schema !== undefined ? given.json_schema : given) as { schema?: JsonSchema | null };
  return schema == null ? { type: "json_object" } : { type: "json_schema", schema };
}

const choices = z.array(z.string().min(1).max(4096)).min(1).max(1024);
const gbnf: Phrase = {
  en: 'GBNF and EBNF are not read here; response_format { type: "lark", grammar } takes a grammar in Lark',
  zh: '不支持 GBNF 与 EBNF；请用 Lark 语法：response_format { type: "lark", grammar }',
};
const refused = z
  .unknown()
  .refine((value) => value == null || value === "", { params: { why: gbnf } })
  .optional();

/** What clients of vLLM and llama-server send in place of `response_format`, beside the other fields. */
export const formFields: FormFields = {
  json_schema: jsonSchema.nullish(),
  guided_json: jsonSchema.nullish(),
  guided_regex: pattern.nullish(),
  guided_choice: choices.nullish(),
  structured_outputs: z
    .strictObject({ json: jsonSchema.nullish(), regex: pattern.nullish(), choice: choices.nullish(), json_object: z.boolean().nullish() })
    .nullish(),
  grammar: refused,
  guided_grammar: refused,
};

/** As `formFields` reads them. */
export interface FormBody {
  readonly json_schema?: JsonSchema | null;
  readonly guided_json?: JsonSchema | null;
  readonly guided_regex?: string | null;
  readonly guided_choice?: readonly string[] | null;
  readonly structured_outputs?: {
    readonly json?: JsonSchema | null;
    readonly regex?: string | null;
    readonly choice?: readonly string[] | null;
    readonly json_object?: boolean | null;
  } | null;
  readonly grammar?: unknown;
  readonly guided_grammar?: unknown;
}
type FormFields = { readonly [Field in keyof Required<FormBody>]: z.ZodType<FormBody[Field]> };

/** What a body asks its answer to be held to, however it says so; undefined: free text. Errors: E_FIELD where it says two things; E_RESPONSE_FORMAT. */
export function bodyFormat(body: FormBody & { readonly response_format?: ChatFormat | null }): ResponseFormat | undefined {
  const { structured_outputs: structured } = body;
  const said: [field: string, format: ResponseFormat | undefined][] = [
    ["response_format", plainFormat(body.response_format)],
    ["json_schema", schemaFormat(body.json_schema)],
    ["guided_json", schemaFormat(body.guided_json)],
    ["guided_regex", patternFormat(body.guided_regex)],
    ["guided_choice", choiceFormat(body.guided_choice)],
    ["structured_outputs", schemaFormat(structured?.json)],
    ["structured_outputs", patternFormat(structured?.regex)],
    ["structured_outputs", choiceFormat(structured?.choice)],
    ["structured_outputs", structured?.json_object ? { type: "json_object" } : undefined],
  ];
  const [first, second] = said.filter(([, format]) => format !== undefined);
  if (second !== undefined)
    throw new InkstoneError("E_FIELD", {
      field: second[0],
      why: { en: `${first[0]} says already what the answer is held to`, zh: `${first[0]} 已规定回答的形式` },
    });
  grammarOf(first?.[1]);
  return first?.[1];
}

const schemaFormat = (schema: JsonSchema | null | undefined): ResponseFormat | undefined =>
  schema == null ? undefined : { type: "json_schema", schema };
const patternFormat = (given: string | null | undefined): ResponseFormat | undefined =>
  given == null ? undefined : { type: "regex", pattern: given };
const choiceFormat = (given: readonly string[] | null | undefined): ResponseFormat | undefined =>
  patternFormat(given?.map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"));
