// Response formats: what a caller asks an answer to look like, checked, and as a grammar for the engine. Knows no model.
import type { Phrase } from "../../core/index.ts";
import type { GenerateResult, JsonSchema, ResponseFormat, StandardSchema } from "../types.ts";
import { translatePattern } from "./pattern.ts";
import { readSchema, refuse, schemaLimits } from "./schema.ts";
import { answerValue } from "./value.ts";

/** A form as the engine takes it. */
export interface Grammar {
  readonly kind: "schema" | "regex" | "lark";
  readonly text: string;
}

/** White space between the parts of JSON: none, a blank, or a line and its indent. Without a bound a small model may write blanks for ever. */
export const WHITE_SPACE = "( |\\n {0,32})?";

/** The grammar of a schema that was read: `readSchema`. */
const schemaGrammar = (read: unknown): Grammar => {
  const open = typeof read === "boolean" ? (read ? {} : refuse("schema", { en: "nothing satisfies it", zh: "没有任何值满足它" })) : (read as object);
  return { kind: "schema", text: JSON.stringify({ ...open, "x-guidance": { whitespace_flexible: true, whitespace_pattern: WHITE_SPACE } }) };
};

const isStandard = (format: object): format is StandardSchema<unknown> => "~standard" in format;

const types = ["text", "json_object", "json_schema", "regex", "lark"];

// A schema that says itself what it is in JSON Schema (zod 4.2 and later, and others of the standard).
function standardSchema(format: StandardSchema<unknown>): JsonSchema {
  const { jsonSchema, vendor } = format["~standard"];
  if (jsonSchema === undefined)
    refuse("schema", { en: `${vendor}'s schemas do not give their JSON Schema`, zh: `${vendor} 的模式不提供 JSON Schema` });
  try {
    return closed(jsonSchema.input({ target: "draft-2020-12" })) as JsonSchema;
  } catch (error) {
    return refuse(
      "schema",
      error instanceof Error ? [error.message.replace(/\.$/, "")] : { en: "it has no JSON Schema", zh: "没有对应的 JSON Schema" },
    );
  }
}

// An object of such a schema drops or refuses names that it does not have: none is written. Where objects are put together, each leaves room for the others.
function closed(schema: unknown, alone = true): unknown {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, alone));
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([name, part]) => [
    name,
    name === "enum" || name === "const" ? part : closed(part, alone && name !== "allOf"),
  ]);
  const shut = alone && "properties" in schema && !("additionalProperties" in schema) && !("patternProperties" in schema);
  return { ...Object.fromEntries(parts), ...(shut ? { additionalProperties: false } : {}) };
}

function ofText(value: unknown, place: string, most: number): string {
  if (typeof value === "string" && value !== "" && Buffer.byteLength(value, "utf8") <= most) return value;
  return refuse(place, { en: `it must be a text of 1 to ${most} bytes`, zh: `必须是 1 到 ${most} 字节的文本` });
}

function known(format: Readonly<Record<string, unknown>>, allowed: readonly string[]): void {
  const more = Object.keys(format).find((name) => !allowed.includes(name) && format[name] !== undefined);
  const why: Phrase = { en: `it has no such field; it has ${allowed.join(", ")}`, zh: `没有此字段；可用字段：${allowed.join("、")}` };
  if (more !== undefined) refuse(more.slice(0, 80), why);
}

/**
 * The grammar of a response format; undefined where the text is free.
 *
 * Errors: `E_RESPONSE_FORMAT`.
 *
 * @example
 * grammarOf({ type: "regex", pattern: "yes|no" }); // { kind: "regex", text: "(?:yes|no)" }
 * grammarOf({ type: "text" }); // undefined
 */
export function grammarOf(format: ResponseFormat | undefined): Grammar | undefined {
  if (format === undefined) return undefined;
  if (typeof format !== "object" || format === null)
    return refuse("type", { en: `it must be one of ${types.join(", ")}`, zh: `必须是以下之一：${types.join("、")}` });
  if (isStandard(format)) return schemaGrammar(readSchema(standardSchema(format)));
  const given = format as Readonly<Record<string, unknown>>;
  if (given.type === "json_schema") {
    known(given, ["type", "schema", "name", "description", "strict"]);
    return schemaGrammar(readSchema(given.schema));
  }
  if (given.type === "regex") {
    known(given, ["type", "pattern"]);
    const made = translatePattern(ofText(given.pattern, "pattern", schemaLimits.patternCharacters));
    if (typeof made !== "string")
      refuse("pattern", { en: `regular expressions here have no ${made.feature}`, zh: `此处的正则表达式不支持 ${made.feature}` });
    return { kind: "regex", text: `(?:${made.replace(/^\^/, "").replace(/(?<!\\)\$$/, "")})` };
  }
  if (given.type === "lark") {
    known(given, ["type", "grammar"]);
    return { kind: "lark", text: ofText(given.grammar, "grammar", schemaLimits.bytes) };
  }
  known(given, ["type"]);
  if (given.type === "text") return undefined;
  if (given.type === "json_object") return schemaGrammar({ type: "object" });
  return refuse("type", { en: `it must be one of ${types.join(", ")}`, zh: `必须是以下之一：${types.join("、")}` });
}

/**
 * The result with its value, where the format has one: the JSON of the answer, as a standard schema makes it. An answer that was cut has none.
 *
 * Errors: `E_ANSWER_VALUE` where a standard schema was given and the answer was cut or is refused by it.
 *
 * @example
 * const model = await LanguageModel.open("model.gguf");
 * const result = await model.generate("Hello", { maxTokens: 2 });
 * (await withValue({ ...result, text: "[1]" }, { type: "json_schema", schema: { type: "array" } })).value; // [1]
 * await model.close();
 */
export async function withValue(result: GenerateResult, format: ResponseFormat | undefined): Promise<GenerateResult> {
  if (format === undefined || result.finishReason === "cancelled" || result.toolCalls !== undefined) return result;
  if (isStandard(format)) return { ...result, value: await answerValue(result, format) };
  if (format.type !== "json_object" && format.type !== "json_schema") return result;
  try {
    return { ...result, value: JSON.parse(result.text) as unknown };
  } catch {
    return result; // it was cut
  }
}
