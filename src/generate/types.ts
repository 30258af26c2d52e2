// What a language model is to everything above it. Knows no tensors, no HTTP.
import type { Phrase } from "../core/index.ts";

/** Who speaks. */
export type Role = "system" | "user" | "assistant" | "tool";

/** One turn of a chat. */
export interface Message {
  readonly role: Role;
  readonly content: string;
  /** Who of that role speaks; templates that know names write it. */
  readonly name?: string;
  /** Of an assistant: the tools that it called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool: the call that it answers. */
  readonly toolCallId?: string;
}

/** A function of the caller that the model may ask to be called. */
export interface Tool {
  /** Letters, digits, `_`, `.` and `-`. */
  readonly name: string;
  readonly description?: string;
  /** The JSON schema of its arguments, an object. Default: no arguments. */
  readonly parameters?: JsonSchema;
  /** Refuse the tool where a keyword of its schema cannot be enforced. Default false: its arguments are then any object. */
  readonly strict?: boolean;
}

/** Whether tools are called: as the model likes, never, at least one, or this one. */
export type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

/** A call that the model asks for. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON of an object. */
  readonly arguments: string;
}

/** A call as it grows: its id and name come once, its arguments piece by piece. */
export interface ToolCallDelta {
  /** Which call of the answer, from 0. */
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** A JSON schema (draft 2020-12). */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/** A schema of the Standard Schema interface (zod 4.2 and later, and others) that knows its JSON Schema. Source: standardschema.dev. */
export interface StandardSchema<Value> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: unknown; readonly output: Value } | undefined;
    readonly validate: (value: unknown) => StandardResult<Value> | Promise<StandardResult<Value>>;
    readonly jsonSchema?: { readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown> };
  };
}

/** What a standard schema says of a value. */
export type StandardResult<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | {
      readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[];
    };

/**
 * What an answer is to look like; every token of it is held to that. JSON by a schema (keywords that cannot be enforced are refused by name before anything is
 * generated), any JSON object, a regular expression of ECMAScript for the whole answer, a grammar in llguidance's Lark, or a standard schema.
 */
export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly schema: JsonSchema;
      /** For people. */
      readonly name?: string;
      readonly description?: string;
      /** It is always strict. */
      readonly strict?: boolean;
    }
  | { readonly type: "regex"; readonly pattern: string }
  | { readonly type: "lark"; readonly grammar: string }
  | StandardSchema<unknown>;

/** How to generate. Every field is optional; unknown fields and values out of range are refused (E_OPTION). */
export interface GenerateOptions {
  /** Most new tokens. Default 512; prompt + maxTokens beyond the context is E_CONTEXT unless maxTokens is left out, then it is what fits. */
  readonly maxTokens?: number;
  /** 0 is greedy (default 0 for prompts and chats alike in the library; the page and `run` say what they use). */
  readonly temperature?: number;
  /** Keep the k likeliest; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keep the smallest set with this probability, (0, 1]. Default 1. */
  readonly topP?: number;
  /** Drop tokens less likely than minP times the likeliest, [0, 1]. Default 0. */
  readonly minP?: number;
  /** From 0.01 to 100; 1 changes nothing. As in Hugging Face: positive logits divided, negative multiplied, for tokens seen in prompt and answer. */
  readonly repetitionPenalty?: number;
  /** How many of the last tokens of prompt and answer `repetitionPenalty` is for; 0 is none. Default: all. */
  readonly repetitionWindow?: number;
  /** From -2 to 2: taken from the logit of every token that the answer has already. Default 0. */
  readonly presencePenalty?: number;
  /** From -2 to 2: taken from a token's logit for each time that the answer has it. Default 0. */
  readonly frequencyPenalty?: number;
  /** Token ids and what is added to their logits, from -100 to 100. Default none. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** Tell the log-probability of each token of the answer, and of so many likeliest beside it, from 0 to 20. Default: none of it. */
  readonly logprobs?: number;
  /** Integer in [0, 2^53). Default: chosen at random and returned. */
  readonly seed?: number;
  /** Up to 4 strings, 1 to 256 characters; the answer ends before the first of them. */
  readonly stop?: readonly string[];
  /** What the answer is to look like. Default: free text. Needs the native part. */
  readonly responseFormat?: ResponseFormat;
  /** Functions that the answer may ask to be called. Chats only. How calls are written is read from the chat template; one without tools is told of them in words. */
  readonly tools?: readonly Tool[];
  /** Default "auto". "required" and a name hold the answer to a call, and need the native part. */
  readonly toolChoice?: ToolChoice;
  /** Whether an answer may hold several calls. Default true. */
  readonly parallelToolCalls?: boolean;
  /**
   * A string prompt: parse special tokens in it (default false: they are ordinary text), and show those of the answer (default: left out of its text).
   * Chats: only the template writes special tokens, always.
   */
  readonly special?: boolean;
  /**
   * Chats: whether the model thinks before it answers, where its chat template can be told (Qwen3, SmolLM3: `enable_thinking`). Default: as the template has it.
   * `true` is refused of a template that cannot be told (E_OPTION), `false` of one that thinks whatever it is told.
   */
  readonly thinking?: boolean;
  /** Which of the adapters that the model was opened with, by its name; "" for none. Default: the model's `adapter`, where it was opened with one. */
  readonly adapter?: string;
  /** Whose prompt it is. Beginnings that are in the cache are used again within one key only; who waits is served key by key. Default: all are one. */
  readonly key?: string;
  /** Tokens of the prompt that were read, of all, while a long one is read: once a step, never for a prompt that takes one. Models of other servers do not tell. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Why a generation ended. */
export type FinishReason = "stop" | "length" | "tool_calls" | "cancelled";

/** What it took. */
export interface Timings {
  /** How long the model took to load. */
  readonly loadMs: number;
  /** From the engine's receipt of the request, waiting included, to its first token; 0 when none came. */
  readonly firstTokenMs: number;
  /** Prompt tokens computed (not those found in the cache), by the time until the last of them; 0 when none was. */
  readonly prefillTokensPerSecond: number;
  /** Tokens after the first, by the time since the first; other answers going on beside it count into that time. */
  readonly decodeTokensPerSecond: number;
}

/** A token, as text to be shown and as bytes of UTF-8 (a token may be a part of a character), and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly id: number;
  readonly token: string;
  readonly bytes: readonly number[];
  /** Under the model's own distribution, before temperature, penalties and cuts. */
  readonly logprob: number;
}

/** A token of an answer, with the likeliest at its place. */
export interface AnswerLogprob extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

/** A whole answer. */
export interface GenerateResult {
  /** Up to the stop string, if one came; its own tokens are in `tokenIds` all the same. The token that ends a turn is in neither. */
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly promptTokens: number;
  /** Of these, how many were already in the key-value cache and not computed again. */
  readonly cachedPromptTokens: number;
  readonly completionTokens: number;
  readonly finishReason: FinishReason;
  /** One for each of `tokenIds`, where they were asked for. */
  readonly logprobs?: readonly AnswerLogprob[];
  /** Calls that the answer asks for; absent where there is none. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a response format that is JSON: the answer's value; absent where the answer was cut. */
  readonly value?: unknown;
  readonly seed: number;
  readonly timings: Timings;
}

/** A piece of an answer as it comes: never half a character. The last piece carries `result`. */
export interface StreamPiece {
  readonly text: string;
  readonly tokenIds: readonly number[];
  /** One for each of `tokenIds`, where they were asked for. */
  readonly logprobs?: readonly AnswerLogprob[];
  /** How the calls have grown. */
  readonly toolCalls?: readonly ToolCallDelta[];
  readonly result?: GenerateResult;
}

/** What is known of a loaded model. */
export interface ModelInformation {
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly precision: string;
  readonly executor: "native" | "reference";
  readonly tier: string;
  readonly threads: number;
  /** Bytes of its file, or of its folder's weights. */
  readonly bytes: number;
  /** How its matrices are kept in the file, by the name that llama.cpp has for it ("Q4_K_M"), or the folder's type ("BF16"); absent where the file does not say. */
  readonly quantization?: string;
  /** Its chat template, and the texts of the tokens that begin and end a text, where it has them. */
  readonly chatTemplate?: string;
  readonly bosToken?: string;
  readonly eosToken?: string;
  /** Names of its adapters, where it has any. */
  readonly adapters?: readonly string[];
  readonly loadMs: number;
}

/** How to measure a perplexity. */
export interface PerplexityOptions {
  /** Tokens of a window, from 2 to the context length. Default 512. */
  readonly window?: number;
  /** Parse special tokens in the text. Default false. */
  readonly special?: boolean;
  /** Which of the model's adapters, as answers have it. */
  readonly adapter?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was measured. */
export interface PerplexityResult {
  readonly perplexity: number;
  readonly nllPerToken: number;
  readonly tokens: number;
  readonly scored: number;
}

/** A text that is scored after another. */
export interface ScoreItem {
  /** What stands before; empty: the beginning of a text. */
  readonly context: string;
  readonly continuation: string;
}

/** How to score continuations. */
export interface ScoreOptions {
  /** Also tell whether each continuation is what the model itself would write, greedily. Default false: it takes a step for each token. */
  readonly greedy?: boolean;
  /** Which of the model's adapters, as answers have it. */
  readonly adapter?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** How likely a continuation is. */
export interface Scored {
  /** Sum over its tokens, in nats. */
  readonly logProbability: number;
  readonly tokens: number;
  /** Tokens of the context that were left out at its beginning, because it does not fit. */
  readonly cut: number;
  /** Where it was asked. */
  readonly isGreedy?: boolean;
}

/** What every generator tells of itself: its name, and what is known of the model (of a server elsewhere, next to nothing). */
export interface GeneratorInformation extends Partial<Omit<ModelInformation, "name">> {
  readonly name: string;
}

/** Whether a generator answers; where it does not, why. */
export type GeneratorState = { readonly alive: true } | { readonly alive: false; readonly why: Phrase };

/** A text generator: the local engine, or anything that speaks like it. */
export interface TextGenerator {
  readonly information: GeneratorInformation;
  /** As it is now: an engine may have ended by itself. */
  readonly state: GeneratorState;
  generate(prompt: string | readonly Message[], options?: GenerateOptions): Promise<GenerateResult>;
  stream(prompt: string | readonly Message[], options?: GenerateOptions): AsyncIterable<StreamPiece>;
  close(): Promise<void>;
}

/** A generator that tells how likely texts are. */
export interface ScoringGenerator extends TextGenerator {
  /** One result an item, in their order. What items begin with alike is read once: give the choices of a question together. */
  score(items: readonly ScoreItem[], options?: ScoreOptions): Promise<readonly Scored[]>;
}

/** A generator that shows its tokens: the local engine. */
export interface TokenizingGenerator extends ScoringGenerator {
  readonly information: ModelInformation;
  /** Token ids of a text, no BOS/EOS added. */
  tokenize(text: string, options?: { special?: boolean }): Promise<{ ids: number[]; tokens: string[] }>;
  detokenize(ids: readonly number[]): Promise<string>;
  /** A chat as the model reads it: through its template, up to where its answer begins. */
  render(
    messages: readonly Message[],
    options?: { readonly tools?: readonly Tool[]; readonly thinking?: boolean },
  ): Promise<{ ids: number[]; text: string }>;
  /** Mean negative log-likelihood: windows side by side, no BOS, every position but the first of a window scored. */
  perplexity(text: string, options?: PerplexityOptions): Promise<PerplexityResult>;
}

/** How to open a local model. */
export interface LoadOptions {
  readonly precision?: "exact" | "bf16" | "fast";
  /** Threads for arithmetic. Default: the cores of the machine, at most 16. */
  readonly threads?: number;
  /** Positions of the key-value cache for each sequence, at most the model's own. Default: the model's own, at most 8192. */
  readonly contextLength?: number;
  /** Sequences kept side by side for prefix reuse and concurrent calls. Default 4. */
  readonly slots?: number;
  /** The folder of an adapter (as `inkstone finetune` and peft write it) that every answer uses unless it asks for another. Its name is the folder's. */
  readonly adapter?: string;
  /** Folders of adapters that answers may ask for, by name. Answers with different ones go in one step. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** "auto" (default): native where it is at hand, else reference. */
  readonly executor?: "auto" | "native" | "reference";
  /** Instruction tier; default the best of this machine (or INKSTONE_TIER). */
  readonly tier?: string;
  /** Where it runs. "thread" (default): a thread of this process; "process": a process of its own, so that nothing that happens to it happens to this one. */
  readonly engine?: "thread" | "process";
  readonly signal?: AbortSignal;
  /** Fractions from 0 to 1; fetching, where it is needed, counts as nine tenths of the way. */
  readonly onProgress?: (fraction: number) => void;
}
