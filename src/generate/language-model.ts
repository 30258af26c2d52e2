// LanguageModel: a local text generator for programs. Everything it does is a message to its engine.
/// <reference lib="esnext.disposable" preserve="true" />
import { type PullProgress, refuseOtherUse, resolveModel } from "../hub/index.ts";
import { withValue } from "./constrain/format.ts";
import { EngineHost } from "./engine/host.ts";
import { processTransport } from "./engine/process-transport.ts";
import { threadTransport } from "./engine/transport.ts";
import { checkIds, checkLoad, checkOptions, checkPerplexity, checkPrompt, checkScore, checkTokenize } from "./options.ts";
import { Pieces } from "./pieces.ts";
import { checkTools } from "./tools/check.ts";
import type {
  GenerateOptions,
  GenerateResult,
  GeneratorState,
  LoadOptions,
  Message,
  ModelInformation,
  PerplexityOptions,
  PerplexityResult,
  Scored,
  ScoreItem,
  ScoreOptions,
  StandardSchema,
  StreamPiece,
  TokenizingGenerator,
  Tool,
} from "./types.ts";

/** Pieces that may wait for the reader of a stream: beyond, the answer pauses. */
const MOST_UNREAD = 64;
/** Part of the way that fetching is, where it is needed. */
const FETCHING = 0.9;

/**
 * A language model on this machine. Calls may run side by side; none blocks the caller's thread.
 *
 * @example
 * const model = await LanguageModel.open("smollm2:135m");
 * const { text } = await model.generate("The capital of France is", { maxTokens: 2 }); // " Paris."
 * await model.close();
 */
export class LanguageModel implements TokenizingGenerator {
  readonly information: ModelInformation;
  readonly #host: EngineHost;

  private constructor(host: EngineHost, information: ModelInformation) {
    this.#host = host;
    this.information = information;
  }

  /**
   * Opens a model: a path, a catalogue name (`smollm2:135m`), or a hub name. Fetches it when it is not at hand.
   *
   * Errors: `E_OPTION`; `E_MODEL_USE` for a model that is for something else; those of `resolveModel`, of the file (`E_FORMAT_…`), of the model (`E_MODEL_…`) and its tokenizer; `E_MEMORY`; `E_TIER`;
   * the signal's reason when it is aborted.
   */
  static async open(reference: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkLoad(options);
    const { signal, onProgress = () => undefined, engine = "thread", ...plain } = options;
    signal?.throwIfAborted();
    refuseOtherUse(reference, "chat");
    const host = new EngineHost(engine === "process" ? processTransport() : threadTransport()); // it starts while the file is looked up
    let fetched = 0;
    const onPull = ({ received, total }: PullProgress) => {
      if (total) fetched = Math.max(fetched, FETCHING * Math.min(1, received / total));
      onProgress(fetched);
    };
    try {
      const { path, name } = await resolveModel(reference, { signal, onProgress: onPull });
      const onLoad = (done: number) => onProgress(fetched + (1 - fetched) * done);
      const information = await host.call<"load">({ kind: "load", path, name, options: plain }, { signal, onProgress: onLoad });
      signal?.throwIfAborted();
      return new LanguageModel(host, information);
    } catch (error) {
      await host.close();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Whether the engine takes calls; where it does not, why. */
  get state(): GeneratorState {
    return this.#host.state;
  }

  /**
   * A whole answer. A text is continued as it stands; messages go through the model's chat template.
   * An aborted signal ends it with what is there and `finishReason: "cancelled"`.
   *
   * With a standard schema (zod 4.2 and later) as `responseFormat` the result has a `value` of its type.
   *
   * Errors: `E_OPTION`, `E_MESSAGES`, `E_RESPONSE_FORMAT`, `E_TOOLS`, `E_NATIVE_NEEDED`, `E_ANSWER_VALUE`, `E_CONTEXT`, `E_EMPTY_PROMPT`, `E_BUSY`, `E_LOGITS`,
   * `E_TEMPLATE_…`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`.
   */
  generate<Value>(
    prompt: string | readonly Message[],
    options: GenerateOptions & { readonly responseFormat: StandardSchema<Value> },
  ): Promise<GenerateResult & { readonly value: Value }>;
  generate(prompt: string | readonly Message[], options?: GenerateOptions): Promise<GenerateResult>;
  async generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    const call = { kind: "generate", prompt: checkPrompt(prompt), options: checkOptions(options), key: options.key } as const;
    return withValue(await this.#host.call<"generate">(call, { signal: options.signal, onProgress: options.onProgress }), options.responseFormat);
  }

  /**
   * The same, piece by piece; the last piece carries the result, and the ids that gave no text of their own. Leaving the loop cancels the answer.
   * A reader who is 64 pieces behind pauses it, and it alone.
   *
   * Errors: as `generate`, from the first piece asked for.
   */
  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    const call = { kind: "generate", prompt: checkPrompt(prompt), options: checkOptions(options), key: options.key } as const;
    const left = new AbortController();
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    let flow = (_signal: "pause" | "resume"): void => undefined;
    const pieces = new Pieces<StreamPiece>({ most: MOST_UNREAD, onFull: () => flow("pause"), onRoom: () => flow("resume") });
    let told = 0;
    const onPiece = (piece: StreamPiece) => {
      told += piece.tokenIds.length;
      pieces.push(piece);
    };
    const finish = (result: GenerateResult) => {
      const rest = { text: "", tokenIds: result.tokenIds.slice(told), result };
      pieces.push(result.logprobs === undefined ? rest : { ...rest, logprobs: result.logprobs.slice(told) });
      pieces.end();
    };
    this.#host
      .call<"generate">(call, { signal, onPiece, onFlow: (given) => (flow = given), onProgress: options.onProgress })
      .then((result) => withValue(result, options.responseFormat))
      .then(finish, (error: unknown) => pieces.fail(error));
    try {
      yield* pieces;
    } finally {
      left.abort();
    }
  }

  /** Errors: `E_OPTION`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`. */
  async tokenize(text: string, options: { special?: boolean } = {}): Promise<{ ids: number[]; tokens: string[] }> {
    return this.#host.call<"tokenize">({ kind: "tokenize", text, ...checkTokenize(text, options) });
  }

  /** Errors: `E_OPTION`, `E_TOKEN_ID`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`. */
  async detokenize(ids: readonly number[]): Promise<string> {
    return this.#host.call<"detokenize">({ kind: "detokenize", ids: checkIds(ids) });
  }

  /** A chat through the model's template, up to where its answer begins; `tools` and `thinking` as `generate` has them. Errors: `E_OPTION`, `E_MESSAGES`, `E_TOOLS`, `E_TEMPLATE_…`, `E_ENGINE_CLOSED`, `E_ENGINE_DIED`. */
  async render(
    messages: readonly Message[],
    { tools, thinking }: { readonly tools?: readonly Tool[]; readonly thinking?: boolean } = {},
  ): Promise<{ ids: number[]; text: string }> {
    const checked = checkPrompt(messages);
    const usable = checkTools(tools)?.tools;
    return this.#host.call<"render">({
      kind: "render",
      messages: typeof checked === "string" ? [] : checked,
      ...(usable === undefined ? {} : { tools: usable }),
      ...(thinking === undefined ? {} : { thinking }),
    });
  }

  /**
   * Perplexity over windows side by side, no BOS added; every position but the first of a window is scored, the last shorter window too.
   *
   * Errors: `E_OPTION` (also a window longer than the context), `E_TEXT_SHORT` for fewer than two tokens, `E_BUSY`, `E_LOGITS`, `E_CANCELLED` when aborted.
   */
  async perplexity(text: string, options: PerplexityOptions = {}): Promise<PerplexityResult> {
    const { signal, onProgress } = options;
    return this.#host.call<"perplexity">({ kind: "perplexity", text, ...checkPerplexity(text, options) }, { signal, onProgress });
  }

  /**
   * How likely continuations are: the sum of the logarithms of their tokens' probabilities, as lm-evaluation-harness counts it. Many calls may go on side by side.
   *
   * Errors: `E_OPTION`, `E_EMPTY_PROMPT` for a continuation of no tokens, `E_CONTEXT` for one longer than the context, `E_BUSY`, `E_LOGITS`, `E_CANCELLED` when aborted.
   */
  async score(items: readonly ScoreItem[], options: ScoreOptions = {}): Promise<readonly Scored[]> {
    return this.#host.call<"score">({ kind: "score", ...checkScore(items, options), key: options.key }, { signal: options.signal });
  }

  /** Frees the model and ends its thread. Answers that are going on fail with `E_ENGINE_CLOSED`. Twice is once. */
  async close(): Promise<void> {
    await this.#host.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
