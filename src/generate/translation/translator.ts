// Texts of one language into another on this machine. Everything it does is a message to its thread.
/// <reference lib="esnext.disposable" preserve="true" />
import { aFunction, aNumber, aSignal, aText, checkOption, listOf, oneOf, type Rules, readOptions, whole } from "../../core/index.ts";
import type { PullProgress } from "../../hub/index.ts";
import type { Precision } from "../../native/index.ts";
import type { TextTranslator } from "../served.ts";
import { ThreadHost } from "../threads/host.ts";
import type { GeneratorState } from "../types.ts";
import { translatorFiles } from "./files.ts";
import type { PlainTranslateOptions, Translation, TranslatorAnswers, TranslatorCall, TranslatorInformation } from "./protocol.ts";

/** How to open a translator. */
export interface TranslatorOptions {
  /** Default: fast (int8; a file that holds int8 is multiplied as it lies), on the reference kernels exact. */
  readonly precision?: Precision;
  /** Threads for arithmetic. Default: the cores, at most 16. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Of a fetch, where one is needed. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/** How to translate. */
export interface TranslateOptions {
  /** BCP 47. Default: what the model is for; models of several directions need both. */
  readonly from?: string;
  readonly to?: string;
  /** Ways that are looked at side by side; 1 is greedy. Default: what the model declares. */
  readonly beams?: number;
  /** Sums of log-probabilities are divided by length to this power. Default 1. */
  readonly lengthPenalty?: number;
  /** No run of so many tokens comes twice in a sentence. Default 0: any may. */
  readonly noRepeat?: number;
  readonly signal?: AbortSignal;
  /** Sentences. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** How to translate sentences, with others that nearly were. */
export interface TranslateSentencesOptions extends TranslateOptions {
  /** Translations of each, the best first; at most as many as beams. Default 1. */
  readonly best?: number;
}

const openRules: Rules<TranslatorOptions> = {
  precision: oneOf(["exact", "bf16", "fast"]),
  threads: whole(1, 64),
  signal: aSignal,
  onProgress: aFunction,
};
const translateRules: Rules<TranslateOptions> = {
  from: aText,
  to: aText,
  beams: whole(1, 16),
  lengthPenalty: aNumber({ from: 0, to: 10 }),
  noRepeat: whole(0, 64),
  signal: aSignal,
  onProgress: aFunction,
};
const sentenceRules: Rules<TranslateSentencesOptions> = { ...translateRules, best: whole(1, 16) };

/**
 * A model that translates.
 *
 * @example
 * const translator = await Translator.open("bergamot:en-pt");
 * await translator.translate(["How are you today?"]); // ["Como você está hoje?"]
 * await translator.close();
 */
export class Translator implements TextTranslator {
  readonly information: TranslatorInformation;
  readonly #host: ThreadHost<TranslatorCall, TranslatorAnswers>;

  private constructor(host: ThreadHost<TranslatorCall, TranslatorAnswers>, information: TranslatorInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a model: a name of the catalogue (`bergamot:en-pt`), a folder as the hub has it (Marian, T5), or one with a binary of Marian and its vocabulary, as Firefox has them.
   *
   * Errors: `E_OPTION`; those of the hub; `E_MODEL_USE`, `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_FORMAT_…`, `E_TOKENIZER_…`; the signal's reason.
   */
  static async open(reference: string, options: TranslatorOptions = {}): Promise<Translator> {
    const { precision, threads, signal, onProgress } = readOptions("open", options, openRules);
    signal?.throwIfAborted();
    const files = await translatorFiles(reference, { signal, onProgress });
    const host = new ThreadHost<TranslatorCall, TranslatorAnswers>(new URL("./worker.js", import.meta.url), "translator");
    try {
      return new Translator(host, await host.call<"open">({ kind: "open", files, precision, threads }, { signal }));
    } catch (error) {
      await host.close();
      signal?.throwIfAborted();
      throw error;
    }
  }

  get state(): GeneratorState {
    return this.#host.state;
  }

  /** Texts of any length, sentence by sentence; lines stay lines. Errors: as `translateScored`. */
  async translate(texts: readonly string[], options: TranslateOptions = {}): Promise<readonly string[]> {
    return (await this.translateScored(texts, options)).map(({ text }) => text);
  }

  /**
   * The same with how sure the model was of each text.
   *
   * Errors: `E_OPTION`, also for a direction that the model does not have; `E_ENGINE_CLOSED`, `E_ENGINE_DIED`; the signal's reason.
   */
  async translateScored(texts: readonly string[], options: TranslateOptions = {}): Promise<readonly Translation[]> {
    const { signal, onProgress, ...plain } = readOptions("translate", options, translateRules);
    return this.#call("translate", texts, plain, signal, onProgress);
  }

  /** Each text is one sentence, whatever it holds; of each the best translations, the best first. Errors: as `translateScored`. */
  async translateSentences(texts: readonly string[], options: TranslateSentencesOptions = {}): Promise<readonly (readonly Translation[])[]> {
    const { signal, onProgress, ...plain } = readOptions("translateSentences", options, sentenceRules);
    return this.#call("sentences", texts, plain, signal, onProgress);
  }

  #call<K extends "translate" | "sentences">(
    kind: K,
    texts: readonly string[],
    options: PlainTranslateOptions,
    signal: AbortSignal | undefined,
    onProgress: TranslateOptions["onProgress"],
  ): Promise<TranslatorAnswers[K]> {
    checkOption("texts", texts, listOf(aText));
    return this.#host.call<K>({ kind, texts, options } as Extract<TranslatorCall, { kind: K }>, { signal, onProgress });
  }

  /** Frees the model and ends its thread. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
