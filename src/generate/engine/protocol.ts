// The messages between an engine and its owner. They are all that crosses: a thread today, a process the same way.
import type { ErrorCode, ErrorParameters } from "../../core/index.ts";
import type { CheckedOptions } from "../options.ts";
import type {
  AnswerLogprob,
  GenerateResult,
  LoadOptions,
  Message,
  ModelInformation,
  PerplexityResult,
  Scored,
  ScoreItem,
  Tool,
  ToolCallDelta,
} from "../types.ts";

/** What a load needs beside the file. */
export type PlainLoadOptions = Omit<LoadOptions, "signal" | "onProgress" | "engine">;

/** A call to the engine. `key`: whose it is; what the cache holds is shared within one key only, and waiting calls are served key by key. */
export type Call =
  | { readonly kind: "load"; readonly path: string; readonly name: string; readonly options: PlainLoadOptions }
  | { readonly kind: "generate"; readonly prompt: string | readonly Message[]; readonly options: CheckedOptions; readonly key?: string }
  | { readonly kind: "tokenize"; readonly text: string; readonly special: boolean }
  | { readonly kind: "detokenize"; readonly ids: readonly number[] }
  | { readonly kind: "render"; readonly messages: readonly Message[]; readonly tools?: readonly Tool[]; readonly thinking?: boolean }
  | {
      readonly kind: "perplexity";
      readonly text: string;
      readonly window: number;
      readonly special: boolean;
      readonly adapter?: string;
      readonly key?: string;
    }
  | { readonly kind: "score"; readonly items: readonly ScoreItem[]; readonly greedy: boolean; readonly adapter?: string; readonly key?: string }
  | { readonly kind: "close" };

/** The call of one kind. */
export type CallOf<K extends Call["kind"]> = Extract<Call, { kind: K }>;

/**
 * A call, to the engine. `control` is its control block: the first word, once set, cancels it also within native stretches. A transport across processes keeps
 * one at the engine's side.
 */
export interface CallMessage {
  readonly id: number;
  readonly call: Call;
  readonly control: Int32Array;
}

/** What is said to the engine about a call that it has: it is no longer wanted, its reader is behind, its reader is there again. */
export interface SignalMessage {
  readonly id: number;
  readonly signal: "cancel" | "pause" | "resume";
}

/** To the engine. */
export type ToEngine = CallMessage | SignalMessage;

/** The answer to each kind of call. */
export interface Answers {
  load: ModelInformation;
  generate: GenerateResult;
  tokenize: { ids: number[]; tokens: string[] };
  detokenize: string;
  render: { ids: number[]; text: string };
  perplexity: PerplexityResult;
  score: readonly Scored[];
  close: undefined;
}

/** Any answer. */
export type AnyAnswer = Answers[keyof Answers];

/** An error as it crosses. */
export type PlainError = { readonly code: ErrorCode; readonly parameters: ErrorParameters[ErrorCode]; readonly stack?: string };

/** From the engine: pieces and progress as they come, then one answer or one error. */
export type FromEngine =
  | {
      readonly id: number;
      readonly type: "piece";
      readonly text: string;
      readonly tokenIds: readonly number[];
      readonly logprobs?: readonly AnswerLogprob[];
      readonly toolCalls?: readonly ToolCallDelta[];
    }
  | { readonly id: number; readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly id: number; readonly type: "answer"; readonly value: AnyAnswer }
  | { readonly id: number; readonly type: "error"; readonly error: PlainError };
