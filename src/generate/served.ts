// What a server can serve beside text generators, as small as it can be: the interfaces that models of other rooms fulfil. Knows no model and no HTTP.
import type { SpeechInput, Transcription } from "./speech/protocol.ts";
import type { GeneratorState, TextGenerator } from "./types.ts";

/** What every served thing has. */
interface Closable {
  /** Absent: it always answers. */
  readonly state?: GeneratorState;
  close(): Promise<void>;
}

/** Texts into vectors. */
export interface TextEmbedder extends Closable {
  readonly information: { readonly name: string; readonly dimensions?: number; readonly contextLength?: number };
  /** One vector a text, in their order; `dimensions` cuts them, where the model allows it. `tokens`: how many were read. */
  embed(
    texts: readonly string[],
    options?: { readonly dimensions?: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly vectors: readonly Float32Array[]; readonly tokens: number }>;
}

/** How well documents answer a query. */
export interface TextReranker extends Closable {
  readonly information: { readonly name: string };
  /** One score a document, in their order; more is better. */
  rerank(
    query: string,
    documents: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly scores: readonly number[]; readonly tokens: number }>;
}

/** What is wrong with a text, by category. */
export interface TextModerator extends Closable {
  readonly information: { readonly name: string };
  /** For each text: the score of each category, from 0 to 1, and those that are flagged. */
  moderate(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly { readonly scores: Readonly<Record<string, number>>; readonly flagged: readonly string[] }[]>;
}

/** Texts of one language into another. */
export interface TextTranslator extends Closable {
  readonly information: { readonly name: string };
  translate(
    texts: readonly string[],
    options?: { readonly from?: string; readonly to?: string; readonly signal?: AbortSignal },
  ): Promise<readonly string[]>;
  /** The same with the mean log-probability of each text, where the translator can tell. */
  translateScored?(
    texts: readonly string[],
    options?: { readonly from?: string; readonly to?: string; readonly signal?: AbortSignal },
  ): Promise<readonly { readonly text: string; readonly score: number }[]>;
}

/** Speech into text. */
export interface SpeechTranscriber extends Closable {
  readonly information: { readonly name: string };
  transcribe(
    sound: SpeechInput,
    options?: {
      readonly language?: string;
      readonly task?: "transcribe" | "translate";
      readonly timestamps?: boolean;
      readonly signal?: AbortSignal;
    },
  ): Promise<Transcription>;
}

/** Kinds of served things, and what each of them is. */
export interface ServedThings {
  chat: TextGenerator;
  embeddings: TextEmbedder;
  rerank: TextReranker;
  moderation: TextModerator;
  translation: TextTranslator;
  transcription: SpeechTranscriber;
}

/** A kind of served thing. */
export type ServedKind = keyof ServedThings;
