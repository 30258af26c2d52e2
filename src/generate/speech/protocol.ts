// What a speech recogniser is asked and answers, to its users and between its threads. Types only.
import type { Phrase } from "../../core/index.ts";
import type { Precision } from "../../native/index.ts";

/** Where its files are, and what they say beside weights. */
export interface SpeechFiles {
  readonly name: string;
  readonly weights: string;
  readonly tokenizer: string;
  /** Ids that are never said, and those that are not said first. */
  readonly never: readonly number[];
  readonly neverFirst: readonly number[];
  /** BCP 47: languages that it knows; one alone needs no finding. */
  readonly languages: readonly string[];
}

/** What an open recogniser tells of itself. */
export interface SpeechInformation {
  readonly name: string;
  readonly architecture: "whisper";
  readonly parameters: number;
  readonly precision: Precision;
  readonly executor: "native" | "reference";
  /** Whether it knows more than English. */
  readonly multilingual: boolean;
}

/** A stretch of sound and what is said there. */
export interface SpeechSegment {
  /** Seconds from the beginning. */
  readonly start: number;
  readonly end: number;
  /** As the model writes it: usually with a leading space. */
  readonly text: string;
  readonly ids: readonly number[];
  /** Mean log-probability of its window's ids, in nats. */
  readonly averageLogprob: number;
  /** How likely its window holds no speech, from 0 to 1. */
  readonly noSpeech: number;
}

/** What was understood. */
export interface Transcription {
  readonly text: string;
  readonly language: string;
  /** Seconds. */
  readonly duration: number;
  readonly segments: readonly SpeechSegment[];
}

/** How to transcribe, as it crosses to the thread. */
export interface PlainTranscribeOptions {
  readonly language?: string | undefined;
  readonly task?: "transcribe" | "translate" | undefined;
  readonly timestamps?: boolean | undefined;
}

/** Sound: the path of a file, the bytes of one, or samples from -1 to 1 with their rate. */
export type SpeechInput = string | Uint8Array | { readonly samples: Float32Array; readonly rate: number };

/** What a thread is asked. */
export type SpeechCall =
  | { readonly kind: "open"; readonly files: SpeechFiles; readonly precision: Precision | undefined; readonly threads: number | undefined }
  | { readonly kind: "transcribe"; readonly input: SpeechInput; readonly options: PlainTranscribeOptions };

/** What it answers. */
export interface SpeechAnswers {
  open: SpeechInformation;
  transcribe: Transcription;
}

/** Words for what a language may be. */
export const languagePhrase: Phrase = { en: "a language of the model, such as en or zh", zh: "模型支持的语言，如 en 或 zh" };
