// Messages of Ollama's chats: calls have no ids there, and answers of tools name the tool. Knows no routes.
import { z } from "zod";
import type { Message, ToolCall } from "../../generate/index.ts";
import { argumentsObject } from "./tools.ts";

/** A call in an assistant's message. */
export const ollamaCall: z.ZodType<OllamaCall> = z.strictObject({
  id: z.string().max(200).nullish(),
  type: z.literal("function").nullish(),
  function: z.strictObject({ index: z.int().nullish(), name: z.string().min(1).max(64), arguments: z.record(z.string(), z.unknown()) }),
});

/** As `ollamaCall` reads it. */
export interface OllamaCall {
  readonly id?: string | null;
  readonly function: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
}

/** A message as the route reads it. */
export interface OllamaMessage {
  readonly role: Message["role"];
  readonly content?: string | null;
  readonly tool_calls?: readonly OllamaCall[] | null;
  readonly tool_name?: string | null;
  readonly tool_call_id?: string | null;
}

/**
 * Messages as a generator takes them: an answer of a tool belongs to the first call of that tool that has none yet.
 *
 * @example
 * ollamaMessages([{ role: "user", content: "Hi" }]); // [{ role: "user", content: "Hi" }]
 */
export function ollamaMessages(messages: readonly OllamaMessage[]): Message[] {
  const open: ToolCall[] = [];
  let count = 0;
  return messages.map(({ role, content, tool_calls: calls, tool_name: name, tool_call_id: id }) => {
    const text = content ?? "";
    if (role === "tool") {
      const at = Math.max(
        0,
        open.findIndex((call) => (id == null ? name == null || call.name === name : call.id === id)),
      );
      const [call] = open.splice(at, 1);
      return { role, content: text, toolCallId: id ?? call?.id ?? "call", ...(name == null ? {} : { name }) };
    }
    if (calls == null || calls.length === 0) return { role, content: text };
    const toolCalls = calls.map((call) => ({
      id: call.id ?? `call${count++}`,
      name: call.function.name,
      arguments: JSON.stringify(call.function.arguments),
    }));
    open.push(...toolCalls);
    return { role, content: text, toolCalls };
  });
}

/** A call in an answer. */
export const ollamaShown = (call: ToolCall): object => ({ id: call.id, function: { name: call.name, arguments: argumentsObject(call) } });
