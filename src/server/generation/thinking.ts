// Whether a model thinks before it answers, as the clients of several servers say it. Knows no routes.
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import { only } from "./neutral.ts";

const flag = z.boolean().nullish();
type Flag = boolean | null | undefined;

/** Fields of a body: Qwen's own API, vLLM's and llama-server's values of the chat template, OpenAI's effort (of which "none" is all that can be told to these models). */
export const thinkingFields: { readonly [Field in keyof Required<ThinkingBody>]: z.ZodType<ThinkingBody[Field]> } = {
  enable_thinking: flag,
  chat_template_kwargs: z.strictObject({ enable_thinking: flag, thinking: flag }).nullish(),
  reasoning_effort: only("none"),
};

/** What they give. */
export interface ThinkingBody {
  readonly enable_thinking?: Flag;
  readonly chat_template_kwargs?: { readonly enable_thinking?: Flag; readonly thinking?: Flag } | null | undefined;
  readonly reasoning_effort?: unknown;
}

/**
 * The option of a generator; none where nothing is said. Errors: E_FIELD for two fields that contradict each other.
 *
 * @example
 * thinkingOf({ chat_template_kwargs: { enable_thinking: false } }); // { thinking: false }
 */
export function thinkingOf({ enable_thinking: own, chat_template_kwargs: values, reasoning_effort: effort }: ThinkingBody): {
  readonly thinking?: boolean;
} {
  const said = [
    ["enable_thinking", own],
    ["chat_template_kwargs.enable_thinking", values?.enable_thinking],
    ["chat_template_kwargs.thinking", values?.thinking],
    ["reasoning_effort", effort == null ? undefined : false],
  ] as const;
  const given = said.flatMap(([field, value]) => (value == null ? [] : [{ field, value }]));
  if (given.length === 0) return {};
  const [{ field: first, value }] = given;
  const other = given.find((one) => one.value !== value);
  if (other !== undefined) throw new InkstoneError("E_FIELD", { field: other.field, why: { en: `it contradicts ${first}`, zh: `与 ${first} 矛盾` } });
  return { thinking: value };
}
