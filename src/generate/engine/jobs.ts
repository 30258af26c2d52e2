// Requests checked against the model, ready for a slot. What cannot be computed is refused here, before anything is.
import { InkstoneError, refuseOption } from "../../core/index.ts";
import { type ChatTemplate, chatTokens } from "../../text/index.ts";
import { familyOf, shownChat } from "../tools/family.ts";
import type { Message, StreamPiece, Tool } from "../types.ts";
import { Answer, type AnswerRequest, unbegun } from "./answer.ts";
import { disposeHeld, type Held } from "./held.ts";
import type { Machinery } from "./machinery.ts";
import { Perplexity } from "./perplexity.ts";
import type { AnyAnswer, CallOf, FromEngine } from "./protocol.ts";
import { Scoring, scoreIds } from "./scoring.ts";
import type { Taken } from "./slots.ts";
import type { Task } from "./task.ts";

/** Most new tokens where nothing is said. */
const USUAL_TOKENS = 512;

/** A request that waits for a slot. */
export interface Job {
  readonly id: number;
  readonly control: Int32Array;
  /** Ids that a slot may hold already, and whose they are: slots are shared within one key only. */
  readonly prompt: readonly number[];
  readonly key: string;
  /** The number of its adapter; 0 for none. */
  readonly adapter: number;
  begin(taken: Taken): Task<AnyAnswer>;
  /** The answer when it is cancelled before it has a slot. Errors: `E_CANCELLED`, where there is no such answer. */
  cancelled(): AnyAnswer;
}

/** What a job is made from. */
export interface Received<C> {
  readonly id: number;
  readonly call: C;
  readonly control: Int32Array;
  readonly post: (message: FromEngine) => void;
}

/** Errors: `E_EMPTY_PROMPT`, `E_CONTEXT`, `E_TEMPLATE_…`. `held`: what the answer is held to; it belongs to the job. */
export function answerJob(on: Machinery, { id, call, control, post }: Received<CallOf<"generate">>, held: Held = {}): Job {
  const arrived = performance.now();
  const { options } = call;
  const beyond = options.logitBias.find(([token]) => token >= on.information.vocabularySize);
  if (beyond !== undefined) throw new InkstoneError("E_TOKEN_ID", { id: beyond[0], size: on.information.vocabularySize });
  const adapter = on.adapters.numberOf(options.adapter);
  const prompt = promptIds(on, call);
  if (prompt.length === 0) throw new InkstoneError("E_EMPTY_PROMPT", { what: { en: "The prompt", zh: "提示词" } });
  const context = on.information.contextLength;
  const room = context - prompt.length;
  const limit = options.maxTokens ?? Math.min(USUAL_TOKENS, Math.max(room, 1));
  if (room < limit) throw new InkstoneError("E_CONTEXT", { prompt: prompt.length, maxTokens: limit, context });
  const emit = (piece: StreamPiece) => post({ id, type: "piece", ...piece });
  const progress = (done: number, total: number) => post({ id, type: "progress", done, total });
  const request: AnswerRequest = { prompt, limit, options, ...held, control, emit, progress, arrived };
  return {
    id,
    control,
    prompt,
    key: call.key ?? "",
    adapter,
    begin: (taken) => new Answer(on, taken, request),
    cancelled: () => {
      disposeHeld(held);
      return unbegun(request, on.information.loadMs);
    },
  };
}

function promptIds(on: Machinery, { prompt, options }: CallOf<"generate">): number[] {
  if (typeof prompt === "string" && options.tools !== undefined)
    throw new InkstoneError("E_TOOLS", {
      place: "tools",
      why: { en: "a prompt that is a text calls none; send messages", zh: "纯文本提示词不能调用工具，请发送消息列表" },
    });
  if (typeof prompt === "string" && options.thinking !== undefined)
    refuseOption("thinking", options.thinking, { en: "for chats: a prompt that is a text has no template", zh: "仅用于对话：纯文本提示词没有模板" });
  if (typeof prompt === "string") return on.tokenizer.encode(prompt, { special: options.special });
  return chatIds(on, prompt, { tools: options.tools?.tools, thinking: options.thinking });
}

/** A chat as the model reads it. Errors: `E_TEMPLATE_…`, `E_OPTION` for thinking that its template cannot be told of. */
export function chatIds(
  on: Machinery,
  chat: readonly Message[],
  { tools = [], thinking }: { readonly tools?: readonly Tool[] | undefined; readonly thinking?: boolean | undefined } = {},
): number[] {
  const template = on.template();
  if (template !== undefined && thinking !== undefined) checkThinking(template, thinking);
  const { messages, tools: shown } = shownChat(chat, tools, familyOf(template?.source ?? ""));
  return chatTokens(on.tokenizer, template, messages, {
    ...(shown === undefined ? {} : { tools: shown }),
    ...(thinking === undefined ? {} : { thinking }),
  });
}

// A template that does not know the word is not told in vain: without marks of thinking it does not think anyway, with them it always does.
function checkThinking({ tellsThinking, source }: ChatTemplate, thinking: boolean): void {
  if (tellsThinking || thinking === source.includes("<think>")) return;
  if (thinking)
    refuseOption("thinking", true, { en: "false: this model's chat template knows no thinking", zh: "false：此模型的对话模板没有思考模式" });
  refuseOption("thinking", false, { en: "true: this model's chat template always has it think", zh: "true：此模型的对话模板总会让它思考" });
}

/** Errors: `E_OPTION` (a window longer than the context), `E_TEXT_SHORT`. */
export function perplexityJob(on: Machinery, { id, call, control, post }: Received<CallOf<"perplexity">>): Job {
  const { window } = call;
  const { contextLength } = on.information;
  if (window > contextLength)
    refuseOption("window", window, { en: `a whole number from 2 to ${contextLength}, the context`, zh: `2 到上下文长度 ${contextLength} 的整数` });
  const ids = on.tokenizer.encode(call.text, { special: call.special });
  if (ids.length < 2) throw new InkstoneError("E_TEXT_SHORT", { tokens: ids.length, needed: 2 });
  const progress = (done: number, total: number) => post({ id, type: "progress", done, total });
  return {
    id,
    control,
    prompt: [], // its windows share nothing with a chat
    key: call.key ?? "",
    adapter: on.adapters.numberOf(call.adapter),
    begin: ({ slot }) => new Perplexity(slot, { ids, window, control, progress }),
    cancelled: () => {
      throw new InkstoneError("E_CANCELLED", { what: ["perplexity"] });
    },
  };
}

/** Errors: `E_EMPTY_PROMPT`, `E_CONTEXT`. */
export function scoreJob(on: Machinery, { id, call, control }: Received<CallOf<"score">>): Job {
  const items = call.items.map((item) => scoreIds(on.tokenizer, item, on.information.contextLength));
  return {
    id,
    control,
    prompt: items[0].ids.slice(0, items[0].start),
    key: call.key ?? "",
    adapter: on.adapters.numberOf(call.adapter),
    begin: ({ slot }) => new Scoring(slot, { items, greedy: call.greedy, control }),
    cancelled: () => {
      throw new InkstoneError("E_CANCELLED", { what: ["score"] });
    },
  };
}
