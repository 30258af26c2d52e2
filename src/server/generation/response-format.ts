// What an answer is to look like, as each of the shapes says it. Whether a schema can be enforced is the generator's to say. Knows no routes.
import { z } from "zod";
import { grammarOf, type JsonSchema, type ResponseFormat } from "../../generate/index.ts";

const jsonSchema: z.ZodType<JsonSchema> = z.union([z.record(z.string(), z.unknown()), z.boolean()]);
const named = {
  name: z.string().min(1).max(64),
  description: z.string().max(4096).nullish(),
  schema: jsonSchema,
  strict: z.boolean().nullish(),
};

/** `response_format` of OpenAI's chats. */
export const chatFormat: z.ZodType<ChatFormat | null | undefined> = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text") }),
    z.strictObject({ type: z.literal("json_object") }),
    z.strictObject({ type: z.literal("json_schema"), json_schema: z.strictObject(named) }),
  ])
  .nullish();

/** As `chatFormat` reads it. */
export type ChatFormat =
  | { readonly type: "text" | "json_object" }
  | { readonly type: "json_schema"; readonly json_schema: { readonly name: string; readonly schema: JsonSchema } };

/** `text.format` of OpenAI's responses: the same without the inner object. */
export const responseTextFormat: z.ZodType<TextFormat | null | undefined> = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text") }),
    z.strictObject({ type: z.literal("json_object") }),
    z.strictObject({ type: z.literal("json_schema"), ...named }),
  ])
  .nullish();

/** As `responseTextFormat` reads it. */
export type TextFormat =
  | { readonly type: "text" | "json_object" }
  | { readonly type: "json_schema"; readonly name: string; readonly schema: JsonSchema };

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
  if (given.type === "json_object") return { type: "json_object" };
  if (given.type !== "json_schema") return { type: "json_schema", schema: given as JsonSchema };
  const { schema } = ("json_schema" in given ? given.json_schema : given) as { schema: JsonSchema };
  return { type: "json_schema", schema };
}
