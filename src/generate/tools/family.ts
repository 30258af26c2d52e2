// How a model calls tools: read from what its chat template declares, never from its name. Knows no tokens and no requests.
import type { JsonSchema, Message, Tool, ToolCall } from "../types.ts";

/** Where calls begin and end, and how each is written. */
export interface ToolFamily {
  readonly name: "hermes" | "mistral" | "mistral-args" | "llama3" | "prompted";
  /** What begins calls. */
  readonly begins: readonly [string];
  /** An answer that begins with an object of a call is one, too: small models forget the mark. */
  readonly bare: boolean;
  /** Calls are written without a mark. */
  readonly unmarked?: boolean;
  /** What ends one. */
  readonly end?: string;
  /** Several calls in one list, or each with a beginning of its own. */
  readonly list: boolean;
  /** Under which name a call has its arguments. */
  readonly arguments: "arguments" | "parameters";
  /** Between the name of a tool and its arguments, where the call is no object. */
  readonly between?: string;
}

const hermes: ToolFamily = { name: "hermes", begins: ["<tool_call>"], end: "</tool_call>", bare: true, list: false, arguments: "arguments" };
const mistral: ToolFamily = { name: "mistral", begins: ["[TOOL_CALLS]"], bare: false, list: true, arguments: "arguments" };
const mistralArgs: ToolFamily = {
  name: "mistral-args",
  begins: ["[TOOL_CALLS]"],
  bare: false,
  list: false,
  arguments: "arguments",
  between: "[ARGS]",
};
const llama3: ToolFamily = { name: "llama3", begins: ["<|python_tag|>"], bare: true, unmarked: true, list: false, arguments: "parameters" };
const prompted: ToolFamily = { name: "prompted", begins: ["<tool_call>"], end: "</tool_call>", bare: true, list: true, arguments: "arguments" };

/**
 * The family of a template. One that says nothing of tools, or says it in a way that is not known here, is told of them in a system message, as SmolLM2 was
 * trained to be (huggingface/smollm, instructions_function_calling.md).
 *
 * @example
 * familyOf("{% if tools %}<tool_call>{% endif %}").name; // "hermes"
 * familyOf("{% for m in messages %}{{ m.content }}{% endfor %}").name; // "prompted"
 */
export function familyOf(template: string): ToolFamily {
  if (!/\btools\b/.test(template)) return prompted;
  if (template.includes("[TOOL_CALLS]")) return template.includes("[ARGS]") ? mistralArgs : mistral;
  if (template.includes("<tool_call>") && !template.includes("<function=")) return hermes;
  if (template.includes("<|python_tag|>") || (template.includes('"parameters"') && template.includes("ipython"))) return llama3;
  return prompted;
}

/** A tool as templates read it. */
export const shownTool = ({ name, description, parameters }: Tool): object => ({
  type: "function",
  function: { name, description: description ?? "", parameters: parameters ?? { type: "object", properties: {} } },
});

/** A message as templates read it. */
export interface ShownMessage {
  readonly role: string;
  readonly content: string;
  readonly name?: string;
  readonly tool_calls?: readonly object[];
  readonly tool_call_id?: string;
}

/** What a template is given. */
export interface Shown {
  readonly messages: readonly ShownMessage[];
  readonly tools?: readonly object[];
}

/**
 * Messages and tools as the template of a family takes them.
 *
 * @example
 * const family = familyOf("{% if tools %}<tool_call>{% endif %}");
 * const chat = [{ role: "user" as const, content: "Hi" }];
 * shownChat(chat, [{ name: "now" }], family).tools?.length; // 1
 * shownChat(chat, [{ name: "now" }], familyOf("")).messages[0].role; // "system"
 */
export function shownChat(messages: readonly Message[], tools: readonly Tool[], family: ToolFamily): Shown {
  const names = new Map(messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)));
  const all = messages.map((message) => (family.name === "prompted" ? toldMessage(message) : shownMessage(message, family, names)));
  if (family.name !== "prompted") return tools.length === 0 ? { messages: all } : { messages: all, tools: tools.map(shownTool) };
  return { messages: tools.length === 0 ? all : told(all, tools) };
}

function shownMessage({ role, content, name, toolCalls, toolCallId }: Message, family: ToolFamily, names: ReadonlyMap<string, string>): ShownMessage {
  const idOf = family.name.startsWith("mistral") ? nineLetters : (id: string) => id;
  if (role === "tool") {
    const called = name ?? names.get(toolCallId ?? "");
    return { role, content, ...(called === undefined ? {} : { name: called }), tool_call_id: idOf(toolCallId ?? "") };
  }
  const calls = toolCalls?.map(({ id, name: tool, arguments: given }) => ({
    id: idOf(id),
    type: "function",
    function: { name: tool, arguments: JSON.parse(given) as object },
  }));
  return { role, content, ...(name === undefined ? {} : { name }), ...(calls === undefined ? {} : { tool_calls: calls }) };
}

// Mistral's templates take ids of nine letters and digits only.
function nineLetters(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
  let hash = 7n;
  for (const byte of Buffer.from(id, "utf8")) hash = (hash * 1_000_003n + BigInt(byte)) % 36n ** 9n;
  return hash.toString(36).padStart(9, "0");
}

const plainCall = ({ name, arguments: given }: ToolCall): object => ({ name, arguments: JSON.parse(given) as object });

function toldMessage({ role, content, name, toolCalls = [] }: Message): ShownMessage {
  if (role === "tool") return { role: "user", content: `<tool_response>\n${content}\n</tool_response>` };
  const calls = toolCalls.length === 0 ? "" : `<tool_call>${JSON.stringify(toolCalls.map(plainCall))}</tool_call>`;
  return { role, content: `${content}${calls}`, ...(name === undefined ? {} : { name }) };
}

// The words that SmolLM2 was trained with.
const intro = (
  tools: readonly Tool[],
): string => `You are an expert in composing functions. You are given a question and a set of possible functions. Based on the question, you will need to make one or more function/tool calls to achieve the purpose. If none of the functions can be used, point it out and refuse to answer. If the given question lacks the parameters required by the function, also point it out.

You have access to the following tools:
<tools>${JSON.stringify(tools.map(shownTool))}</tools>

The output MUST strictly adhere to the following format, and NO other text MUST be included.
The example format is as follows. Please make sure the parameter type is correct. If no function call is needed, please make the tool calls an empty list '[]'.
<tool_call>[
{"name": "func_name1", "arguments": {"argument1": "value1", "argument2": "value2"}},
... (more tool calls as required)
]</tool_call>`;

function told(messages: readonly ShownMessage[], tools: readonly Tool[]): ShownMessage[] {
  const [first, ...rest] = messages;
  if (first?.role === "system") return [{ ...first, content: `${first.content}\n\n${intro(tools)}` }, ...rest];
  return [{ role: "system", content: intro(tools) }, ...messages];
}

/** The schema of a tool's arguments. */
export const argumentsOf = ({ parameters }: Tool): JsonSchema => parameters ?? { type: "object", properties: {}, additionalProperties: false };
