// LanguageModel: a local text generator for programs. Everything it does is a message to its engine.
import { resolveModel } from "../hub/index.ts";
import { EngineHost } from "./engine/host.ts";
import { checkLoad } from "./load-options.ts";
import { checkOptions, checkPrompt } from "./options.ts";
import type { GenerateOptions, GenerateResult, LoadOptions, Message, ModelInformation, StreamPiece, TextGenerator } from "./types.ts";

/** Default length of a perplexity window. */
const WINDOW = 512;

/**
 * A language model on this machine.
 *
 * @example
 * const model = await LanguageModel.open("smollm2:135m");
 * const { text } = await model.generate("The capital of France is", { maxTokens: 8 });
 * await model.close();
 */
export class LanguageModel implements TextGenerator {
  readonly information: ModelInformation;
  readonly #host: EngineHost;

  private constructor(host: EngineHost, information: ModelInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a model: a path, a catalogue name (`smollm2:135m`), or a hub name. Fetches it when it is not at hand.
   *
   * Errors: those of `resolveModel`, of the file (`E_FORMAT_…`), of the model (`E_MODEL_…`); `E_OPTION`; `E_MEMORY`; `E_TIER`.
   */
  static async open(reference: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkLoad(options);
    const { signal, onProgress, ...plain } = options;
    signal?.throwIfAborted();
    const host = new EngineHost();
    try {
      const { path, name } = await resolveModel(reference, { signal });
      const information = await host.call<"load">({ kind: "load", path, name, options: plain }, { signal, onProgress: (done) => onProgress?.(done) });
      return new LanguageModel(host, information);
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /**
   * A whole answer. A text is continued as it stands; messages go through the model's chat template.
   * An aborted signal ends it with what is there and `finishReason: "cancelled"`.
   *
   * Errors: `E_OPTION`, `E_MESSAGES`, `E_CONTEXT`, `E_EMPTY_PROMPT`, `E_BUSY`, those of the chat template.
   */
  async generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    checkPrompt(prompt);
    return this.#host.call<"generate">({ kind: "generate", prompt, options: checkOptions(options) }, { signal: options.signal });
  }

  /** The same, piece by piece; the last piece carries the result. Leaving the loop cancels the answer. Errors: as `generate`. */
  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    checkPrompt(prompt);
    const checked = checkOptions(options);
    const left = new AbortController();
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const pieces: StreamPiece[] = [];
    let wake = () => {};
    let failure: { error: unknown } | undefined;
    let done = false;
    const push = (piece: StreamPiece) => {
      pieces.push(piece);
      wake();
    };
    this.#host
      .call<"generate">({ kind: "generate", prompt, options: checked }, { signal, onPiece: (text, tokenIds) => push({ text, tokenIds }) })
      .then((result) => {
        done = true;
        push({ text: "", tokenIds: [], result });
      })
      .catch((error: unknown) => {
        failure = { error };
        wake();
      });
    try {
      for (;;) {
        while (pieces.length > 0) yield pieces.shift() as StreamPiece;
        if (failure !== undefined) throw failure.error;
        if (done && pieces.length === 0) return;
        await new Promise<void>((resume) => {
          wake = resume;
          if (pieces.length > 0 || failure !== undefined) resume();
        });
      }
    } finally {
      left.abort();
    }
  }

  async tokenize(text: string, options: { special?: boolean } = {}): Promise<{ ids: number[]; tokens: string[] }> {
    return this.#host.call<"tokenize">({ kind: "tokenize", text, special: options.special ?? false });
  }

  async detokenize(ids: readonly number[]): Promise<string> {
    return this.#host.call<"detokenize">({ kind: "detokenize", ids });
  }

  /**
   * Perplexity over windows side by side, no BOS added; every position but the first of a window is scored, the last shorter window too.
   *
   * Errors: `E_OPTION` (window), `E_EMPTY_PROMPT` for fewer than two tokens, `E_CANCELLED`.
   */
  async perplexity(
    text: string,
    options: { window?: number; special?: boolean; signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<{ perplexity: number; nllPerToken: number; tokens: number; scored: number }> {
    const { window = WINDOW, special = false, signal, onProgress } = options;
    return this.#host.call<"perplexity">({ kind: "perplexity", text, window, special }, { signal, onProgress });
  }

  /** Frees the model and ends its thread. */
  async close(): Promise<void> {
    await this.#host.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
