// A typed value out of an answer: its JSON, held against the schema that was given, which may make more of it. Knows no model.
import { InkstoneError } from "../../core/index.ts";
import type { GenerateResult, StandardSchema } from "../types.ts";

/**
 * The value of an answer. Errors: `E_ANSWER_VALUE` where it was cut before its end, or where the schema refuses it (what is not in its JSON Schema, such as a refinement).
 */
export async function answerValue<T>({ text, finishReason, completionTokens }: GenerateResult, schema: StandardSchema<T>): Promise<T> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    const cut = { en: `it was cut after ${completionTokens} tokens`, zh: `在 ${completionTokens} 个词元后被截断` };
    throw new InkstoneError("E_ANSWER_VALUE", { why: finishReason === "length" ? cut : { en: "it is no JSON", zh: "不是 JSON" } });
  }
  const checked = await schema["~standard"].validate(parsed);
  if (checked.issues === undefined) return checked.value as T;
  const [{ message, path = [] }] = checked.issues;
  const at = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  throw new InkstoneError("E_ANSWER_VALUE", { why: [at === "" ? message : `${at}: ${message}`] });
}
