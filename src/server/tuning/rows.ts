// A file of training as a client leaves it, made one that the trainer reads: OpenAI's preferences become chosen and rejected; what would have to be ignored is refused with its line. Knows no training.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { TuningMethod } from "./job.ts";

type Plain = Readonly<Record<string, unknown>>;

/**
 * JSONL for the trainer. Errors: E_FINETUNE_DATA with the line, for what is no JSON object, for weights of single messages and for tools.
 *
 * @example
 * const row = { input: { messages: [{ role: "user", content: "Ink?" }] }, preferred_output: [{ role: "assistant", content: "Stone." }], non_preferred_output: [] };
 * trainingRows(JSON.stringify(row), "dpo", "rows.jsonl"); // '{"prompt":[…],"chosen":[…],"rejected":[]}\n'
 */
export function trainingRows(text: string, method: TuningMethod, file: string): string {
  const rows: string[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === "") continue;
    const refuse = (en: string, zh: string): never => {
      const why: Phrase = { en: `line ${i + 1}: ${en}`, zh: `第 ${i + 1} 行：${zh}` };
      throw new InkstoneError("E_FINETUNE_DATA", { file, why });
    };
    rows.push(JSON.stringify(rowOf(line, method, refuse)));
  }
  return rows.map((row) => `${row}\n`).join("");
}

type Refuse = (en: string, zh: string) => never;

function rowOf(line: string, method: TuningMethod, refuse: Refuse): Plain {
  const row = objectOf(line, refuse);
  const { input, preferred_output: chosen, non_preferred_output: rejected } = row;
  refuseTools(row, refuse);
  if (method === "supervised") {
    if (input !== undefined && chosen !== undefined) refuse('a row of preferences; they need method "dpo"', "这是偏好数据，需要 dpo 方法");
    refuseWeights(row.messages, refuse);
    return row;
  }
  if (input === undefined) return row; // our own form: prompt, chosen, rejected
  const asked = input as Plain | null;
  if (typeof asked !== "object" || asked === null || !Array.isArray(asked.messages))
    return refuse("input.messages is no list", "input.messages 不是列表");
  refuseTools(asked, refuse);
  return { prompt: asked.messages, chosen, rejected };
}

function objectOf(line: string, refuse: Refuse): Plain {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refuse("it is no JSON", "不是 JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("it is no object", "不是对象");
  return value as Plain;
}

function refuseTools({ tools, functions }: Plain, refuse: Refuse): void {
  for (const given of [tools, functions])
    if (given != null && !(Array.isArray(given) && given.length === 0)) refuse("tools are not trained on", "不支持训练工具调用");
}

function refuseWeights(messages: unknown, refuse: Refuse): void {
  if (!Array.isArray(messages)) return;
  for (const [k, each] of messages.entries()) {
    const { weight } = (each ?? {}) as { weight?: unknown };
    if (weight != null && weight !== 1)
      refuse(
        `messages[${k}].weight: answers are all learnt; leave it out or take the message away`,
        `messages[${k}].weight：所有回答都会学习；请去掉该字段或该消息`,
      );
  }
}
