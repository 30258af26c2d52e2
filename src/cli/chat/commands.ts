// What a line of the chat asks for: a command, a message, or more lines of one. Knows no model and no terminal.
import { InkstoneError, meant } from "../../core/index.ts";
import type { GenerateOptions } from "../../generate/index.ts";

/** Settings of `/set`, by the names of the API, and the options that they are. */
const settings: Readonly<Record<string, keyof GenerateOptions>> = {
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  min_p: "minP",
  max_tokens: "maxTokens",
  repetition_penalty: "repetitionPenalty",
  repeat_last_n: "repetitionWindow",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  seed: "seed",
  stop: "stop",
};

/** Commands of the chat, and what each of them does. */
export const commands: Readonly<Record<string, { readonly en: string; readonly zh: string }>> = {
  "/clear": { en: "begin anew", zh: "重新开始" },
  "/retry": { en: "answer the last question again", zh: "重新回答上一个问题" },
  "/system TEXT": { en: "set the instruction that comes first", zh: "设置系统提示词" },
  "/set NAME VALUE": {
    en: `set ${Object.keys(settings).join(", ")}; without a value: as usual`,
    zh: `设置 ${Object.keys(settings).join("、")}；不给值则恢复默认`,
  },
  "/set verbose, /set quiet": { en: "tell after each answer what it took, or not", zh: "每次回答后显示或不显示详细用时" },
  "/model NAME": { en: "go on with another model", zh: "换用另一个模型继续对话" },
  "/show": { en: "show the model, the instruction and what is set", zh: "显示模型、系统提示词与当前设置" },
  "/save FILE": { en: "keep the conversation in a file", zh: "将对话保存到文件" },
  "/load FILE": { en: "go on with a conversation from a file", zh: "从文件继续对话" },
  "/help": { en: "show these lines", zh: "显示本帮助" },
  "/bye": { en: "leave", zh: "退出" },
  '"""': { en: "begins and ends a message of several lines", zh: "开始与结束多行消息" },
};

/** A line as it is meant. */
export type Line =
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "command"; readonly name: string; readonly rest: string }
  | { readonly kind: "more" };

const mark = '"""';

/** Puts lines together: what stands between two marks of three quotes is one message, its line breaks and indentation as they are. */
export class Lines {
  #open: string[] | undefined;

  /** Whether a message has begun that has not ended. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Forgets a message that has not ended. */
  reset(): void {
    this.#open = undefined;
  }

  /** Takes one more line. */
  take(line: string): Line {
    if (this.#open !== undefined) return this.#more(line);
    const plain = line.trim();
    if (plain.startsWith(mark)) {
      const rest = plain.slice(mark.length);
      if (rest.endsWith(mark)) return { kind: "message", text: rest.slice(0, -mark.length) };
      this.#open = rest === "" ? [] : [rest];
      return { kind: "more" };
    }
    const [, name, rest] = /^(\/[a-z]+)(?:\s+(.*))?$/s.exec(plain) ?? [];
    return name === undefined ? { kind: "message", text: plain } : { kind: "command", name, rest: rest ?? "" };
  }

  #more(line: string): Line {
    const lines = this.#open as string[];
    const end = line.trimEnd();
    if (!end.endsWith(mark)) {
      lines.push(line);
      return { kind: "more" };
    }
    const last = end.slice(0, -mark.length);
    this.#open = undefined;
    return { kind: "message", text: [...lines, ...(last.trim() === "" ? [] : [last])].join("\n") };
  }
}

/**
 * An option set by `/set`, checked by whoever takes it. Errors: E_USAGE for a name that is none, with the nearest.
 *
 * @example
 * setOption({}, "top_p 0.9"); // { topP: 0.9 }
 */
export function setOption(options: GenerateOptions, given: string): GenerateOptions {
  const [name, ...words] = given.trim().split(/\s+/);
  const option = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (option === undefined) throw new InkstoneError("E_USAGE", { why: unknownWords(name) });
  const value = words.join(" ");
  const { [option]: _, ...others } = options;
  if (value === "") return others;
  if (option === "stop") return { ...others, stop: [value] };
  return { ...others, [option]: /^[-+.\deE]+$/.test(value) ? Number(value) : value };
}

/** The names of all commands, without what they take. */
export const commandNames: readonly string[] = [...new Set(Object.keys(commands).flatMap((each) => each.match(/\/[a-z]+/g) ?? []))];

function unknownWords(name: string): { en: string; zh: string } {
  const nearest = meant(name, Object.keys(settings));
  const all = Object.keys(settings);
  return {
    en: `there is no setting "${name}"; ${nearest === undefined ? `there is: ${all.join(", ")}` : `did you mean "${nearest}"?`}`,
    zh: `没有设置“${name}”；${nearest === undefined ? `可用：${all.join("、")}` : `您是指“${nearest}”吗？`}`,
  };
}
