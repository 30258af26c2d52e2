// A call of the AI SDK as messages and options of a generator. Knows no models.
import { InkstoneError } from "../core/index.ts";
import type { GenerateOptions, JsonSchema, Message, Tool } from "../generate/index.ts";
import type { CallOptions, PromptMessage, PromptPart, Warning } from "./types.ts";

/** What a generator is asked, and what of the call is not done. */
export interface Asked {
  readonly messages: readonly Message[];
  readonly options: GenerateOptions;
  readonly warnings: Warning[];
}

/**
 * Reads a call. Errors: E_MESSAGES for parts that are no text.
 *
 * @example
 * askedOf({ prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }).messages; // [{ role: "user", content: "Hi" }]
 */
export function askedOf(call: CallOptions): Asked {
  const warnings: Warning[] = [];
  const tools = (call.tools ?? []).flatMap((tool): Tool[] => {
    if (tool.type === "function") return [toolOf(tool)];
    warnings.push({ type: "unsupported", feature: `tool ${tool.name}`, details: "Only functions can be called." });
    return [];
  });
  if (call.reasoning !== undefined && !["provider-default", "none"].includes(call.reasoning))
    warnings.push({ type: "unsupported", feature: "reasoning" });
  const { toolChoice, responseFormat: format } = call;
  const all: GenerateOptions = {
    maxTokens: call.maxOutputTokens,
    temperature: call.temperature,
    stop: call.stopSequences,
    topP: call.topP,
    topK: call.topK,
    presencePenalty: call.presencePenalty,
    frequencyPenalty: call.frequencyPenalty,
    seed: call.seed,
    signal: call.abortSignal,
    ...(format?.type === "json"
      ? { responseFormat: format.schema === undefined ? { type: "json_object" } : { type: "json_schema", schema: format.schema as JsonSchema } }
      : {}),
    ...(tools.length === 0 ? {} : { tools }),
    ...(toolChoice === undefined || tools.length === 0
      ? {}
      : { toolChoice: toolChoice.type === "tool" ? { name: toolChoice.toolName } : toolChoice.type }),
  };
  const options = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as GenerateOptions;
  return { messages: call.prompt.flatMap(messagesOf), options, warnings };
}

const toolOf = ({ name, description, inputSchema, strict }: NonNullable<CallOptions["tools"]>[number]): Tool => ({
  name,
  ...(description === undefined ? {} : { description }),
  ...(inputSchema === undefined ? {} : { parameters: plainSchema(inputSchema) }),
  ...(strict === undefined ? {} : { strict }),
});

// The SDK names the draft in every schema.
function plainSchema(schema: unknown): JsonSchema {
  const { $schema: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function messagesOf({ role, content }: PromptMessage, i: number): Message[] {
  if (typeof content === "string") return [{ role: role === "tool" ? "user" : role, content }];
  if (role === "tool")
    return content
      .filter(({ type }) => type === "tool-result")
      .map((part) => ({
        role,
        content: resultOf(part),
        toolCallId: part.toolCallId ?? "",
        ...(part.toolName === undefined ? {} : { name: part.toolName }),
      }));
  let text = "";
  const toolCalls = [];
  for (const part of content) {
    if (part.type === "text") text += part.text ?? "";
    else if (part.type === "tool-call")
      toolCalls.push({ id: part.toolCallId ?? "", name: part.toolName ?? "", arguments: JSON.stringify(part.input ?? {}) });
    else if (part.type !== "reasoning")
      throw new InkstoneError("E_MESSAGES", {
        param: `prompt[${i}]`,
        why: { en: `parts of type "${part.type}" are not supported`, zh: `不支持类型为“${part.type}”的内容` },
      });
  }
  return [{ role, content: text, ...(toolCalls.length === 0 ? {} : { toolCalls }) }];
}

function resultOf({ output }: PromptPart): string {
  if (output === undefined) return "";
  const { type, value, reason } = output;
  if (type === "execution-denied") return reason ?? "denied";
  if (type === "content") return (value as readonly { readonly text?: string }[]).map(({ text = "" }) => text).join("");
  return typeof value === "string" ? value : JSON.stringify(value);
}
