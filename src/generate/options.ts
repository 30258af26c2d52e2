// The options of every call, checked before anything is computed, with their defaults. Every route goes through here.
import {
  aFlag,
  aFunction,
  aNumber,
  anObject,
  anything,
  aSignal,
  aText,
  checkOption,
  InkstoneError,
  oneOf,
  type Phrase,
  type Rule,
  type Rules,
  readOptions,
  whole,
} from "../core/index.ts";
import { type Grammar, grammarOf } from "./constrain/format.ts";
import { type CheckedTools, checkTools } from "./tools/check.ts";
import type { GenerateOptions, LoadOptions, Message, PerplexityOptions, ScoreItem, ScoreOptions, ToolCall } from "./types.ts";

/** Options with every default filled in; `maxTokens` undefined means "what fits, at most 512". */
export interface CheckedOptions {
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  /** undefined: all tokens. */
  readonly repetitionWindow: number | undefined;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Pairs of token id and what is added to its logit. */
  readonly logitBias: readonly (readonly [id: number, bias: number])[];
  /** How many likely tokens are told beside each token of the answer; undefined: no log-probabilities. */
  readonly logprobs: number | undefined;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly special: boolean;
  /** undefined: the one that the model was opened with, if any. */
  readonly adapter: string | undefined;
  /** undefined: as the template has it. */
  readonly thinking: boolean | undefined;
  /** What the answer is held to; undefined: free text. */
  readonly grammar?: Grammar;
  /** Tools that it may call; undefined: none. */
  readonly tools?: CheckedTools;
}

const MOST_TOKENS = 1_048_576;
const WINDOW = 512;

// Half a character (a lone surrogate) could cut a whole one in two.
const isStop = (value: unknown) => typeof value === "string" && value.length >= 1 && value.length <= 256 && !/\p{Cs}/u.test(value);
const stops: Rule = {
  allowed: { en: "up to 4 texts of 1 to 256 characters", zh: "最多 4 个 1 到 256 个字符的文本" },
  holds: (value) => Array.isArray(value) && value.length <= 4 && Array.from(value).every(isStop),
};

const isBias = ([id, bias]: [string, unknown]) => /^\d{1,10}$/.test(id) && typeof bias === "number" && bias >= -100 && bias <= 100;
const biases: Rule = {
  allowed: { en: "up to 1024 token ids, each with a number from -100 to 100", zh: "最多 1024 个词元编号，每个对应 -100 到 100 的数" },
  holds: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length <= 1024 && Object.entries(value).every(isBias),
};

const generateRules: Rules<GenerateOptions> = {
  maxTokens: whole(1, MOST_TOKENS),
  temperature: aNumber({ from: 0, to: 100 }),
  topK: whole(0),
  topP: aNumber({ above: 0, to: 1 }),
  minP: aNumber({ from: 0, to: 1 }),
  repetitionPenalty: aNumber({ from: 0.01, to: 100 }),
  repetitionWindow: whole(0),
  presencePenalty: aNumber({ from: -2, to: 2 }),
  frequencyPenalty: aNumber({ from: -2, to: 2 }),
  logitBias: biases,
  logprobs: whole(0, 20),
  seed: whole(0),
  stop: stops,
  responseFormat: anything,
  tools: anything,
  toolChoice: anything,
  parallelToolCalls: aFlag,
  special: aFlag,
  thinking: aFlag,
  adapter: aText,
  key: aText,
  onProgress: aFunction,
  signal: aSignal,
};

/**
 * Checks the options of an answer and fills in defaults. `undefined` counts as left out.
 *
 * Errors: `E_OPTION` with the option, its value and what is allowed; `E_RESPONSE_FORMAT`, `E_TOOLS`.
 *
 * @example
 * checkOptions({ temperature: 0.5, seed: 1 }).topP; // 1
 */
export function checkOptions(options: GenerateOptions = {}): CheckedOptions {
  readOptions("generate", options, generateRules);
  const grammar = grammarOf(options.responseFormat);
  const tools = checkTools(options.tools, options.toolChoice, options.parallelToolCalls);
  if (tools !== undefined && grammar !== undefined && grammar.kind !== "schema")
    throw new InkstoneError("E_RESPONSE_FORMAT", { place: "type", why: { en: "beside tools it must be JSON", zh: "与工具同用时必须为 JSON" } });
  return {
    maxTokens: options.maxTokens,
    temperature: options.temperature ?? 0,
    topK: options.topK ?? 0,
    topP: options.topP ?? 1,
    minP: options.minP ?? 0,
    repetitionPenalty: options.repetitionWindow === 0 ? 1 : (options.repetitionPenalty ?? 1),
    repetitionWindow: options.repetitionWindow,
    presencePenalty: options.presencePenalty ?? 0,
    frequencyPenalty: options.frequencyPenalty ?? 0,
    logitBias: Object.entries(options.logitBias ?? {}).map(([id, bias]) => [Number(id), bias]),
    logprobs: options.logprobs,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 53),
    stop: [...(options.stop ?? [])],
    special: options.special ?? false,
    adapter: options.adapter,
    thinking: options.thinking,
    ...(grammar === undefined ? {} : { grammar }),
    ...(tools === undefined ? {} : { tools }),
  };
}

const roles = ["system", "user", "assistant", "tool"];

/**
 * Checks a prompt and copies what counts of it: a text, or at least one message.
 *
 * Errors: `E_MESSAGES` with the path of what is wrong.
 *
 * @example
 * checkPrompt("Hello"); // "Hello"
 * checkPrompt([]); // throws E_MESSAGES
 */
export function checkPrompt(prompt: string | readonly Message[]): string | readonly Message[] {
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(prompt) || prompt.length === 0)
    throw new InkstoneError("E_MESSAGES", { param: "messages", why: { en: "at least one is needed", zh: "至少需要一条" } });
  return Array.from(prompt as readonly unknown[], checkMessage);
}

function checkMessage(message: unknown, i: number): Message {
  const { role, content, name, toolCalls, toolCallId, ...more } = (message ?? {}) as Partial<Message>;
  if (!roles.includes(role as string))
    throw new InkstoneError("E_MESSAGES", {
      param: `messages[${i}].role`,
      why: { en: `it is none of ${roles.join(", ")}`, zh: `它不是 ${roles.join("、")} 之一` },
    });
  if (typeof content !== "string")
    throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].content`, why: { en: "it is not a text", zh: "它不是文本" } });
  if (name !== undefined && typeof name !== "string")
    throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].name`, why: { en: "it is not a text", zh: "它不是文本" } });
  const [unknown] = Object.keys(more);
  if (unknown !== undefined)
    throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].${unknown}`, why: { en: "a message has no such field", zh: "消息没有此字段" } });
  const calls = toolCalls === undefined || toolCalls.length === 0 ? undefined : checkCalls(toolCalls, role, i);
  if ((role === "tool") !== (typeof toolCallId === "string"))
    throw new InkstoneError("E_MESSAGES", {
      param: `messages[${i}].toolCallId`,
      why: { en: "answers of tools have one, others none", zh: "只有工具的回答才有且必须有此字段" },
    });
  return {
    role: role as Message["role"],
    content,
    ...(name === undefined ? {} : { name }),
    ...(calls === undefined ? {} : { toolCalls: calls }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
}

const isObject = (text: unknown): boolean => {
  try {
    return typeof text === "string" && anObject.holds(JSON.parse(text));
  } catch {
    return false;
  }
};

function checkCalls(calls: unknown, role: unknown, i: number): ToolCall[] {
  const refuse = (param: string, why: Phrase): never => {
    throw new InkstoneError("E_MESSAGES", { param: `messages[${i}].${param}`, why });
  };
  if (role !== "assistant" || !Array.isArray(calls))
    return refuse("toolCalls", { en: "only an assistant has a list of calls", zh: "只有 assistant 消息才有调用列表" });
  return Array.from(calls as readonly unknown[], (call, j) => {
    const { id, name, arguments: given } = (call ?? {}) as Partial<ToolCall>;
    if (typeof id !== "string" || typeof name !== "string")
      return refuse(`toolCalls[${j}]`, { en: "it needs an id and a name", zh: "需要 id 和 name" });
    if (!isObject(given)) return refuse(`toolCalls[${j}].arguments`, { en: "they are no JSON object", zh: "不是 JSON 对象" });
    return { id, name, arguments: given as string };
  });
}

const loadRules: Rules<LoadOptions> = {
  precision: oneOf(["exact", "bf16", "fast"]),
  threads: whole(1, 64),
  contextLength: whole(8, MOST_TOKENS),
  slots: whole(1, 64),
  adapter: aText,
  adapters: {
    allowed: { en: "names with folders of adapters", zh: "名称与适配器文件夹" },
    holds: (value) =>
      typeof value === "object" && value !== null && Object.entries(value).every(([name, path]) => name !== "" && typeof path === "string"),
  },
  executor: oneOf(["auto", "native", "reference"]),
  tier: aText,
  engine: oneOf(["thread", "process"]),
  signal: aSignal,
  onProgress: aFunction,
};

/** Checks how a model is to be opened. Errors: `E_OPTION`. */
export function checkLoad(options: LoadOptions): void {
  readOptions("open", options, loadRules);
}

const perplexityRules: Rules<PerplexityOptions> = {
  window: whole(2, MOST_TOKENS),
  special: aFlag,
  adapter: aText,
  signal: aSignal,
  onProgress: aFunction,
};

/** Checks the options of a perplexity and fills in defaults. Errors: `E_OPTION`. */
export function checkPerplexity(given: string, options: PerplexityOptions): { window: number; special: boolean; adapter?: string } {
  checkOption("text", given, aText);
  readOptions("perplexity", options, perplexityRules);
  const { window = WINDOW, special = false, adapter } = options;
  return { window, special, ...(adapter === undefined ? {} : { adapter }) };
}

/** Most continuations of one call. */
const MOST_ITEMS = 1024;
const isScoreItem = (value: unknown): boolean => {
  const { context, continuation, ...more } = (value ?? {}) as Partial<ScoreItem>;
  return typeof context === "string" && typeof continuation === "string" && continuation !== "" && Object.keys(more).length === 0;
};
const scoreItems: Rule = {
  allowed: {
    en: `1 to ${MOST_ITEMS} items { context, continuation }, two texts, the second not empty`,
    zh: `1 到 ${MOST_ITEMS} 个 { context, continuation } 项：两段文本，后者非空`,
  },
  holds: (value) => Array.isArray(value) && value.length >= 1 && value.length <= MOST_ITEMS && Array.from(value).every(isScoreItem),
};

/** Checks what is to be scored, and copies it. Errors: `E_OPTION`. */
export function checkScore(items: readonly ScoreItem[], options: ScoreOptions): { items: readonly ScoreItem[]; greedy: boolean; adapter?: string } {
  checkOption("items", items, scoreItems);
  readOptions("score", options, { greedy: aFlag, adapter: aText, key: aText, signal: aSignal } satisfies Rules<ScoreOptions>);
  const { greedy = false, adapter } = options;
  return { items: items.map(({ context, continuation }) => ({ context, continuation })), greedy, ...(adapter === undefined ? {} : { adapter }) };
}

/** Checks what is to be tokenized. Errors: `E_OPTION`. */
export function checkTokenize(given: string, options: { special?: boolean }): { special: boolean } {
  checkOption("text", given, aText);
  readOptions("tokenize", options, { special: aFlag });
  return { special: options.special ?? false };
}

const idList: Rule = {
  allowed: { en: "a list of token ids", zh: "词元编号列表" },
  holds: (value) =>
    (Array.isArray(value) || ArrayBuffer.isView(value)) && Array.from(value as ArrayLike<unknown>).every((id) => Number.isSafeInteger(id)),
};

/** Checks token ids and copies them. Errors: `E_OPTION`. */
export function checkIds(ids: readonly number[]): number[] {
  checkOption("ids", ids, idList);
  return Array.from(ids);
}
