// An encoder with a head on this machine: classes of texts and pairs, tags of words, answers in passages, words for hidden ones. Everything it does is a message to its thread.
/// <reference lib="esnext.disposable" preserve="true" />
import type { HeadKind } from "../../models/index.ts";
import type { GeneratorState } from "../types.ts";
import { type EncoderOptions, openEncoderHost } from "./embedding-model.ts";
import type { EncoderHost } from "./host.ts";
import type { AttributedWord, AttributionMethod, EncoderAnswers, EncoderInformation } from "./protocol.ts";

/** How to ask. */
export interface HeadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * An encoder and its head, as a folder of the hub has them. What `pipeline` and `TextClassifier` stand on.
 *
 * @example
 * await HeadedEncoder.open("minilm", "tokens"); // throws E_MODEL_TENSORS
 */
export class HeadedEncoder {
  readonly information: EncoderInformation;
  readonly #host: EncoderHost;

  private constructor(host: EncoderHost, information: EncoderInformation) {
    this.#host = host;
    this.information = information;
  }

  /** Opens a folder (or a name of the catalogue) with this head. Errors: those of `EmbeddingModel.open`; `E_MODEL_TENSORS` where the weights have no such head. */
  static async open(reference: string, head: HeadKind, options: EncoderOptions = {}): Promise<HeadedEncoder> {
    const { host, information } = await openEncoderHost(reference, "embed", options, head);
    return new HeadedEncoder(host, information);
  }

  get state(): GeneratorState {
    return this.#host.state;
  }

  /** A row of scores a text, or a pair of texts. Errors: `E_ENGINE_CLOSED`, `E_ENGINE_DIED`; the signal's reason. */
  async scores(firsts: readonly string[], seconds?: readonly string[], options: HeadOptions = {}): Promise<Float32Array[]> {
    if (firsts.length === 0) return [];
    const { scores } = await this.#host.call<"score">({ kind: "score", firsts, seconds }, options);
    const width = scores.length / firsts.length;
    return firsts.map((_, i) => scores.subarray(i * width, (i + 1) * width));
  }

  /** What each word of a text did for class `right`. Errors: as `scores`. */
  async attribute(text: string, right: number, method: AttributionMethod, options: HeadOptions = {}): Promise<readonly AttributedWord[]> {
    return (await this.#host.call<"attribute">({ kind: "attribute", text, right, method }, options)).words;
  }

  /** The words of each text with the scores of their tags. Errors: as `scores`. */
  async tag(texts: readonly string[], options: HeadOptions = {}): Promise<EncoderAnswers["tag"]["words"]> {
    return (await this.#host.call<"tag">({ kind: "tag", texts }, options)).words;
  }

  /** The likeliest spans that answer, for each question on its passage; `longest`: most words of an answer. Errors: as `scores`. */
  async answer(
    questions: readonly string[],
    contexts: readonly string[],
    { top = 1, longest = 30, ...options }: HeadOptions & { readonly top?: number; readonly longest?: number } = {},
  ): Promise<EncoderAnswers["answer"]["answers"]> {
    return (await this.#host.call<"answer">({ kind: "answer", questions, contexts, top, longest }, options)).answers;
  }

  /** The likeliest words for each [MASK] of each text. Errors: as `scores`. */
  async fill(
    texts: readonly string[],
    { top = 5, ...options }: HeadOptions & { readonly top?: number } = {},
  ): Promise<EncoderAnswers["fill"]["filled"]> {
    return (await this.#host.call<"fill">({ kind: "fill", texts, top }, options)).filled;
  }

  /** Frees the model and ends its thread. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
