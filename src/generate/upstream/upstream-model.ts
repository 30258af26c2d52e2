// A language model on another server, behind the same interface as one of this machine. Knows OpenAI's shapes and no engine.
import { InkstoneError, refuseOption } from "../../core/index.ts";
import { withValue } from "../constrain/format.ts";
import { checkOptions, checkPrompt } from "../options.ts";
import type {
  AnswerLogprob,
  FinishReason,
  GenerateOptions,
  GenerateResult,
  GeneratorInformation,
  GeneratorState,
  Message,
  StreamPiece,
  TextGenerator,
  ToolCallDelta,
} from "../types.ts";
import { eventData, Upstream, type UpstreamOptions } from "./http.ts";

interface WireLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | null;
  readonly top_logprobs?: readonly WireLogprob[];
}

interface WireCall {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null };
}

interface WireChoice {
  readonly delta?: { readonly content?: string | null; readonly tool_calls?: readonly WireCall[] | null };
  readonly message?: { readonly content?: string | null };
  readonly text?: string;
  readonly logprobs?: { readonly content?: readonly WireLogprob[] | null } | null;
  readonly finish_reason?: string | null;
}

interface Wire {
  readonly error?: { readonly message?: string };
  readonly choices?: readonly WireChoice[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
}

/**
 * A language model over any OpenAI-compatible server (vLLM, Ollama, llama.cpp, a hosted one): an application outgrows this machine by changing one line.
 * Ids of tokens are not told by such servers: `tokenIds` are empty.
 *
 * @example
 * const model = new UpstreamModel({ url: "http://127.0.0.1:8000/v1", model: "qwen3" });
 * model.information.name; // "upstream:qwen3"
 * await model.close();
 */
export class UpstreamModel implements TextGenerator {
  readonly information: GeneratorInformation;
  readonly #upstream: Upstream;

  /** Errors: E_OPTION for an address that is none. */
  constructor(options: UpstreamOptions) {
    this.#upstream = new Upstream(options);
    this.information = { name: this.#upstream.name };
  }

  get state(): GeneratorState {
    return this.#upstream.closed ? { alive: false, why: { en: "it was closed", zh: "已被关闭" } } : { alive: true };
  }

  /** As `LanguageModel.generate`. Errors: E_OPTION, E_MESSAGES, E_UPSTREAM, E_UPSTREAM_REACH, E_UPSTREAM_BUDGET, E_ENGINE_CLOSED. */
  async generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    let result: GenerateResult | undefined;
    for await (const piece of this.stream(prompt, options)) result = piece.result ?? result;
    return result as GenerateResult;
  }

  /** As `LanguageModel.stream`; an aborted signal ends it with what is there. Errors: as `generate`. */
  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    const answer = new Answer(this.#upstream, options);
    const { signal } = options;
    try {
      const response = await this.#upstream.post(
        typeof prompt === "string" ? "/completions" : "/chat/completions",
        bodyOf(prompt, options, this.#upstream),
        signal,
      );
      for await (const data of eventData(response, this.#upstream.name)) {
        const piece = answer.take(JSON.parse(data) as Wire);
        if (piece !== undefined) yield piece;
      }
    } catch (error) {
      if (signal?.aborted !== true)
        throw error instanceof InkstoneError
          ? error
          : new InkstoneError(
              "E_UPSTREAM_REACH",
              { upstream: this.#upstream.name, why: { en: "its stream could not be read", zh: "数据流无法读取" } },
              { cause: error },
            );
      yield { text: "", tokenIds: [], result: answer.result("cancelled") };
      return;
    }
    yield { text: "", tokenIds: [], result: await withValue(answer.result(), options.responseFormat) };
  }

  async close(): Promise<void> {
    this.#upstream.close();
  }
}

function bodyOf(prompt: string | readonly Message[], options: GenerateOptions, { options: { model } }: Upstream): object {
  const given = checkPrompt(prompt);
  const checked = checkOptions(options);
  if (options.special === true)
    refuseOption("special", true, { en: "false: special tokens are the other server's", zh: "false：特殊词元由对方服务器处理" });
  const all = {
    model,
    ...(typeof given === "string" ? { prompt: given } : { messages: given.map(sentMessage) }),
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: options.maxTokens,
    temperature: options.temperature ?? 0,
    adapter: options.adapter,
    chat_template_kwargs: options.thinking === undefined ? undefined : { enable_thinking: options.thinking },
    top_p: options.topP,
    top_k: options.topK,
    min_p: options.minP,
    repetition_penalty: options.repetitionPenalty,
    repeat_last_n: options.repetitionWindow,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    logit_bias: options.logitBias,
    seed: options.seed,
    stop: options.stop,
    response_format: responseFormatOf(options.responseFormat),
    tools: checked.tools === undefined ? undefined : options.tools?.map((tool) => ({ type: "function", function: tool })),
    tool_choice: checked.tools === undefined ? undefined : sentChoice(options.toolChoice),
    parallel_tool_calls: checked.tools === undefined ? undefined : options.parallelToolCalls,
    ...(options.logprobs === undefined
      ? {}
      : typeof given === "string"
        ? { logprobs: options.logprobs }
        : { logprobs: true, top_logprobs: options.logprobs }),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

// What was checked here is sent as it was given: the other server has to hold to it.
function responseFormatOf(format: GenerateOptions["responseFormat"]): object | undefined {
  if (format === undefined || (!("~standard" in format) && format.type === "text")) return undefined;
  if (!("~standard" in format) && format.type !== "json_schema")
    return format.type === "json_object"
      ? format
      : refuseOption("responseFormat", format.type, { en: "JSON: other forms are not OpenAI's", zh: "JSON 类格式：OpenAI 接口没有其他格式" });
  const { name = "answer", strict = true, ...more } = "~standard" in format ? {} : format;
  const schema = "~standard" in format ? format["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) : format.schema;
  const description = "description" in more ? more.description : undefined;
  return { type: "json_schema", json_schema: { name, ...(description === undefined ? {} : { description }), schema, strict } };
}

const sentChoice = (choice: GenerateOptions["toolChoice"]): unknown =>
  typeof choice === "object" ? { type: "function", function: { name: choice.name } } : choice;

function sentMessage({ toolCalls, toolCallId, ...message }: Message): object {
  const calls = toolCalls?.map(({ id, name, arguments: given }) => ({ id, type: "function", function: { name, arguments: given } }));
  return { ...message, ...(calls === undefined ? {} : { tool_calls: calls }), ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }) };
}

const reasons: Readonly<Record<string, FinishReason>> = { stop: "stop", length: "length", tool_calls: "tool_calls" };

/** What has come of an answer. */
class Answer {
  readonly #upstream: Upstream;
  readonly #options: GenerateOptions;
  readonly #began = performance.now();
  readonly #logprobs: AnswerLogprob[] = [];
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  #first = 0;
  #text = "";
  #pieces = 0;
  #usage: Wire["usage"];
  #reason: FinishReason = "stop";

  constructor(upstream: Upstream, options: GenerateOptions) {
    this.#upstream = upstream;
    this.#options = options;
  }

  take({ error, choices, usage }: Wire): StreamPiece | undefined {
    if (error !== undefined) throw new InkstoneError("E_UPSTREAM", { upstream: this.#upstream.name, status: 200, why: [error.message ?? "-"] });
    this.#usage = usage ?? this.#usage;
    const choice = choices?.[0];
    if (choice === undefined) return undefined;
    if (choice.finish_reason != null) this.#reason = reasons[choice.finish_reason] ?? "stop";
    const text = choice.delta?.content ?? choice.text ?? "";
    const logprobs = choice.logprobs?.content?.map(logprobOf) ?? [];
    this.#logprobs.push(...logprobs);
    const toolCalls = (choice.delta?.tool_calls ?? []).map((call) => this.#called(call));
    if (text === "" && logprobs.length === 0 && toolCalls.length === 0) return undefined;
    if (this.#pieces++ === 0) this.#first = performance.now();
    this.#text += text;
    const piece = { text, tokenIds: [], ...(toolCalls.length === 0 ? {} : { toolCalls }) };
    return this.#options.logprobs === undefined ? piece : { ...piece, logprobs };
  }

  #called({ index = this.#calls.length, id, function: { name, arguments: more } = {} }: WireCall): ToolCallDelta {
    const told = { index, arguments: more ?? "", ...(id == null ? {} : { id }), ...(name == null ? {} : { name }) };
    this.#calls[index] ??= { id: id ?? `call${index}`, name: name ?? "", arguments: "" };
    this.#calls[index].arguments += told.arguments;
    return told;
  }

  result(reason: FinishReason = this.#reason): GenerateResult {
    const { prompt_tokens = 0, completion_tokens = this.#pieces, prompt_tokens_details } = this.#usage ?? {};
    this.#upstream.spend(prompt_tokens + completion_tokens);
    const seconds = (performance.now() - this.#first) / 1000;
    return {
      text: this.#text,
      tokenIds: [],
      promptTokens: prompt_tokens,
      cachedPromptTokens: prompt_tokens_details?.cached_tokens ?? 0,
      completionTokens: completion_tokens,
      finishReason: reason,
      ...(this.#calls.length === 0 ? {} : { toolCalls: this.#calls }),
      ...(this.#options.logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      seed: this.#options.seed ?? 0,
      timings: {
        loadMs: 0,
        firstTokenMs: this.#pieces === 0 ? 0 : this.#first - this.#began,
        prefillTokensPerSecond: 0,
        decodeTokensPerSecond: completion_tokens > 1 && seconds > 0 ? (completion_tokens - 1) / seconds : 0,
      },
    };
  }
}

function logprobOf({ token, logprob, bytes, top_logprobs }: WireLogprob): AnswerLogprob {
  const plain = (one: WireLogprob) => ({ id: -1, token: one.token, logprob: one.logprob, bytes: one.bytes ?? [...Buffer.from(one.token)] });
  return { ...plain({ token, logprob, bytes }), top: (top_logprobs ?? []).map(plain) };
}
