// An answer in the making: prompt, then token by token, to text that may be shown. Knows one request and one slot.
import type { StepResult } from "../../models/index.ts";
import type { StreamDecoder } from "../../text/index.ts";
import type { Constraint } from "../constrain/constraint.ts";
import { notNumbers } from "../numbers.ts";
import type { CheckedOptions } from "../options.ts";
import { logprobsOf } from "../sampling/logprobs.ts";
import { pick, wantOf } from "../sampling/pick.ts";
import { StopScanner } from "../stop-strings.ts";
import type { ToolFamily } from "../tools/family.ts";
import { type ToolPart, ToolReader } from "../tools/tool-reader.ts";
import type { AnswerLogprob, FinishReason, GenerateResult, StreamPiece, Timings, TokenLogprob } from "../types.ts";
import { disposeHeld, type Held } from "./held.ts";
import type { Machinery } from "./machinery.ts";
import type { Slot, Taken } from "./slots.ts";
import type { Demand, Task } from "./task.ts";

/** What an answer needs beside a slot. */
export interface AnswerRequest extends Held {
  readonly prompt: readonly number[];
  /** Most new tokens; prompt and these fit the context. */
  readonly limit: number;
  readonly options: CheckedOptions;
  readonly control: Int32Array;
  readonly emit: (piece: StreamPiece) => void;
  /** Told behind every part of a prompt but the last. */
  readonly progress: (done: number, total: number) => void;
  /** When the engine received it. */
  readonly arrived: number;
}

/** An answer to one request. Errors of a step: `E_LOGITS`; those of the model. */
export class Answer implements Task<GenerateResult> {
  readonly #on: Machinery;
  readonly #request: AnswerRequest;
  readonly #taken: Taken;
  readonly #decoder: StreamDecoder;
  readonly #scanner: StopScanner;
  readonly #seen: Set<number>;
  readonly #clock: Clock;
  readonly #ids: number[] = [];
  readonly #logprobs: AnswerLogprob[] | undefined;
  readonly #tools: ToolReader | undefined;
  /** Control tokens that say something about calls: they are read, others are left out. */
  readonly #marks: ReadonlyMap<number, string>;
  #constraint: Constraint | undefined;
  #pending: readonly number[];
  #text = "";
  #shownIds = 0;

  constructor(on: Machinery, taken: Taken, request: AnswerRequest) {
    const { prompt, options, arrived, family } = request;
    this.#on = on;
    this.#taken = taken;
    this.#request = request;
    this.#pending = prompt.slice(taken.shared);
    this.#seen = new Set(options.repetitionPenalty === 1 ? [] : prompt);
    this.#decoder = on.tokenizer.decoder({ skipSpecial: !options.special });
    this.#scanner = new StopScanner(options.stop);
    this.#clock = new Clock(arrived);
    this.#logprobs = options.logprobs === undefined ? undefined : [];
    this.#tools = family === undefined ? undefined : new ToolReader(family, options.tools?.tools.map(({ name }) => name) ?? []);
    this.#marks = marksOf(on, family);
    this.#constraint = request.constraint;
  }

  get slot(): Slot {
    return this.#taken.slot;
  }

  get control(): Int32Array {
    return this.#request.control;
  }

  get pending(): number {
    return this.#pending.length;
  }

  // Each once.
  #penalized(): ReadonlySet<number> {
    const { prompt, options } = this.#request;
    const window = options.repetitionWindow;
    if (window === undefined || options.repetitionPenalty === 1) return this.#seen;
    const own = this.#ids.slice(-window);
    return new Set([...(own.length < window ? prompt.slice(own.length - window) : []), ...own]);
  }

  wants(rows: number): Demand {
    const ids = this.#pending.slice(0, rows);
    return ids.length === this.#pending.length ? { ids, want: wantOf(this.#request.options) } : { ids };
  }

  take({ likeliest, logits }: StepResult, { length }: readonly number[]): GenerateResult | undefined {
    this.#clock.ran(length);
    this.#pending = this.#pending.slice(length);
    if (likeliest === undefined || logits === undefined) {
      const total = this.#request.prompt.length;
      this.#request.progress(total - this.#pending.length, total);
      return undefined;
    }
    const { tokenizer, model } = this.#on;
    const { options, limit } = this.#request;
    const constraint = this.#constraint;
    const id = pick({ likeliest, logits }, model.vocabularySize, options, this.#penalized(), this.#ids.length, this.#ids, constraint?.allowed());
    this.#clock.picked();
    if (tokenizer.endOfTurn.has(id)) return this.#finish("stop");
    const complete = constraint?.take(id) ?? false;
    this.#ids.push(id);
    this.#logprobs?.push(this.#logprob(id, logits()));
    if (options.repetitionPenalty !== 1) this.#seen.add(id);
    const mark = this.#marks.get(id);
    this.#show(this.#scanner.push(mark === undefined ? this.#decoder.push([id]) : this.#decoder.end() + mark));
    if (this.#tools?.atCalls) this.#constraint ??= this.#request.behindMark;
    if (this.#tools !== undefined && this.#tools.completed > 0 && options.tools?.parallel === false) return this.#finish("stop");
    if (complete || this.#scanner.stopped) return this.#finish("stop");
    if (this.#ids.length >= limit) return this.#finish("length");
    this.#pending = [id];
    return undefined;
  }

  cancelled(): GenerateResult {
    return this.#finish("cancelled");
  }

  dispose(): void {
    disposeHeld(this.#request);
  }

  failure(error: unknown): unknown {
    return notNumbers(this.#ids.length, error);
  }

  #logprob(id: number, logits: Float32Array): AnswerLogprob {
    const { tokenizer } = this.#on;
    const { logprob, top } = logprobsOf(logits, id, this.#request.options.logprobs ?? 0);
    const told = (each: { id: number; logprob: number }): TokenLogprob => {
      const [token] = tokenizer.tokens([each.id]);
      return { id: each.id, logprob: each.logprob, token, bytes: bytesOf(token) };
    };
    return { top: top.map(told), ...told({ id, logprob }) };
  }

  #show(written: string): void {
    if (written === "") return;
    this.#emit(this.#tools?.push(written) ?? { text: written, calls: [] });
  }

  #emit({ text, calls }: ToolPart): void {
    if (text === "" && calls.length === 0) return;
    this.#text += text;
    const piece = { text, tokenIds: this.#ids.slice(this.#shownIds), ...(calls.length === 0 ? {} : { toolCalls: calls }) };
    this.#request.emit(this.#logprobs === undefined ? piece : { logprobs: this.#logprobs.slice(this.#shownIds), ...piece });
    this.#shownIds = this.#ids.length;
  }

  #finish(reason: FinishReason): GenerateResult {
    this.#show(this.#scanner.push(this.#decoder.end()));
    this.#show(this.#scanner.end());
    if (this.#tools !== undefined) this.#emit(this.#tools.end());
    const calls = this.#tools?.calls ?? [];
    const ended = this.#scanner.stopped ? "stop" : reason;
    const { prompt, options } = this.#request;
    return {
      text: this.#text,
      tokenIds: this.#ids,
      promptTokens: prompt.length,
      cachedPromptTokens: this.#taken.shared,
      completionTokens: this.#ids.length,
      finishReason: ended === "stop" && calls.length > 0 ? "tool_calls" : ended,
      ...(calls.length === 0 ? {} : { toolCalls: calls }),
      ...(this.#logprobs === undefined ? {} : { logprobs: this.#logprobs }),
      seed: options.seed,
      timings: this.#clock.timings(this.#on.information.loadMs),
    };
  }
}

function marksOf({ tokenizer }: Machinery, family: ToolFamily | undefined): ReadonlyMap<number, string> {
  const texts = family === undefined ? [] : [family.begins[0], family.end, family.between].filter((text) => text !== undefined);
  const known = texts.map((text) => [tokenizer.idOf(text), text] as const).filter(([id]) => id !== undefined && tokenizer.specialIds.has(id));
  return new Map(known as readonly (readonly [number, string])[]);
}

// A token that is no whole character is shown as its bytes: <0xE6><0xB1>.
function bytesOf(token: string): number[] {
  return /^(?:<0x[0-9A-F]{2}>)+$/.test(token)
    ? Array.from(token.matchAll(/0x(..)/g), ([, hex]) => Number.parseInt(hex, 16))
    : [...Buffer.from(token)];
}

/** The result of an answer that was cancelled before it had a slot. */
export function unbegun({ prompt, options }: AnswerRequest, loadMs: number): GenerateResult {
  return {
    text: "",
    tokenIds: [],
    promptTokens: prompt.length,
    cachedPromptTokens: 0,
    completionTokens: 0,
    finishReason: "cancelled",
    seed: options.seed,
    timings: { loadMs, firstTokenMs: 0, prefillTokensPerSecond: 0, decodeTokensPerSecond: 0 },
  };
}

/** Takes the times of an answer. */
class Clock {
  readonly #arrived: number;
  readonly #began: number = performance.now();
  #prefilled = 0;
  #first: number | undefined;
  #later = 0;
  #last = 0;

  constructor(arrived: number) {
    this.#arrived = arrived;
  }

  ran(tokens: number): void {
    if (this.#first === undefined) this.#prefilled += tokens;
    this.#last = performance.now();
  }

  picked(): void {
    this.#last = performance.now();
    if (this.#first === undefined) this.#first = this.#last;
    else this.#later++;
  }

  timings(loadMs: number): Timings {
    const first = this.#first ?? this.#last;
    return {
      loadMs,
      firstTokenMs: this.#first === undefined ? 0 : this.#first - this.#arrived,
      prefillTokensPerSecond: rate(this.#prefilled, first - this.#began),
      decodeTokensPerSecond: rate(this.#later, this.#last - first),
    };
  }
}

const rate = (count: number, ms: number) => (count > 0 && ms > 0 ? (count * 1000) / ms : 0);
