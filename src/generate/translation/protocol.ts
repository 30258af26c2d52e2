// What a translator is asked and answers, between its threads. Types only.
import type { Precision } from "../../native/index.ts";

/** Where the files of a translator are. */
export interface TranslatorFiles {
  readonly name: string;
  /** Languages it is for, where that is known. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** A binary of Marian with its vocabularies, or a folder as the hub has it. */
  readonly model:
    | { readonly kind: "marian"; readonly weights: string; readonly source: string; readonly target: string }
    | { readonly kind: "hub"; readonly folder: string };
}

/** What an open translator tells of itself. */
export interface TranslatorInformation {
  readonly name: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly precision: Precision;
  readonly executor: "native" | "reference";
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Beams where nothing is said. */
  readonly beams: number;
  /** Most ids of a sentence. */
  readonly contextLength: number;
}

/** A translated text. */
export interface Translation {
  readonly text: string;
  /** Mean log-probability of its ids, in nats: 0 is certain. */
  readonly score: number;
}

/** How to translate, as it crosses to the thread. */
export interface PlainTranslateOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly beams?: number | undefined;
  readonly lengthPenalty?: number | undefined;
  readonly noRepeat?: number | undefined;
  readonly best?: number | undefined;
}

/** What a thread is asked. `sentences`: each text is one, and as many as `best` are given of each. */
export type TranslatorCall =
  | { readonly kind: "open"; readonly files: TranslatorFiles; readonly precision: Precision | undefined; readonly threads: number | undefined }
  | { readonly kind: "translate"; readonly texts: readonly string[]; readonly options: PlainTranslateOptions }
  | { readonly kind: "sentences"; readonly texts: readonly string[]; readonly options: PlainTranslateOptions };

/** What it answers. */
export interface TranslatorAnswers {
  open: TranslatorInformation;
  translate: readonly Translation[];
  sentences: readonly (readonly Translation[])[];
}
