// How well passages answer a query, read together: a cross-encoder on this machine. Everything it does is a message to its thread.
/// <reference lib="esnext.disposable" preserve="true" />
import { aFunction, aSignal, aText, checkOption, InkstoneError, listOf, type Rules, readOptions, whole } from "../../core/index.ts";
import type { TextReranker } from "../served.ts";
import type { GeneratorState } from "../types.ts";
import { type EncoderOptions, openEncoderHost } from "./embedding-model.ts";
import type { EncoderHost } from "./host.ts";
import type { EncoderInformation } from "./protocol.ts";

/** How to rank. */
export interface RankOptions {
  /** Most results. Default: all. */
  readonly top?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** A passage and how well it answers. */
export interface RankedPassage {
  /** Its place among those that were given. */
  readonly index: number;
  /** The model's logit: more is better, 0 is in between. */
  readonly score: number;
  readonly text: string;
}

const rankRules: Rules<RankOptions> = { top: whole(1), signal: aSignal, onProgress: aFunction };
type ScoreOptions = Omit<RankOptions, "top">;
const scoreRules: Rules<ScoreOptions> = { signal: aSignal, onProgress: aFunction };

/**
 * A model that reads a query and a passage together and scores how well they fit: slower than vectors, and more exact.
 *
 * @example
 * const reranker = await Reranker.open("rerank-minilm");
 * const [best] = await reranker.rank("How many people live in Berlin?", ["Berlin is well known for its museums.", "Berlin has 3.5 million inhabitants."]);
 * best.index; // 1
 * await reranker.close();
 */
export class Reranker implements TextReranker {
  readonly information: EncoderInformation;
  readonly #host: EncoderHost;

  private constructor(host: EncoderHost, information: EncoderInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a cross-encoder with one score: a name of the catalogue (`rerank-minilm`), or a folder as the hub has it.
   *
   * Errors: `E_OPTION`; those of the hub; `E_MODEL_USE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_FORMAT_…`, `E_TOKENIZER_…`; the signal's reason.
   */
  static async open(reference: string, options: EncoderOptions = {}): Promise<Reranker> {
    const { host, information } = await openEncoderHost(reference, "rerank", options);
    return new Reranker(host, information);
  }

  get state(): GeneratorState {
    return this.#host.state;
  }

  /** One score a document, in their order. Errors: as `rank`. */
  async rerank(
    query: string,
    documents: readonly string[],
    options: ScoreOptions = {},
  ): Promise<{ readonly scores: readonly number[]; readonly tokens: number }> {
    const { signal, onProgress } = readOptions("rerank", options, scoreRules);
    checkOption("query", query, aText);
    checkOption("documents", documents, listOf(aText));
    if (documents.length === 0) return { scores: [], tokens: 0 };
    const { scores, tokens } = await this.#host.call<"score">(
      { kind: "score", firsts: documents.map(() => query), seconds: documents },
      { signal, onProgress },
    );
    if (scores.length !== documents.length) {
      const allowed = { en: "one score a pair", zh: "每对一个分数" };
      throw new InkstoneError("E_MODEL_CONFIG", { key: "num_labels", value: scores.length / documents.length, allowed });
    }
    return { scores: Array.from(scores), tokens };
  }

  /**
   * Passages from the best to the worst; of equals the first comes first.
   *
   * Errors: `E_OPTION`, `E_MODEL_CONFIG` for a model that gives more than one score, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`; the signal's reason.
   */
  async rank(query: string, passages: readonly string[], options: RankOptions = {}): Promise<RankedPassage[]> {
    const { top, ...others } = readOptions("rank", options, rankRules);
    const { scores } = await this.rerank(query, passages, others);
    const ranked = passages.map((text, index) => ({ index, score: scores[index], text })).sort((a, b) => b.score - a.score);
    return ranked.slice(0, top);
  }

  /** Frees the model and ends its thread. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
