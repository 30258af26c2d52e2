// The shapes of the Vercel AI SDK's provider specification, as far as they are used here: version 3 (AI SDK 6) and version 4 (AI SDK 7), which are the same in what is here.
// Written out, so that nobody needs the SDK's types to use Inkstone. Source: @ai-sdk/provider 3.0.19 and 4.0.38.

/** Which version of the specification a model says it follows. */
export type Specification = "v3" | "v4";

/** A part of a message. */
export interface PromptPart {
  readonly type: string;
  readonly text?: string;
  readonly toolCallId?: string;
  readonly toolName?: string;
  readonly input?: unknown;
  readonly output?: { readonly type: string; readonly value?: unknown; readonly reason?: string };
}

/** A message. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | readonly PromptPart[];
}

/** A tool that may be called. */
export interface CallTool {
  readonly type: string;
  readonly name: string;
  readonly description?: string;
  readonly inputSchema?: unknown;
  readonly strict?: boolean;
}

/** What a call asks for. */
export interface CallOptions {
  readonly prompt: readonly PromptMessage[];
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly stopSequences?: string[];
  readonly topP?: number;
  readonly topK?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly responseFormat?: { readonly type: "text" } | { readonly type: "json"; readonly schema?: unknown };
  readonly seed?: number;
  readonly tools?: readonly CallTool[];
  readonly toolChoice?: { readonly type: "auto" | "none" | "required" } | { readonly type: "tool"; readonly toolName: string };
  readonly reasoning?: string;
  readonly abortSignal?: AbortSignal;
}

/** Something that was asked for and is not done. */
export interface Warning {
  type: "unsupported";
  feature: string;
  details?: string;
}

/** Text or a call of an answer. */
export type Content = { type: "text"; text: string } | { type: "tool-call"; toolCallId: string; toolName: string; input: string };

/** Why an answer ended. */
export interface FinishReason {
  unified: "stop" | "length" | "tool-calls" | "other";
  raw: string | undefined;
}

/** Tokens of a call. */
export interface Usage {
  inputTokens: { total: number | undefined; noCache: number | undefined; cacheRead: number | undefined; cacheWrite: number | undefined };
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined };
}

/** A whole answer. */
export interface GenerateAnswer {
  content: Content[];
  finishReason: FinishReason;
  usage: Usage;
  warnings: Warning[];
  response: { modelId: string };
}

/** A piece of a streamed answer. */
export type StreamPart =
  | { type: "stream-start"; warnings: Warning[] }
  | { type: "response-metadata"; modelId: string }
  | { type: "text-start"; id: string }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "text-end"; id: string }
  | { type: "tool-input-start"; id: string; toolName: string }
  | { type: "tool-input-delta"; id: string; delta: string }
  | { type: "tool-input-end"; id: string }
  | { type: "tool-call"; toolCallId: string; toolName: string; input: string }
  | { type: "finish"; usage: Usage; finishReason: FinishReason }
  | { type: "error"; error: unknown };

/** A language model of the AI SDK. */
export interface SdkLanguageModel<Version extends Specification = Specification> {
  readonly specificationVersion: Version;
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]>;
  doGenerate(options: CallOptions): Promise<GenerateAnswer>;
  doStream(options: CallOptions): Promise<{ stream: ReadableStream<StreamPart> }>;
}

/** An embedding model of the AI SDK. */
export interface SdkEmbeddingModel<Version extends Specification = Specification> {
  readonly specificationVersion: Version;
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall: number;
  readonly supportsParallelCalls: boolean;
  doEmbed(options: {
    values: string[];
    abortSignal?: AbortSignal;
  }): Promise<{ embeddings: number[][]; usage: { tokens: number }; warnings: Warning[] }>;
}

/** A reranking model of the AI SDK. */
export interface SdkRerankingModel<Version extends Specification = Specification> {
  readonly specificationVersion: Version;
  readonly provider: string;
  readonly modelId: string;
  doRerank(options: {
    documents: { type: "text"; values: string[] } | { type: "object"; values: unknown[] };
    query: string;
    topN?: number;
    abortSignal?: AbortSignal;
  }): Promise<{ ranking: { index: number; relevanceScore: number }[]; warnings: Warning[] }>;
}
