// Texts into vectors on this machine. Everything it does is a message to its thread.
/// <reference lib="esnext.disposable" preserve="true" />
import { aFlag, aFunction, aSignal, aText, checkOption, InkstoneError, listOf, oneOf, type Rules, readOptions, whole } from "../../core/index.ts";
import type { PullProgress } from "../../hub/index.ts";
import type { HeadKind } from "../../models/index.ts";
import type { Precision } from "../../native/index.ts";
import type { TextEmbedder } from "../served.ts";
import type { GeneratorState } from "../types.ts";
import { encoderFiles } from "./files.ts";
import { EncoderHost } from "./host.ts";
import type { EncoderInformation } from "./protocol.ts";

/** How to open an encoder. */
export interface EncoderOptions {
  /** Default: bf16, on the reference kernels exact. */
  readonly precision?: Precision;
  /** Threads for arithmetic. Default: the cores, at most 16. */
  readonly threads?: number;
  /** Lower-cases texts before they are cut, for a vocabulary without capitals whose tokenizer does not do it (bge-small-zh). Default: what the model declares, else false. */
  readonly lowercase?: boolean;
  readonly signal?: AbortSignal;
  /** Of a fetch, where one is needed. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/** How to embed. */
export interface EmbedOptions {
  /** Cuts vectors to so many values and gives them length 1 again: for models that were trained for it. Default: all. */
  readonly dimensions?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Rules of `EncoderOptions`. */
export const encoderRules: Rules<EncoderOptions> = {
  precision: oneOf(["exact", "bf16", "fast"]),
  threads: whole(1, 64),
  lowercase: aFlag,
  signal: aSignal,
  onProgress: aFunction,
};

const embedRules: Rules<EmbedOptions> = { dimensions: whole(1), signal: aSignal, onProgress: aFunction };

/** What the classes of transformers with such a head are called at their end. */
const purposes: Readonly<Record<HeadKind, string>> = {
  classes: "ForSequenceClassification",
  tokens: "ForTokenClassification",
  answers: "ForQuestionAnswering",
  words: "ForMaskedLM",
};

// Heads of two kinds may have weights of one name: what a folder declares itself to be decides.
function checkHead({ architectures }: Readonly<Record<string, unknown>>, head: HeadKind): void {
  const declared = Array.isArray(architectures) ? String(architectures[0]) : "";
  const other = Object.values(purposes).some((purpose) => declared.endsWith(purpose)) && !declared.endsWith(purposes[head]);
  if (other) throw new InkstoneError("E_MODEL_CONFIG", { key: "architectures", value: declared, allowed: [`…${purposes[head]}`] });
}

/** Opens the thread of an encoder. Errors: as the models that use it. */
export async function openEncoderHost(
  reference: string,
  use: "embed" | "rerank",
  options: EncoderOptions,
  head: HeadKind | undefined = use === "rerank" ? "classes" : undefined,
): Promise<{ readonly host: EncoderHost; readonly information: EncoderInformation }> {
  const { precision, threads, lowercase, signal, onProgress } = readOptions("open", options, encoderRules);
  signal?.throwIfAborted();
  const host = new EncoderHost();
  try {
    const files = await encoderFiles(reference, use, { lowercase, signal, onProgress });
    if (head !== undefined) checkHead(files.config, head);
    return { host, information: await host.call<"open">({ kind: "open", files, precision, threads, head }, { signal }) };
  } catch (error) {
    await host.close();
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * A model that makes vectors of texts: sentences of like meaning get vectors that point the same way.
 *
 * @example
 * const model = await EmbeddingModel.open("minilm");
 * const { vectors } = await model.embed(["A man is eating.", "Somebody has lunch.", "The stock market fell."]);
 * cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2]); // true
 * await model.close();
 */
export class EmbeddingModel implements TextEmbedder {
  readonly information: EncoderInformation;
  readonly #host: EncoderHost;

  private constructor(host: EncoderHost, information: EncoderInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a model: a name of the catalogue (`minilm`, `bge-small-zh`, `bge-small-en`), or a folder as the hub has it. Fetches it when it is not at hand.
   *
   * Errors: `E_OPTION`; those of the hub; `E_MODEL_USE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_FORMAT_…`, `E_TOKENIZER_…`; the signal's reason.
   */
  static async open(reference: string, options: EncoderOptions = {}): Promise<EmbeddingModel> {
    const { host, information } = await openEncoderHost(reference, "embed", options);
    return new EmbeddingModel(host, information);
  }

  get state(): GeneratorState {
    return this.#host.state;
  }

  /**
   * One vector a text, in their order, of length 1 where the model declares it; `tokens`: how many were read. What is longer than the model reads is cut.
   *
   * Errors: `E_OPTION`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`; the signal's reason.
   */
  async embed(texts: readonly string[], options: EmbedOptions = {}): Promise<{ readonly vectors: readonly Float32Array[]; readonly tokens: number }> {
    const { dimensions, signal, onProgress } = readOptions("embed", options, embedRules);
    checkOption("texts", texts, listOf(aText));
    const width = this.information.dimensions;
    if (dimensions !== undefined && dimensions > width)
      throw new InkstoneError("E_OPTION", { option: "dimensions", value: dimensions, allowed: { en: `at most ${width}`, zh: `不超过 ${width}` } });
    if (texts.length === 0) return { vectors: [], tokens: 0 };
    const answer = await this.#host.call<"embed">({ kind: "embed", texts }, { signal, onProgress });
    const vectors = texts.map((_, i) => answer.vectors.subarray(i * width, (i + 1) * width));
    return { vectors: dimensions === undefined ? vectors : vectors.map((vector) => shortened(vector, dimensions)), tokens: answer.tokens };
  }

  /** Frees the model and ends its thread. */
  close(): Promise<void> {
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function shortened(vector: Float32Array, dimensions: number): Float32Array {
  const cut = vector.slice(0, dimensions);
  const length = Math.sqrt(cut.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? cut : cut.map((value) => value / length);
}

/**
 * The cosine of the angle between two vectors, from -1 to 1; 0 where one of them has no length. Errors: `E_OPTION` for vectors of unequal length.
 *
 * @example
 * cosine([1, 0], [1, 1]).toFixed(4); // "0.7071"
 */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new InkstoneError("E_OPTION", {
      option: "b",
      value: b.length,
      allowed: { en: `a vector of ${a.length} values`, zh: `长度为 ${a.length} 的向量` },
    });
  }
  let [sum, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
    left += a[i] * a[i];
    right += b[i] * b[i];
  }
  return left === 0 || right === 0 ? 0 : sum / Math.sqrt(left * right);
}
