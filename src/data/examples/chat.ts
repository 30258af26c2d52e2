// Conversations in their three usual forms (messages, Alpaca, ShareGPT) made one. Knows no files and no templates.
import { asList, asObject, asText, type Plain, shapeError } from "./shape.ts";

/** One turn. */
export interface ChatTurn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

/** A conversation. */
export interface ChatExample {
  readonly messages: readonly ChatTurn[];
}

const roles: Readonly<Record<string, ChatTurn["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  bot: "assistant",
  model: "assistant",
  tool: "tool",
  function: "tool",
  observation: "tool",
};

/**
 * A row as a conversation: `messages: [{ role, content }]` (OpenAI; a content of several parts of text is joined), `conversations: [{ from, value }]` (ShareGPT, with `system`), or
 * `instruction`, `input`, `output` (Alpaca, with `system` and `history: [[question, answer]]`; instruction and input are parted by an empty line).
 *
 * Errors: E_DATA_SHAPE with the path of what is missing or of another kind, for a role that is not known, and for a conversation without a turn.
 * Sources: platform.openai.com/docs (chat), github.com/tatsu-lab/stanford_alpaca, ShareGPT.
 *
 * @example
 * chatExample({ instruction: "Name it.", input: "墨", output: "Ink." });
 * chatExample({ conversations: [{ from: "human", value: "Hi" }] }); // { messages: [{ role: "user", content: "Hi" }] }
 */
export function chatExample(row: unknown): ChatExample {
  const plain = asObject(row, "row");
  const messages = plain.messages !== undefined ? openAi(plain) : plain.conversations !== undefined ? shareGpt(plain) : alpaca(plain);
  if (messages.length === 0) throw shapeError("row", "a conversation without a turn", "对话没有任何轮次");
  return { messages };
}

function roleOf(value: unknown, where: string): ChatTurn["role"] {
  const role = asText(value, where);
  if (Object.hasOwn(roles, role)) return roles[role];
  throw shapeError(where, `the role "${role}" is not known`, `未知角色“${role}”`);
}

function openAi({ messages }: Plain): ChatTurn[] {
  return asList(messages, "messages").map((each, i) => {
    const { role, content } = asObject(each, `messages[${i}]`);
    return { role: roleOf(role, `messages[${i}].role`), content: contentOf(content, `messages[${i}].content`) };
  });
}

// A text, or a list of parts that are all texts.
function contentOf(content: unknown, where: string): string {
  if (!Array.isArray(content)) return asText(content, where);
  return content
    .map((each, i) => {
      const { type, text } = asObject(each, `${where}[${i}]`);
      if (type !== "text")
        throw shapeError(`${where}[${i}].type`, `only parts of text are read, not "${String(type)}"`, `只读取文本部分，不支持“${String(type)}”`);
      return asText(text, `${where}[${i}].text`);
    })
    .join("");
}

function shareGpt({ conversations, system }: Plain): ChatTurn[] {
  const turns = asList(conversations, "conversations").map((each, i): ChatTurn => {
    const { from, value } = asObject(each, `conversations[${i}]`);
    return { role: roleOf(from, `conversations[${i}].from`), content: asText(value, `conversations[${i}].value`) };
  });
  return [...systemTurn(system), ...turns];
}

function alpaca({ instruction, input, output, system, history }: Plain): ChatTurn[] {
  const asked = asText(instruction, "instruction");
  const more = input === undefined || input === null ? "" : asText(input, "input");
  const before = asList(history ?? [], "history").flatMap((each, i): ChatTurn[] => {
    const [question, answer] = asList(each, `history[${i}]`);
    return [
      { role: "user", content: asText(question, `history[${i}][0]`) },
      { role: "assistant", content: asText(answer, `history[${i}][1]`) },
    ];
  });
  const turns: ChatTurn[] = [
    { role: "user", content: more === "" ? asked : `${asked}\n\n${more}` },
    { role: "assistant", content: asText(output, "output") },
  ];
  return [...systemTurn(system), ...before, ...turns];
}

const systemTurn = (system: unknown): ChatTurn[] =>
  system === undefined || system === null || system === "" ? [] : [{ role: "system", content: asText(system, "system") }];
