// Tools and calls as each of the shapes says them, and as a generator takes and gives them. Knows no routes.
import { z } from "zod";
import { checkTools, type JsonSchema, type Message, type Tool, type ToolCall, type ToolChoice } from "../../generate/index.ts";
import { only } from "./neutral.ts";

/** What a request says of tools, as options of a generator. */
export interface ToolWish {
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
}

const MOST_TOOLS = 128;
const schema: z.ZodType<JsonSchema> = z.record(z.string(), z.unknown());
const functionFields = {
  name: z.string().min(1).max(64),
  description: z.string().nullish(),
  parameters: schema.nullish(),
  strict: z.boolean().nullish(),
};

/** A function as OpenAI describes it. */
export interface Described {
  readonly name: string;
  readonly description?: string | null;
  readonly parameters?: JsonSchema | null;
  readonly strict?: boolean | null;
}

/** The zod fields of a body. */
type Fields<Body> = { readonly [Field in keyof Required<Body>]: z.ZodType<Body[Field]> };

/** Tools of OpenAI's chats. */
export interface ChatToolBody {
  readonly tools?: readonly { readonly function: Described }[] | null;
  readonly tool_choice?: "none" | "auto" | "required" | { readonly function: { readonly name: string } } | null;
  readonly parallel_tool_calls?: boolean | null;
}

/** Tools of OpenAI's responses. */
export interface ResponseToolBody {
  readonly tools?: readonly Described[] | null;
  readonly tool_choice?: "none" | "auto" | "required" | { readonly name: string } | null;
  readonly parallel_tool_calls?: boolean | null;
}

type MessageChoice =
  | { readonly type: "auto" | "any"; readonly disable_parallel_tool_use?: boolean | null }
  | { readonly type: "none" }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: boolean | null };

/** Tools of Anthropic's messages. */
export interface MessageToolBody {
  readonly tools?:
    | readonly { readonly name: string; readonly description?: string | null; readonly input_schema: JsonSchema; readonly strict?: boolean | null }[]
    | null;
  readonly tool_choice?: MessageChoice | null;
}

const toolOf = ({ name, description, parameters, strict }: Described): Tool => ({
  name,
  ...(description == null ? {} : { description }),
  ...(parameters == null ? {} : { parameters }),
  ...(strict == null ? {} : { strict }),
});

/** What was asked for, where there is anything; checked before anything waits. Errors: E_TOOLS. */
export function wishOf(tools: readonly Tool[], toolChoice: ToolChoice | undefined, parallelToolCalls: boolean | undefined): ToolWish {
  checkTools(tools, toolChoice, parallelToolCalls);
  if (tools.length === 0) return {};
  return { tools, ...(toolChoice === undefined ? {} : { toolChoice }), ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }) };
}

/** `tools` and `tool_choice` of OpenAI's chats. */
export const chatToolFields: Fields<ChatToolBody> = {
  tools: z
    .array(z.strictObject({ type: z.literal("function"), function: z.strictObject(functionFields) }))
    .max(MOST_TOOLS)
    .nullish(),
  tool_choice: z
    .union([
      z.enum(["none", "auto", "required"]),
      z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: z.string().max(64) }) }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

/** What they ask for. Errors: E_TOOLS. */
export function chatTools({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ChatToolBody): ToolWish {
  const toolChoice = typeof choice === "object" && choice !== null ? { name: choice.function.name } : (choice ?? undefined);
  return wishOf(
    (tools ?? []).map((tool) => toolOf(tool.function)),
    toolChoice,
    parallel ?? undefined,
  );
}

/** `tools` and `tool_choice` of OpenAI's responses. */
export const responseToolFields: Fields<ResponseToolBody> = {
  tools: z
    .array(z.strictObject({ type: z.literal("function"), ...functionFields }))
    .max(MOST_TOOLS)
    .nullish(),
  tool_choice: z.union([z.enum(["none", "auto", "required"]), z.strictObject({ type: z.literal("function"), name: z.string().max(64) })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

/** What they ask for. Errors: E_TOOLS. */
export function responseTools({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ResponseToolBody): ToolWish {
  const toolChoice = typeof choice === "object" && choice !== null ? { name: choice.name } : (choice ?? undefined);
  return wishOf((tools ?? []).map(toolOf), toolChoice, parallel ?? undefined);
}

/** `tools` and `tool_choice` of Anthropic's messages. */
export const messageToolFields: Fields<MessageToolBody> = {
  tools: z
    .array(
      z.strictObject({
        type: z.literal("custom").nullish(),
        name: z.string().min(1).max(64),
        description: z.string().nullish(),
        input_schema: schema,
        strict: z.boolean().nullish(),
        cache_control: z.unknown().optional(),
        eager_input_streaming: z.boolean().nullish(), // arguments are always sent as they are written
        defer_loading: only(false),
        allowed_callers: only(["direct"]),
        input_examples: only([]),
      }),
    )
    .max(MOST_TOOLS)
    .nullish(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.enum(["auto", "any"]), disable_parallel_tool_use: z.boolean().nullish() }),
      z.strictObject({ type: z.literal("none") }),
      z.strictObject({ type: z.literal("tool"), name: z.string().max(64), disable_parallel_tool_use: z.boolean().nullish() }),
    ])
    .nullish(),
};

/** What they ask for. Errors: E_TOOLS. */
export function messageTools({ tools, tool_choice: choice }: MessageToolBody): ToolWish {
  const all = (tools ?? []).map(({ input_schema: parameters, name, description, strict }) => toolOf({ name, description, parameters, strict }));
  const toolChoice = choice?.type === "tool" ? { name: choice.name } : choice?.type === "any" ? "required" : choice?.type;
  const single = choice != null && "disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use === true;
  return wishOf(all, toolChoice, single ? false : undefined);
}

/** As `sentCall` reads it. */
export interface SentCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A call in an assistant's message of OpenAI's chats. */
export const sentCall: z.ZodType<SentCall> = z.strictObject({
  id: z.string().min(1).max(200),
  type: z.literal("function").nullish(),
  index: z.int().nullish(),
  function: z.strictObject({ name: z.string().min(1).max(64), arguments: z.string(), parsed_arguments: z.unknown().optional() }),
});

/** Calls as a generator takes them; undefined where there is none. */
export function callsOf(calls: readonly SentCall[] | null | undefined): Pick<Message, "toolCalls"> {
  if (calls == null || calls.length === 0) return {};
  return { toolCalls: calls.map(({ id, function: { name, arguments: given } }) => ({ id, name, arguments: given === "" ? "{}" : given })) };
}

/** A call in the answer of a chat. */
export const shownCall = ({ id, name, arguments: given }: ToolCall): object => ({ id, type: "function", function: { name, arguments: given } });

/** The arguments of a call as an object; those of one that was cut are empty. */
export function argumentsObject({ arguments: given }: ToolCall): object {
  try {
    return JSON.parse(given) as object;
  } catch {
    return {};
  }
}
