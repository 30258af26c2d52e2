// Messages between an encoder's owner and its thread. Types only.
import type { HeadKind, Pooling } from "../../models/index.ts";
import type { Precision } from "../../native/index.ts";

/** Everything that says what an encoder is: found before its thread starts, so that the thread reads files and nothing else. */
export interface EncoderFiles {
  readonly name: string;
  readonly weights: string;
  readonly tokenizer: string;
  /** What its config.json says. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** Most ids of a text, special tokens included; the model's positions where they are fewer. */
  readonly longest: number;
  readonly lowercase: boolean;
  readonly lacksCapitals: boolean;
}

/** What a thread is asked. */
export type EncoderCall =
  | {
      readonly kind: "open";
      readonly files: EncoderFiles;
      readonly precision: Precision | undefined;
      readonly threads: number | undefined;
      readonly head: HeadKind | undefined;
    }
  | { readonly kind: "embed"; readonly texts: readonly string[] }
  | { readonly kind: "score"; readonly firsts: readonly string[]; readonly seconds: readonly string[] | undefined }
  | { readonly kind: "tag"; readonly texts: readonly string[] }
  | {
      readonly kind: "answer";
      readonly questions: readonly string[];
      readonly contexts: readonly string[];
      readonly top: number;
      readonly longest: number;
    }
  | { readonly kind: "attribute"; readonly text: string; readonly right: number; readonly method: AttributionMethod }
  | { readonly kind: "fill"; readonly texts: readonly string[]; readonly top: number };

/** How words are weighed by gradients. */
export type AttributionMethod = "gradient-x-input" | "integrated-gradients";

/** A word and what it did for a class. */
export interface AttributedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** A word with the scores of its labels. */
export interface ScoredWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly scores: Float32Array;
}

/** A span of a passage, and how likely it is among all of its spans. */
export interface AnswerSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** A word in the place of a hidden one. */
export interface FilledWord {
  readonly token: number;
  readonly text: string;
  readonly score: number;
}

/** What it answers. */
export interface EncoderAnswers {
  open: EncoderInformation;
  /** Vectors one after another. */
  embed: { readonly vectors: Float32Array; readonly tokens: number };
  /** Scores of the head, one row a text or pair. */
  score: { readonly scores: Float32Array; readonly tokens: number };
  /** What the words of a text did for a class. */
  attribute: { readonly words: readonly AttributedWord[] };
  /** The words of each text. */
  tag: { readonly words: readonly (readonly ScoredWord[])[]; readonly tokens: number };
  /** The likeliest spans of each passage; `empty`: how likely it is that it has no answer. */
  answer: { readonly answers: readonly { readonly spans: readonly AnswerSpan[]; readonly empty: number }[]; readonly tokens: number };
  /** For each text, the likeliest words for each hidden one. */
  fill: { readonly filled: readonly (readonly (readonly FilledWord[])[])[]; readonly tokens: number };
}

/** What an open encoder tells of itself. */
export interface EncoderInformation {
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly dimensions: number;
  /** Most ids of a text; what is longer is cut. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly labels: readonly string[];
  /** Capitals are unknown to it, unless texts are lower-cased. */
  readonly lacksCapitals: boolean;
  readonly precision: Precision;
  readonly executor: "native" | "reference";
}
